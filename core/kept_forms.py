"""A form that was sent after the session had ended: kept until its sender has signed in again.

It waits in the session of the signed-out browser, which goes on through the sign-in, and only for
the account that signed in last from that browser. Files cannot wait; they are chosen again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.known_browsers import is_account, last_account

KEY = "kept_form"
MOST = 60_000  # characters of names and values


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form goes and what stands in it; ``has_files`` if it came with files."""

    path: str
    fields: list[tuple[str, str]]
    has_files: bool


def keep(request: HttpRequest) -> bool:
    """Keep the form that a signed-out browser sent; False where there is none to keep."""
    sender = last_account(request)
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    if request.method != "POST" or not sender or not is_page or "HX-Request" in request.headers:
        return False
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    if sum(len(name) + len(value) for name, value in fields) > MOST:
        return False
    request.session[KEY] = {
        "path": request.get_full_path(),
        "fields": fields,
        "has_files": bool(request.FILES),
        "sender": sender,
    }
    return True


def kept_form(request: HttpRequest) -> KeptForm | None:
    """Return what waits for the person who is signed in."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None or not is_account(kept["sender"], request.user):
        return None
    return KeptForm(
        kept["path"], [(name, value) for name, value in kept["fields"]], kept["has_files"]
    )


def forget(request: HttpRequest) -> None:
    """Throw away what waits."""
    request.session.pop(KEY, None)
