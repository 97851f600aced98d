"""Files for spreadsheets: CSV and XLSX that need no cleaning and run no formula.

Text that a spreadsheet would take for a formula gets an apostrophe in CSV and is stored as text in
XLSX. Amounts are numbers; days and instants are ISO in CSV and real dates in XLSX.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeData
from django.utils.translation import gettext

BOM = "\ufeff"
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
MAX_CELL = 32_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its header and rows; ``totals`` is a last row in bold."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    totals: Sequence[Any] = field(default_factory=tuple)


def guarded(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    text = _CONTROL.sub("", text)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def csv_text(value: Any) -> str:
    """Return one value as CSV shows it: a plain number, an ISO date, guarded text."""
    match value:
        case None:
            text = ""
        case bool():
            text = gettext("yes") if value else gettext("no")
        case Decimal():
            text = f"{value:f}"
        case int():
            text = str(value)
        case datetime():
            text = timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
        case date():
            text = value.isoformat()
        case _:
            text = guarded(plain(value))
    return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the file line by line, the UTF-8 byte order mark first (Excel needs it for Chinese)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([guarded(plain(name)) for name in header])
    for row in rows:
        writer.writerow([csv_text(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def write_xlsx(
    file: IO[bytes], sheets: Iterable[Sheet], parameters: Iterable[tuple[str, Any]] = ()
) -> None:
    """
    Write a workbook: frozen headers, real numbers and dates, a last sheet with the parameters.

    Rows are written as they come; memory does not grow with their number.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        styles = _Styles.of(book)
        names: set[str] = set()
        for sheet in sheets:
            _write_sheet(book.add_worksheet(_sheet_name(sheet.name, names)), sheet, styles)
        about = book.add_worksheet(_sheet_name(gettext("Parameters"), names))
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 60)
        for line, (name, value) in enumerate(parameters):
            _write_cell(about, line, 0, str(name), styles, bold=True)
            _write_cell(about, line, 1, value, styles)


def xlsx_file(sheets: Iterable[Sheet], parameters: Iterable[tuple[str, Any]] = ()) -> IO[bytes]:
    """Return a workbook as an open file at its beginning, for a ``FileResponse``."""
    file = SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 - the response closes it
    write_xlsx(file, sheets, parameters)
    file.seek(0)
    return file


@dataclass(frozen=True, slots=True)
class _Styles:
    bold: Any
    header: Any
    day: Any
    moment: Any
    total_edge: Any
    numbers: dict[tuple[int, bool], Any]
    book: Any

    @classmethod
    def of(cls, book: Any) -> _Styles:
        return cls(
            bold=book.add_format({"bold": True}),
            header=book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            day=book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
            total_edge=book.add_format({"bold": True, "top": 1}),
            numbers={},
            book=book,
        )

    def number(self, value: Decimal, *, bold: bool) -> Any:
        """Return the format that shows as many places as the amount has."""
        exponent = value.as_tuple().exponent
        places = min(-exponent, 6) if isinstance(exponent, int) and exponent < 0 else 0
        if (places, bold) not in self.numbers:
            form = "#,##0" + ("." + "0" * places if places else "")
            edge = {"bold": True, "top": 1} if bold else {}
            self.numbers[places, bold] = self.book.add_format({"num_format": form} | edge)
        return self.numbers[places, bold]


def _write_sheet(page: Any, sheet: Sheet, styles: _Styles) -> None:
    page.freeze_panes(1, 0)
    for column, name in enumerate(sheet.header):
        page.set_column(column, column, min(max(len(name) * 1.3 + 2, 12), 40))
        page.write_string(0, column, plain(name), styles.header)
    line = 0
    for line, row in enumerate(sheet.rows, start=1):
        for column, value in enumerate(row):
            _write_cell(page, line, column, value, styles)
    for column, value in enumerate(sheet.totals):
        _write_cell(page, line + 1, column, value, styles, bold=True)
    if sheet.header and line:
        page.autofilter(0, 0, line, len(sheet.header) - 1)


def _write_cell(
    page: Any, line: int, column: int, value: Any, styles: _Styles, *, bold: bool = False
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal):
        page.write_number(line, column, value, styles.number(value, bold=bold))
    elif isinstance(value, int) and not isinstance(value, bool):
        page.write_number(line, column, value, styles.bold if bold else None)
    elif isinstance(value, datetime):
        page.write_datetime(line, column, timezone.localtime(value), styles.moment)
    elif isinstance(value, date):
        page.write_datetime(line, column, value, styles.day)
    else:
        text = csv_text(value) if isinstance(value, bool) else plain(value)
        page.write_string(line, column, text[:MAX_CELL], styles.bold if bold else None)


def plain(value: Any) -> str:
    """Return the value as text without markup and control characters."""
    text = str(value)
    if isinstance(value, SafeData):
        text = html.unescape(" ".join(strip_tags(text).split()))
    return _CONTROL.sub("", text)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name Excel takes: 31 characters, none of its signs, not used before."""
    base = _SHEET_NAME.sub(" ", name).strip()[:28] or "Sheet"
    unique, count = base, 2
    while unique.lower() in taken:
        unique, count = f"{base} {count}", count + 1
    taken.add(unique.lower())
    return unique
