"""One row of an import: its cells by our names, read as text, days and amounts, or refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.currencies import MINOR_UNITS
from core.dates import EARLIEST, LATEST
from core.imports.reading import Cell, NotReckoned
from core.money import places
from core.numbers import NotAnAmount, parse_amount
from core.plain_text import plain_text

YEAR_FIRST = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"
)
_GROUP = re.compile(r"[+\-−]?[1-9][0-9]{0,2}\.[0-9]{3}")
# What no text of ours may hold, as in the API; a text of several lines has their ends and tabs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LARGEST = Decimal(10) ** 14
YES = frozenset({"yes", "y", "true", "1", "x", "是", "√"})
NO = frozenset({"", "no", "n", "false", "0", "否"})
_SHOWN = 60


class RowError(Exception):
    """One cell of one row is refused; ``message`` says why, for a person.

    ``column`` is our name of the column, or the file's once the report has translated it; empty
    when the row as a whole is meant.
    """

    def __init__(self, message: str, *, row: int, column: str = "", value: object = "") -> None:
        super().__init__(message)
        self.message, self.row, self.column, self.value = message, row, column, str(value)

    def __str__(self) -> str:
        where = f'row {self.row}: error column "{_plain(self.column)}"'
        if not self.column:
            where = f"row {self.row}: error"
        shown = _plain(self.value)
        if len(shown) > _SHOWN:
            shown = shown[: _SHOWN - 1] + "…"
        return f"{where} ({shown}): {self.message}"


def _plain(text: str) -> str:
    """Return the text without what could steer a terminal."""
    return "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text).strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file. Its readers raise ``RowError``; an absent column reads as empty."""

    number: int
    cells: Mapping[str, Cell]
    date_format: str = ""  # strptime; empty: year first
    is_wide: bool = False  # filled cells stand beyond the header: nobody knows which is which

    def error(self, column: str, message: str) -> RowError:
        """Return the refusal of one cell, to be raised; with an empty column, of the row."""
        return RowError(
            message, row=self.number, column=column, value=written(self.cells.get(column, ""))
        )

    def _cell(self, column: str) -> Cell:
        cell = self.cells.get(column, "")
        if isinstance(cell, NotReckoned):
            raise self.error(
                column,
                _("is a formula without a result; open the file in a spreadsheet and save it"),
            )
        return cell

    def text(self, column: str, *, limit: int, required: bool = False, lines: bool = False) -> str:
        """
        Return the cell as a text of at most ``limit`` characters, never as a formula.

        ``lines``: it may have several lines, which end in a line feed.
        """
        text = plain_text(written(self._cell(column))).strip()
        if lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if required and not text:
            raise self.error(column, _("is empty"))
        if not lines and ("\n" in text or "\r" in text):
            raise self.error(column, _("has more than one line"))
        if (_CONTROL_IN_LINES if lines else _CONTROL).search(text):
            raise self.error(column, _("contains a character that cannot be stored"))
        if len(text) > limit:
            raise self.error(column, _("is longer than %(limit)s characters") % {"limit": limit})
        return text

    def choice(self, column: str, words: Mapping[str, Iterable[str]], default: str) -> str:
        """Return the value one of whose words, in any case, stands in the cell."""
        text = self.text(column, limit=200).casefold()
        if not text:
            return default
        for value, synonyms in words.items():
            if text == value.casefold() or text in (word.casefold() for word in synonyms):
                return value
        raise self.error(column, _("is none of: %(words)s") % {"words": ", ".join(_spoken(words))})

    def flag(self, column: str) -> bool:
        """Return whether the cell says yes; empty is no."""
        text = self.text(column, limit=20).casefold()
        if text in YES:
            return True
        if text in NO:
            return False
        raise self.error(column, _("is neither yes nor no"))

    def currency(self, column: str, default: str) -> str:
        """Return the ISO 4217 code in the cell, or the default for an empty one."""
        code = self.text(column, limit=200).upper() or default
        if code not in MINOR_UNITS:
            raise self.error(column, _("is no currency of ISO 4217"))
        return code

    def amount(self, column: str, currency: str) -> Decimal:
        """Return the exact amount in the cell, in units of the currency; it may be negative."""
        amount = self.optional_amount(column, currency)
        if amount is None:
            raise self.error(column, _("is empty"))
        return amount

    def optional_amount(self, column: str, currency: str) -> Decimal | None:
        """
        Return the exact amount in the cell, or None for an empty one.

        An empty currency allows four decimal places, as columns store them.
        """
        cell = self._cell(column)
        if isinstance(cell, Decimal):
            amount = cell
        elif isinstance(cell, str) and not cell:
            return None
        else:
            if _may_group(written(cell)) and (not currency or places(currency) < 3):  # noqa: PLR2004 - digits of a group
                raise self.error(
                    column,
                    _("can be read in two ways; write it like 1280.00 or 1.28")
                    if currency
                    else _("can be read in two ways; write it like 1280 or 1.2800"),
                )
            try:
                amount = parse_amount(written(cell))
            except NotAnAmount:
                raise self.error(
                    column, _("is no amount; write it like 1280.50 or 1,280.50")
                ) from None
        if abs(amount) >= _LARGEST:
            raise self.error(column, _("is larger than can be stored"))
        if amount != amount.quantize(Decimal(1).scaleb(-places(currency) if currency else -4)):
            raise self.error(
                column,
                _("has more decimal places than %(currency)s has") % {"currency": currency}
                if currency
                else _("has more than four decimal places"),
            )
        return amount

    def day(self, column: str) -> date:
        """Return the calendar day in the cell."""
        day = self.optional_day(column)
        if day is None:
            raise self.error(column, _("is empty"))
        return day

    def optional_day(self, column: str) -> date | None:
        """Return the calendar day in the cell, or None for an empty one."""
        cell = self._cell(column)
        if cell == "":
            return None
        day = cell if isinstance(cell, date) else self._written_day(column, written(cell))
        if not EARLIEST <= day <= LATEST:
            raise self.error(column, _("is not between 1970 and 2100"))
        return day

    def _written_day(self, column: str, text: str) -> date:
        if self.date_format:
            try:
                return datetime.strptime(text, self.date_format).date()  # noqa: DTZ007 - a day
            except ValueError:
                raise self.error(
                    column,
                    _("is no day written like %(example)s")
                    % {"example": format_example(self.date_format)},
                ) from None
        parts = YEAR_FIRST.fullmatch(text)
        if parts is None:
            raise self.error(
                column,
                _("is no clear day; write it like 2026-03-31, or say how the file writes days"),
            )
        year, month, day = (part for part in parts.groups() if part and part.isdigit())
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise self.error(column, _("is a day that does not exist")) from None


def _may_group(text: str) -> bool:
    """Test if the dot may part thousands, as in many countries: ``1.280``, but not ``0.280``."""
    return _GROUP.fullmatch(text) is not None


def _spoken(words: Mapping[str, Iterable[str]]) -> Iterable[str]:
    """Return a word for each value, Chinese ones to who reads Chinese."""
    if not (get_language() or "").startswith("zh"):
        return words
    return [
        next((one for one in also if not one.isascii()), value) for value, also in words.items()
    ]


def format_example(date_format: str) -> str:
    """Return a day as the format writes it: ``31.03.2026``; year first for an empty format."""
    return date(2026, 3, 31).strftime(date_format or "%Y-%m-%d")


def written(cell: Cell) -> str:
    """Return the cell as text: a number without exponent or trailing zeros, a day in ISO form."""
    if isinstance(cell, Decimal):
        text = f"{cell:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return cell if isinstance(cell, str) else cell.isoformat()
