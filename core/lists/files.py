"""A list as a file: CSV, a workbook or a printed page, with what it was filtered by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from core.exports import CSV_TYPE, XLSX_TYPE, Sheet, csv_lines, csv_text, plain, write_xlsx
from core.lists.export import are_amounts, header, values
from core.lists.look import Look
from core.lists.reading import filters_in_words, ordering_asked
from core.lists.spec import ListSpec
from core.lists.totals import CurrencySums, labels_of, sums_of_all
from core.pdf import render
from core.presentation import amount_text, day_text, moment_text
from core.scopes import part_seen
from core.tenancy import active_tenant_id, active_viewer, tenant_scope

IN_MEMORY = 4 * 1024 * 1024
MOST_TEXT = 300  # characters of a printed cell


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: up to how many rows it is made at once, and how many it can hold."""

    name: str
    content_type: str
    at_once: int
    most: int

    @property
    def most_text(self) -> str:
        return f"{self.most:,}"


FORMATS = {
    "csv": Format("CSV", CSV_TYPE, 5_000, 1_000_000),
    "xlsx": Format("Excel", XLSX_TYPE, 5_000, 200_000),
    "pdf": Format("PDF", "application/pdf", 200, 1_000),
}


@dataclass(slots=True)
class ListFile:
    """What a file is made of: the list as a request asks for it, and at what moment."""

    request: HttpRequest
    spec: ListSpec
    look: Look
    rows: QuerySet[Any]
    at: datetime
    is_picked: bool = False  # ticked rows, not all that match

    def file_name(self, extension: str) -> str:
        return f"{self.spec.export_name}.{extension}"

    def write(self, extension: str, file: IO[bytes]) -> None:
        """
        Write the file; memory does not grow with the rows of CSV and workbooks.

        :raises core.pdf.RenderFailed: if a page cannot be drawn
        """
        if extension == "csv":
            for line in self.csv():
                file.write(line.encode())
        elif extension == "xlsx":
            write_xlsx(file, [self._sheet()], self.parameters())
        else:
            file.write(self._pdf())

    def open(self, extension: str) -> IO[bytes]:
        """Return the file at its beginning, for a ``FileResponse``."""
        file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
        self.write(extension, file)
        file.seek(0)
        return file

    def csv(self) -> Iterator[str]:
        """Yield the lines of the file."""
        hidden = self.look.hidden
        yield from csv_lines(
            header(self.spec, hidden), values(self.request, self.spec, self.rows, hidden)
        )

    def streamed_csv(self) -> Iterator[str]:
        """
        Yield the same from outside the view; company, viewer, zone and language are entered anew.

        By the time it runs, the view's transaction, and with it the tenant, is gone.
        """
        tenant_id, viewer = active_tenant_id(), active_viewer()
        language, zone = translation.get_language(), timezone.get_current_timezone()

        def lines() -> Iterator[str]:
            with ExitStack() as stack:
                stack.enter_context(translation.override(language))
                stack.enter_context(timezone.override(zone))
                stack.enter_context(tenant_scope(tenant_id, viewer=viewer))
                yield from self.csv()

        return lines()

    def parameters(self) -> list[tuple[str, Any]]:
        """Return what the file shows, in words: list, company, filters, order, moment."""
        tenant = getattr(self.request, "tenant", None)
        order = ordering_asked(self.request, self.spec).name
        return [
            (gettext("List"), str(self.spec.title)),
            *([(gettext("Company"), tenant.name)] if tenant else []),
            *([(gettext("Shows"), self.part_seen)] if self.part_seen else []),
            *([(gettext("Rows"), gettext("Ticked by hand"))] if self.is_picked else []),
            *filters_in_words(self.request, self.spec),
            (gettext("Sorted by"), order),
            (gettext("Made at"), self.at),
        ]

    @property
    def part_seen(self) -> str:
        """Which customers the file is of, for who does not see all."""
        return part_seen(getattr(self.request, "membership", None))

    def _sheet(self) -> Sheet:
        hidden = self.look.hidden
        return Sheet(
            str(self.spec.title),
            header(self.spec, hidden),
            values(self.request, self.spec, self.rows, hidden),
        )

    def _pdf(self) -> bytes:
        hidden = self.look.hidden
        numeric = are_amounts(self.spec, hidden)
        rows = [
            [(_printed(value), is_amount) for value, is_amount in zip(row, numeric, strict=True)]
            for row in values(self.request, self.spec, self.rows, hidden)
        ]
        context = {
            "title": str(self.spec.title),
            "tenant": getattr(self.request, "tenant", None),
            "language": translation.get_language(),
            "header": list(zip(header(self.spec, hidden), numeric, strict=True)),
            "rows": rows,
            "count": len(rows),
            "filters": filters_in_words(self.request, self.spec),
            "is_picked": self.is_picked,
            "part_seen": self.part_seen,
            "moment": moment_text(self.at),
            "sum_labels": labels_of(self.spec),
            "sums": [
                (line, [amount_text(amount, line.currency) for amount in line.amounts])
                for line in sums_of(self.rows, self.spec)
            ],
        }
        return render(
            render_to_string("documents/list.html", context), stylesheet="documents/list.css"
        )


def sums_of(rows: QuerySet[Any], spec: ListSpec) -> list[CurrencySums]:
    """Return what the rows add up to per currency, by one statement."""
    if not spec.sums:
        return []
    return spec.sums_of(rows) if spec.sums_of else sums_of_all(rows, spec)


def _printed(value: Any) -> str:
    """Return a value as a printed cell: amounts with separators, days as pages show them."""
    match value:
        case Decimal():
            text = f"{value:,f}".replace("-", "−")
        case datetime():
            text = moment_text(value)
        case date():
            text = day_text(value)
        case bool() | int() | None:
            text = csv_text(value)
        case _:
            text = plain(value)
    return text[:MOST_TEXT]
