"""Browsers an account signed in from before: they are not shut out by what others try elsewhere.

A signed cookie says which accounts; it opens nothing, it only counts the browser's tries apart.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

LASTS = 180 * 24 * 60 * 60  # seconds
MOST_ACCOUNTS = 5  # of one browser
_SALT = "core.known_browsers"


def known_browser(request: HttpRequest, email: str) -> str:
    """Return what the browser is counted by, if this account signed in from it before; else ""."""
    name, accounts = _read(request)
    return name if _tag(email) in accounts else ""


def remember_browser(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Note on the answer to a sign-in that the account was signed in to from this browser."""
    name, accounts = _read(request)
    tag = _tag(email)
    kept = [tag, *(one for one in accounts if one != tag)][:MOST_ACCOUNTS]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps([name or get_random_string(22), kept], salt=_SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def last_account(request: HttpRequest) -> str:
    """Return the mark of the account that signed in last from this browser, or ""."""
    _name, accounts = _read(request)
    return str(accounts[0]) if accounts else ""


def is_account(mark: str, user: Any) -> bool:
    """Test if the mark is this person's account's."""
    return constant_time_compare(mark, _tag(user.email))


def _read(request: HttpRequest) -> tuple[str, list[Any]]:
    text = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
    try:
        name, accounts = signing.loads(text, salt=_SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return "", []
    return name, accounts


def _tag(email: str) -> str:
    return salted_hmac(_SALT, email.strip().lower()).hexdigest()[:16]
