"""What every page of the shell needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.models.tenant import Theme
from core.nav import creation_menu, navigation
from core.scopes import part_seen
from core.shortcuts import key_map

THEME_COOKIE = "theme"
NARROW_COOKIE = "nav"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the company, the membership, the navigation, and how the person likes the page."""
    return {
        "tenant": getattr(request, "tenant", None),
        "membership": getattr(request, "membership", None),
        "part_seen": part_seen(getattr(request, "membership", None)),
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "creation_menu": SimpleLazyObject(lambda: creation_menu(request)),
        "key_map": SimpleLazyObject(lambda: key_map(request)),
        "theme": theme_of(request),
        "is_narrow": request.COOKIES.get(NARROW_COOKIE) == "narrow",
        "languages": settings.LANGUAGES,
        "sign_up_is_open": settings.SIGN_UP_OPEN,
    }


def theme_of(request: HttpRequest) -> str:
    """Return the person's theme; the cookie's for somebody who is not signed in."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.theme)
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Theme.values else Theme.AUTO.value
