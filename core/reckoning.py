"""Reading amounts as people type them into a bill: ``=1000/1.06``, digits in any writing.

Wider than ``core.numbers``, because the page says at once what was read. What could be meant in two
ways is refused. Nothing is evaluated as a program: a few signs and numbers, exact decimals.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, DecimalException, localcontext

from core.numbers import COMMA, POINT, SPACE, NotAnAmount, parse_amount

LONGEST = 120  # characters
DEEPEST = 12  # parentheses and signs inside each other
LARGEST = Decimal(10) ** 15
_DIGITS = 60
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "÷": "/", "。": "."})
_PART = re.compile(r"[0-9][0-9.,]*|[.,][0-9]+|[-+*/()]")
# 1 280,50: blanks that divide groups of three, where the reader writes so.
_SPACED = re.compile(r"[0-9]{1,3}(?:[ \u00a0][0-9]{3})+(?:,[0-9]*)?(?![0-9])")
_BLANKS = re.compile(r"[\s\u00a0]+")
# 1.280,50: a comma after groups of three that dots divide can only be the decimal sign; and the
# other way round.
_ELSEWHERE = {
    POINT: (COMMA, re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,4},[0-9]{1,6}")),
    COMMA: (POINT, re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}\.[0-9]{1,6}")),
}


def reckon(text: str, *, decimal_places: int, style: str = POINT) -> Decimal:
    """
    Return what the text comes to: a number, or numbers with ``+ - * / ( )``, an ``=`` before it.

    ``style`` is how its numbers are written, see ``core.numbers``. A plain number is returned as it
    is; what was calculated is rounded half up to the places.

    :raises NotAnAmount: for anything else, a division by zero, and what goes beyond 15 digits
    """
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip().removeprefix("=").strip()
    if len(text) > LONGEST or not plain:
        raise NotAnAmount(text)
    try:
        return _number(plain, style)
    except NotAnAmount:
        pass
    with localcontext() as context:
        context.prec = _DIGITS
        try:
            reader = _Reader(_split(plain, style), style)
            value = reader.sum(0)
            reader.end()
            if abs(value) >= LARGEST:
                raise NotAnAmount(text)
            return _rounded(value, decimal_places)
        except DecimalException:
            raise NotAnAmount(text) from None


def _rounded(value: Decimal, decimal_places: int) -> Decimal:
    """Round half up, away from zero, as ``core.money.q`` does for amounts."""
    step = Decimal(1).scaleb(-decimal_places)
    doubled = abs(value) / step * 2 + 1
    units = doubled // 2
    return (units * step if value >= 0 else -units * step) + Decimal(0)


def _number(text: str, style: str) -> Decimal:
    other, pattern = _ELSEWHERE.get(style, (style, None))
    if pattern is not None and pattern.fullmatch(text):
        return parse_amount(text, other)
    return parse_amount(text, style)


def _split(text: str, style: str) -> list[str]:
    """Return numbers and signs; blanks part them, but a number has none inside unless it may."""
    pieces, place = [], 0
    while place < len(text):
        if blank := _BLANKS.match(text, place):
            place = blank.end()
            continue
        part = (style == SPACE and _SPACED.match(text, place)) or _PART.match(text, place)
        if not part:
            raise NotAnAmount(text)
        pieces.append(part.group())
        place = part.end()
    return pieces


class _Reader:
    """Reads a sum by the usual rules: signs, then times and by, then plus and minus."""

    def __init__(self, pieces: list[str], style: str) -> None:
        self.pieces, self.place, self.style = pieces, 0, style

    def sum(self, depth: int) -> Decimal:
        value = self._product(depth)
        while self._next() in ("+", "-"):
            sign = self._take()
            part = self._product(depth)
            value = value + part if sign == "+" else value - part
        return value

    def end(self) -> None:
        if self._next():
            raise NotAnAmount(self._next())

    def _product(self, depth: int) -> Decimal:
        value = self._factor(depth)
        while self._next() in ("*", "/"):
            sign = self._take()
            part = self._factor(depth)
            value = value * part if sign == "*" else value / part
        return value

    def _factor(self, depth: int) -> Decimal:
        part = self._take()
        if depth > DEEPEST or not part:
            raise NotAnAmount(part)
        if part in ("+", "-"):
            value = self._factor(depth + 1)
            return value if part == "+" else -value
        if part == "(":
            value = self.sum(depth + 1)
            if self._take() != ")":
                raise NotAnAmount(part)
            return value
        return _number(f"0{part}" if part[0] in ".," else part, self.style)

    def _next(self) -> str:
        return self.pieces[self.place] if self.place < len(self.pieces) else ""

    def _take(self) -> str:
        part = self._next()
        self.place += 1
        return part
