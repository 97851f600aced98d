"""Language, theme, width of the navigation and keys, from the switches of the shell."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from core.context_processors import NARROW_COOKIE, THEME_COOKIE
from core.http import safe_next
from core.middleware import LANGUAGE_COOKIE
from core.models.tenant import Theme
from core.operations.prefer import prefer
from core.views import public_view

YEAR = 60 * 60 * 24 * 365


@public_view(reason="the sign-in page can be read in both languages too; it changes a cookie")
@require_POST
def set_language_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice on the person, or in a cookie for somebody not signed in; go back."""
    language = _one_of(request, "language", dict(settings.LANGUAGES))
    theme = _one_of(request, "theme", dict(Theme.choices))
    keys = _one_of(request, "keys", {"on": "", "off": ""})
    width = _one_of(request, "nav", {"narrow": "", "wide": ""})
    response = HttpResponseRedirect(safe_next(request, "/"))
    if request.user.is_authenticated:
        single_keys = None if keys is None else keys == "on"
        prefer(user=request.user, language=language, theme=theme, single_keys=single_keys)
    chosen = {LANGUAGE_COOKIE: language, THEME_COOKIE: theme, NARROW_COOKIE: width}
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure()
            )
    return response


def _one_of(request: HttpRequest, name: str, known: dict[str, object]) -> str | None:
    value = request.POST.get(name)
    return value if value in known else None
