"""The aging as files: the command's plain CSV, and for people CSV and a workbook with formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext
from xlsxwriter.utility import xl_rowcol_to_cell

from core.money import places
from core.presentation import plain_amount, q_amount
from reports.enums import Bucket, GroupBy
from reports.queries import AgingRow

COLUMNS = (*(bucket.value for bucket in Bucket), "total")
FIRST_AMOUNT = 3  # the column after code, customer and currency
TOTAL = FIRST_AMOUNT + len(Bucket)


def header_of(by: GroupBy) -> list[str]:
    """Return the names of the columns of the command's file."""
    names = ["customer_code", "customer", "currency", *COLUMNS]
    return [*names, "number", "bill_date", "due_date"] if by == GroupBy.ITEM else names


def plain_lines(rows: Iterable[AgingRow], by: GroupBy) -> Iterator[str]:
    """Yield the rows as CSV for programs: ISO days, plain numbers at the currency's places."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header_of(by))
    for row in rows:
        writer.writerow(_plain(row, by))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _plain(row: AgingRow, by: GroupBy) -> list[str]:
    amounts = [*row.buckets, row.total]
    cells = [
        row.customer_code,
        row.customer,
        row.currency,
        *(plain_amount(amount, row.currency) for amount in amounts),
    ]
    if by == GroupBy.ITEM:
        cells += [row.number, *(day.isoformat() if day else "" for day in _days(row))]
    return cells


def header_for_people(by: GroupBy) -> list[str]:
    """Return the names of the columns in the reader's language."""
    names = [gettext("Code"), gettext("Customer"), gettext("Currency")]
    names += [*(str(bucket.label) for bucket in Bucket), gettext("Total")]
    if by == GroupBy.ITEM:
        names += [gettext("Document"), gettext("Invoice date"), gettext("Due date")]
    return names


def cells_of(row: AgingRow, by: GroupBy) -> list[Any]:
    """Return one row's values: amounts as Decimal at the currency's places, days as days."""
    cells: list[Any] = [row.customer_code, row.customer, row.currency]
    cells += [q_amount(amount, row.currency) for amount in (*row.buckets, row.total)]
    return [*cells, row.number, *_days(row)] if by == GroupBy.ITEM else cells


def _days(row: AgingRow) -> tuple[date | None, date | None]:
    return row.bill_date, row.due_date


def workbook(
    rows: Sequence[AgingRow], by: GroupBy, parameters: Sequence[tuple[str, str]]
) -> IO[bytes]:
    """
    Return a workbook: a sheet per currency, totals as formulas, and a sheet with the parameters.

    A row's total and a column's total are formulas with their value beside them, so that a reader
    sees the sum without computing it and a change of a cell carries through.
    """
    file = SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 - the response closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        for currency in sorted({row.currency for row in rows}):
            mine = [row for row in rows if row.currency == currency]
            _sheet(book, currency, mine, by)
        about = book.add_worksheet(gettext("Parameters")[:31])
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 60)
        for line, (name, value) in enumerate(parameters):
            about.write_string(line, 0, name, book.add_format({"bold": True}))
            about.write_string(line, 1, value)
    file.seek(0)
    return file


@dataclass(frozen=True, slots=True)
class _Formats:
    """How cells of one currency's sheet look."""

    number: Any
    total: Any
    day: Any
    head: Any

    @classmethod
    def of(cls, book: Any, currency: str) -> _Formats:
        form = "#,##0" + ("." + "0" * places(currency) if places(currency) else "")
        return cls(
            number=book.add_format({"num_format": form}),
            total=book.add_format({"num_format": form, "bold": True, "top": 1}),
            day=book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        )


def _sheet(book: Any, currency: str, rows: Sequence[AgingRow], by: GroupBy) -> None:
    page, formats = book.add_worksheet(currency), _Formats.of(book, currency)
    page.freeze_panes(1, 2)
    for column, width in ((0, 14), (1, 34), (2, 9)):
        page.set_column(column, column, width)
    page.set_column(FIRST_AMOUNT, TOTAL + 3, 15)
    for column, name in enumerate(header_for_people(by)):
        page.write_string(0, column, name, formats.head)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(cells_of(row, by)):
            _cell(page, line, column, value, formats)
    _totals(page, currency, rows, formats)
    page.autofilter(0, 0, len(rows), len(header_for_people(by)) - 1)


def _cell(page: Any, line: int, column: int, value: Any, formats: _Formats) -> None:
    if column == TOTAL:
        span = _span(line, FIRST_AMOUNT, line, TOTAL - 1)
        page.write_formula(line, column, f"=SUM({span})", formats.number, value)
    elif isinstance(value, Decimal):
        page.write_number(line, column, value, formats.number)
    elif isinstance(value, date):
        page.write_datetime(line, column, value, formats.day)
    elif value:
        page.write_string(line, column, str(value))


def _totals(page: Any, currency: str, rows: Sequence[AgingRow], formats: _Formats) -> None:
    line = len(rows) + 1
    page.write_string(line, 0, gettext("Total"), formats.total)
    for column in range(FIRST_AMOUNT, TOTAL + 1):
        index = column - FIRST_AMOUNT
        values = [row.total if column == TOTAL else row.buckets[index] for row in rows]
        known = q_amount(sum(values, Decimal(0)), currency)
        span = _span(1, column, len(rows), column)
        page.write_formula(line, column, f"=SUM({span})", formats.total, known)


def _span(first_line: int, first_column: int, last_line: int, last_column: int) -> str:
    first = xl_rowcol_to_cell(first_line, first_column)
    return f"{first}:{xl_rowcol_to_cell(last_line, last_column)}"
