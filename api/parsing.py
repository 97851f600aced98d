"""Reading bodies and parameters: whole, bounded, and nothing that was not asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.problems import BadParameter, PreconditionFailed, TooLarge

LARGEST_BODY = 2 * 1024 * 1024
LONGEST_KEY = 255


class Body(BaseParser):
    """JSON, strict: no NaN, no number of a thousand digits, no endless nesting, no half signs."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content = stream.read(LARGEST_BODY + 1)
        if len(content) > LARGEST_BODY:
            raise TooLarge
        try:
            found = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
            if b"\\u" in content:  # an escape may be half a pair, which no text can hold
                json.dumps(found, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError):
            raise ParseError(_("The body is not JSON in UTF-8.")) from None
        return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class AlwaysJson(BaseContentNegotiation):
    """Answers are JSON, or the PDF that was asked for, whatever a client says it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Take the parser of the body's media type; None is refused as 415."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def require_only(params: Mapping[str, Any], known: set[str]) -> None:
    """
    Refuse parameters nobody reads: a filter with a slip of the pen would show everything.

    :raises BadParameter: naming each that is not known
    """
    unknown = sorted(set(params) - known)
    if unknown:
        text = str(_("There is no such parameter."))
        raise BadParameter(errors=[{"parameter": name, "detail": text} for name in unknown[:20]])


def expected_version(request: Request) -> int | None:
    """
    Return the version that ``If-Match`` names, None without one or for ``*``.

    :raises PreconditionFailed: if it names no version at all, which none can match
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    for tag in parse_etags(header):
        text = tag.strip('"')
        if text.isascii() and text.isdigit() and len(text) < LONGEST_VERSION:
            return int(text)
    raise PreconditionFailed


LONGEST_VERSION = 10


def require_version(request: Request, current: int) -> None:
    """
    Refuse when ``If-Match`` names another version than the present one.

    :raises PreconditionFailed: then
    """
    if expected_version(request) not in (None, current):
        raise PreconditionFailed


def idempotency_key(request: Request) -> str | None:
    """
    Return the request's Idempotency-Key, None without one.

    :raises BadParameter: if it is empty, longer than 255 or not plain ASCII without spaces
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not all("!" <= sign <= "~" for sign in key):
        text = str(
            _("An idempotency key is 1 to 255 printable characters of ASCII, without spaces.")
        )
        raise BadParameter(errors=[{"header": "Idempotency-Key", "detail": text}])
    return key
