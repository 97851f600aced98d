"""Pages by cursor, stable by id: whatever is added or taken away meanwhile."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api.problems import BadParameter

DEFAULT, MOST = 50, 200
NAMES = {"limit", "cursor"}
LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}
CURSOR_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
MOST_DIGITS = 18


def page_of(
    request: Request, rows: QuerySet[Any], *, is_rising: bool = False
) -> tuple[list[Any], str | None, str | None]:
    """
    Return the rows of the page asked for, and the addresses of the next and the previous one.

    The newest first, or ``is_rising`` the oldest. One statement, whatever the page.

    :raises BadParameter: for a limit or cursor that cannot be
    """
    limit, (is_back, edge) = limit_of(request), _place(request)
    goes_up = is_back != is_rising
    if edge is not None:
        rows = rows.filter(pk__gt=edge) if goes_up else rows.filter(pk__lt=edge)
    found = list(rows.order_by("pk" if goes_up else "-pk")[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    if is_back:
        found.reverse()
    has_next, has_previous = (True, has_more) if is_back else (has_more, edge is not None)
    if not found:
        return [], None, None
    return (
        found,
        address(request, cursor=f"n{found[-1].pk}") if has_next else None,
        address(request, cursor=f"p{found[0].pk}") if has_previous else None,
    )


def limit_of(request: Request) -> int:
    """
    Return how many rows are asked for, 50 where nothing is said.

    :raises BadParameter: outside 1 to 200
    """
    text = request.query_params.get("limit", str(DEFAULT))
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 0 < int(text) <= MOST:
        return int(text)
    detail = _("Between 1 and %(most)s.") % {"most": MOST}
    raise BadParameter(errors=[{"parameter": "limit", "detail": detail}])


def address(request: Request, *, cursor: str) -> str:
    """Return the request's own address with another cursor."""
    params = {name: request.query_params.getlist(name) for name in request.query_params}
    params["cursor"] = [base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")]
    query = urlencode(params, doseq=True)
    return str(request.build_absolute_uri(f"{request.path}?{query}"))


def cursor_of(request: Request) -> str:
    """
    Return what the request's cursor says, nothing without one.

    :raises BadParameter: for text that is no cursor of ours
    """
    text = request.query_params.get("cursor")
    if text is None:
        return ""
    try:
        said = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        said = ""
    number = said[1:]
    if said[:1] not in {"n", "p"} or not number.isdigit() or len(number) > MOST_DIGITS:
        raise BadParameter(
            errors=[{"parameter": "cursor", "detail": str(_("This is no cursor of this list."))}]
        )
    return said


def _place(request: Request) -> tuple[bool, int | None]:
    said = cursor_of(request)
    return (said[0] == "p", int(said[1:])) if said else (False, None)
