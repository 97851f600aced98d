"""Who owes how much since when: on a page with its proof, as CSV and as a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from core.exports import CSV_TYPE, XLSX_TYPE, csv_lines
from core.http import unprocessable
from core.money import ZERO
from core.presentation import day_text
from core.scopes import part_seen
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers.timeline import item_url
from reports.enums import Basis, Bucket, GroupBy
from reports.files import cells_of, header_for_people, workbook
from reports.forms import AgingForm
from reports.queries import AgingRow, Question, added_up, aging, control_balances, totals_of
from reports.strip import Strip, strip

TEMPLATE = "reports/aging.html"
ROWS_SHOWN = 60  # of all currencies together: the page stays light
LEAST_SHOWN = 3  # of each currency


@dataclass(frozen=True, slots=True)
class RowView:
    """A row and where it leads: a customer's documents, or the document itself."""

    row: AgingRow
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """One currency: bar, rows, sums, and whether the ledger agrees.

    ``control`` is None where the question leaves customers out and there is nothing to compare.
    """

    currency: str
    strip: Strip
    rows: list[RowView]
    totals: AgingRow
    is_cut: bool
    all_url: str
    control: Decimal | None

    @property
    def agrees(self) -> bool:
        return self.control is None or self.control == self.totals.total


@staff_view(permission="reports.view")
@require_safe
def aging_report(request: StaffRequest) -> HttpResponseBase:
    """Show the aging that the address asks for; ``export`` hands out exactly that as a file."""
    at = timezone.now()
    today = request.tenant.day_of(at)
    form = AgingForm(request.GET, tenant=request.tenant)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, {"form": form, "today": today})
    question = form.question(today)
    if request.GET.get("export") in ("csv", "xlsx"):
        return _file(request, form, question, at)
    first = _first(request)
    return render(request, TEMPLATE, _context(request, form, question, (at, today, first)))


def _context(
    request: StaffRequest, form: AgingForm, question: Question, when: tuple[datetime, date, int]
) -> dict[str, Any]:
    at, today, first = when
    if question.by == GroupBy.CUSTOMER:
        rows = aging(question)
        totals = added_up(rows)
        count = _rows_shown(totals)
    else:
        totals = totals_of(question)
        count = _rows_shown(totals)
        rows = aging(question, first=first, last=first + count - 1)
    control = None
    if question.customer_id is None:
        control = control_balances(as_of=question.as_of, known=question.known)
    sections = [_section(request, question, rows, one, (control, first, count)) for one in totals]
    form.fields["currency"].choices = [  # type: ignore[attr-defined]
        ("", gettext("All")),
        *((code, code) for code in _currencies(question, totals)),
    ]
    return {
        "form": form,
        "question": question,
        "customer": form.found,
        "sections": sections,
        "today": today,
        "at": at,
        "is_past": question.as_of < today,
        "is_future": question.as_of > today,
        "by_item": question.by == GroupBy.ITEM,
        "by_bill": question.basis == Basis.BILL,
        "missing": _missing(question, totals, control),
        "csv_url": _address(question, export="csv"),
        "xlsx_url": _address(question, export="xlsx"),
        "buckets": list(Bucket),
        "whole_url": _address(question, customer=""),
    }


def _rows_shown(totals: list[AgingRow]) -> int:
    """Return how many rows of each currency are shown."""
    return max(ROWS_SHOWN // max(len(totals), 1), LEAST_SHOWN)


def _section(
    request: StaffRequest,
    question: Question,
    rows: list[AgingRow],
    totals: AgingRow,
    more: tuple[dict[str, Decimal] | None, int, int],
) -> Section:
    control, first, count = more
    mine = [row for row in rows if row.currency == totals.currency]
    shown = mine
    if question.by == GroupBy.CUSTOMER:
        shown = mine[first - 1 : first - 1 + count]
        is_cut = first - 1 + count < len(mine)
    else:
        is_cut = len(mine) == count
    following = _address(question, currency=totals.currency, first=str(first + count))
    deeper = _address(question, currency=totals.currency, by=GroupBy.ITEM.value)
    return Section(
        currency=totals.currency,
        strip=strip(totals, lambda _bucket: deeper),
        rows=[RowView(row, _row_url(request, question, row)) for row in shown],
        totals=totals,
        is_cut=is_cut,
        all_url=following if is_cut else "",
        control=None if control is None else control.get(totals.currency, ZERO),
    )


def _missing(
    question: Question, totals: list[AgingRow], control: dict[str, Decimal] | None
) -> list[tuple[str, Decimal]]:
    """Return what the control account has in currencies that the aging does not show at all."""
    shown = {row.currency for row in totals}
    return [
        (currency, amount)
        for currency, amount in (control or {}).items()
        if currency not in shown and question.currency in (None, currency)
    ]


def _row_url(request: StaffRequest, question: Question, row: AgingRow) -> str:
    if row.item_id is not None:
        return item_url(request.tenant, row.kind, row.item_id)
    return _address(
        question, by=GroupBy.ITEM.value, customer=str(row.customer_id), currency=row.currency
    )


def _currencies(question: Question, totals: list[AgingRow]) -> list[str]:
    codes = {row.currency for row in totals} | ({question.currency} if question.currency else set())
    return sorted(code for code in codes if code)


def _address(question: Question, **changes: str) -> str:
    """Return this report's address with every parameter in it, some of them changed."""
    params = {
        "as_of": question.as_of.isoformat(),
        "known": question.known.isoformat() if question.known else "",
        "basis": question.basis.value,
        "by": question.by.value,
        "currency": question.currency or "",
        "customer": "" if question.customer_id is None else str(question.customer_id),
    }
    return "?" + urlencode({name: value for name, value in (params | changes).items() if value})


def _first(request: StaffRequest) -> int:
    text = request.GET.get("first", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 9 else 1  # noqa: PLR2004 - fits an integer


def _file(
    request: StaffRequest, form: AgingForm, question: Question, at: datetime
) -> HttpResponseBase:
    rows = aging(question)
    name = f"aging-{question.as_of.isoformat()}"
    if request.GET["export"] == "xlsx":
        book = workbook(rows, question.by, _parameters(request, form, question, at))
        response: HttpResponseBase = FileResponse(
            book, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE
        )
    else:
        cells = [cells_of(row, question.by) for row in rows]
        lines = list(csv_lines(header_for_people(question.by), cells))
        response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store, private"
    return response


def _parameters(
    request: StaffRequest, form: AgingForm, question: Question, at: datetime
) -> list[tuple[str, str]]:
    known = question.known or at
    local = timezone.localtime(known)
    return [
        (gettext("Report"), gettext("Aging")),
        (gettext("Company"), request.tenant.name),
        *([(gettext("Shows"), part)] if (part := part_seen(request.membership)) else []),
        (gettext("As of"), day_text(question.as_of)),
        (gettext("As known at"), local.isoformat(sep=" ", timespec="seconds")),
        (gettext("Age from"), str(question.basis.label)),
        (gettext("One row per"), str(question.by.label)),
        (gettext("Currency"), question.currency or gettext("All")),
        (gettext("Customer"), form.found.name if form.found else gettext("All")),
        (gettext("Made at"), timezone.localtime(at).isoformat(sep=" ", timespec="seconds")),
    ]


def aging_url(request: StaffRequest, **params: str) -> str:
    """Return the address of the aging of today, narrowed."""
    return page_url(request.tenant, "reports:aging", query=params)
