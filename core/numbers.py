"""How amounts are written, and reading those people type. Says what it read or refuses.

A style is one of ``POINT`` (1,280.50), ``COMMA`` (1.280,50) and ``SPACE`` (1 280,50). Pages are
written and read in the style of the person who looks; files, documents and programs' data always
in ``POINT``, or plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

POINT, COMMA, SPACE = "point", "comma", "space"
STYLES = (POINT, COMMA, SPACE)
NBSP = "\u00a0"  # a number is not broken at the end of a line
_MARKS = {POINT: (",", "."), COMMA: (".", ","), SPACE: (NBSP, ",")}  # thousands, decimals
_SIGN = r"[+\-−]?"
_PLAIN = {
    mark: re.compile(rf"{_SIGN}[0-9]{{1,15}}(?:{re.escape(mark)}[0-9]{{1,6}})?") for mark in ".,"
}
_GROUPED = {
    style: re.compile(
        rf"{_SIGN}[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}}){{1,4}}"
        rf"(?:{re.escape(mark)}[0-9]{{1,6}})?"
    )
    for style, (group, mark) in _MARKS.items()
}
_LONE_POINT = re.compile(rf"{_SIGN}[0-9]{{1,3}}\.[0-9]{{3}}")

_style: ContextVar[str] = ContextVar("number_style", default=POINT)


class NotAnAmount(ValueError):
    """The text is not one amount written in the style."""


class TwoReadings(NotAnAmount):
    """The text is one amount to one reader and another to the next, such as ``1.280``."""


@contextmanager
def numbers_written(style: str) -> Iterator[None]:
    """Write and read amounts on pages in the style, for a block."""
    token = _style.set(style if style in _MARKS else POINT)
    try:
        yield
    finally:
        _style.reset(token)


def number_style() -> str:
    """Return the style of the person who looks at the page; ``POINT`` where nobody does."""
    return _style.get()


def written(plain: str, style: str) -> str:
    """Return digits of ``f"{x:,.2f}"``, or without groups, as the style writes them."""
    if style == POINT:
        return plain
    group, mark = _MARKS[style]
    return plain.translate({ord(","): group, ord("."): mark})


def parse_amount(text: str, style: str = POINT) -> Decimal:
    """
    Return the amount written with or without marks between thousands, and an optional sign.

    :raises TwoReadings: in ``COMMA`` for ``1.280``: 1280, or from elsewhere 1.28
    :raises NotAnAmount: for what the style does not write: ``1e3``, ``NaN``, full-width digits
    """
    group, mark = _MARKS[style]
    text = text.strip(f" {NBSP}")
    if group == NBSP:
        text = text.replace(" ", NBSP).replace("\u202f", NBSP)
    if not text.replace("−", "").replace(NBSP, "").isascii():
        raise NotAnAmount(text)
    if style == COMMA and _LONE_POINT.fullmatch(text):
        raise TwoReadings(text)
    if not (_PLAIN[mark].fullmatch(text) or _GROUPED[style].fullmatch(text)):
        raise NotAnAmount(text)
    plain = text.replace(group, "").replace(mark, ".").replace("−", "-")
    value = Decimal(plain)
    return value or Decimal(0)


def parse_anywhere(text: str, style: str) -> Decimal:
    """
    Return the amount in whatever style it is written, if there is one reading of it.

    For addresses, which go from person to person. Where the reader's style is ``POINT`` its reading
    counts, as it does in every address that is kept.

    :raises TwoReadings: if another style reads another amount
    :raises NotAnAmount: if none reads one
    """
    found = []
    for one in STYLES:
        try:
            found.append(parse_amount(text, one))
        except TwoReadings:
            pass
        except NotAnAmount:
            continue
        if one == POINT == style and found:
            return found[0]
    if not found:
        raise NotAnAmount(text)
    if len(set(found)) > 1 or (style != POINT and _LONE_POINT.fullmatch(text.strip())):
        raise TwoReadings(text)
    return found[0]
