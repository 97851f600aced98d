"""Cells as they are kept beside a stored file, and back; and the ways days may be written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.dates import EARLIEST, LATEST
from core.imports.reading import Cell, NotReckoned
from core.imports.rows import YEAR_FIRST

# How days are written where the year does not come first; the order is the one they are offered in.
DATE_FORMATS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y-%m-%d",
    "%d-%m-%y",
    "%m-%d-%y",
    "%y/%m/%d",
    "%y.%m.%d",
    "%m.%d.%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
)
PLAIN = ""  # year first; what ``Row.day`` reads when nothing is said
_SEEN = 5_000  # enough cells to tell the formats apart


def to_json(cells: Sequence[Cell]) -> list[Any]:
    """Return a row's cells for a JSON column: text as it is, a number or day with its kind."""
    return [
        ["n", f"{cell:f}"]
        if isinstance(cell, Decimal)
        else ["d", cell.isoformat()]
        if isinstance(cell, date)
        else ["f", str(cell)]
        if isinstance(cell, NotReckoned)
        else cell
        for cell in cells
    ]


def from_json(value: Any) -> Cell:
    """Return one cell that ``to_json`` wrote."""
    if isinstance(value, str):
        return value
    kind, text = value
    if kind == "f":
        return NotReckoned(text)
    return Decimal(text) if kind == "n" else date.fromisoformat(text)


def date_formats(texts: Iterable[str]) -> list[str]:
    """
    Return the formats in which all these texts are days, ``PLAIN`` alone if it is one of them.

    Several: only a person can say which is meant. None: the texts are written in more ways than
    one, or are no days; texts that no format reads are left out of the question.
    """
    chosen = list(dict.fromkeys(text for text in texts if text))[:_SEEN]
    readable = [text for text in chosen if any(_reads(one, text) for one in ("", *DATE_FORMATS))]
    if all(_reads(PLAIN, text) for text in readable):
        return [PLAIN]
    return [one for one in DATE_FORMATS if all(_reads(one, text) for text in readable)]


def asks_for_format(formats: Sequence[str]) -> bool:
    """
    Test if a person has to say which of the formats is meant.

    A year of two digits is always asked for: 15-01-26 may be a day of 2015, which the other days
    of the file need not show.
    """
    return len(formats) > 1 or any("%y" in one for one in formats)


def _reads(date_format: str, text: str) -> bool:
    if date_format == PLAIN:
        return YEAR_FIRST.fullmatch(text) is not None
    try:
        return EARLIEST <= datetime.strptime(text, date_format).date() <= LATEST  # noqa: DTZ007
    except ValueError:
        return False
