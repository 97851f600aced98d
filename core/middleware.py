"""Who is asking: language and theme of the person."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core.numbers import POINT, numbers_written
from core.presentation import AUTO, days_written
from core.sign_in import is_signed_in_by_page, note_seen

LANGUAGE_COOKIE = "language"


class PersonMiddleware:
    """Activate the signed-in person's language; for others the cookie's, then the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with (
            translation.override(language_of(request)),
            days_written(date_style_of(request)),
            numbers_written(number_style_of(request)),
        ):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        if request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store, private")
        response.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        return response


class LastSeenMiddleware:
    """Note now and then that a session is used; the person sees it in the list of sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_signed_in_by_page(request):
            note_seen(request)
        return self.get_response(request)


def date_style_of(request: HttpRequest) -> str:
    """Return how the person likes days to be written."""
    return request.user.date_style if request.user.is_authenticated else AUTO


def number_style_of(request: HttpRequest) -> str:
    """Return how the person likes amounts; English and Chinese both usually write 1,280.50."""
    return request.user.number_style if request.user.is_authenticated else POINT


def language_of(request: HttpRequest) -> str:
    """Return the language to answer in."""
    known = dict(settings.LANGUAGES)
    if request.user.is_authenticated and request.user.language in known:
        return request.user.language
    if (cookie := request.COOKIES.get(LANGUAGE_COOKIE)) in known:
        return cookie
    return translation.get_language_from_request(request)
