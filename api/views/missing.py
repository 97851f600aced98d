"""Addresses below /api/v1/ at which there is nothing."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from api.problems import answer
from core.views import public_view


@csrf_exempt
@public_view(reason="says that there is nothing, to whoever asks, in the words of the API")
def missing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer as the API does; a slip in an address is no reason for a page of HTML."""
    text = _("There is nothing at this address. Addresses end with a slash.")
    return answer(HTTPStatus.NOT_FOUND, "not_found", text)
