"""Tables of billing."""

from __future__ import annotations

from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from core.lists import (
    AmountColumn,
    ChipColumn,
    DayColumn,
    DueColumn,
    FigureColumn,
    MomentColumn,
    PageLinkColumn,
    TextColumn,
)
from core.presentation import chip_html, day_html, money_html
from core.urls_in import page_url
from invoices.enums import InvoiceSource, InvoiceState, ScheduleState
from invoices.presentation import SCHEDULE_KINDS, status_of
from invoices.queries.delivery import DELIVERY_CHIPS, DeliveryState


def number_of(invoice: Any) -> str:
    """Return the number, or what a draft is called before it has one."""
    return invoice.number or _now("Draft #%(pk)s") % {"pk": invoice.pk}


class NumberColumn(PageLinkColumn):
    """A bill's number as a link to its page."""

    empty_values = ()

    def render(self, value: Any, record: Any, table: Any) -> SafeString | str:
        return super().render(number_of(record), record, table)

    def value(self, value: Any, record: Any = None) -> str:
        return number_of(record)


class StatusColumn(django_tables2.Column):
    """The one word for a bill: its state, or how far it is paid."""

    empty_values = ()

    def render(self, record: Any, table: Any) -> SafeString:
        label, kind = status_of(record, table.today)
        return chip_html(label, kind)

    def value(self, record: Any, table: Any) -> str:
        return str(status_of(record, table.today)[0]) if table.today else str(record.state)


class DeliveryColumn(django_tables2.Column):
    """How far the bill reached its customer, where a message carries it."""

    empty_values = ()

    def render(self, record: Any) -> SafeString:
        state = _delivery(record)
        return chip_html(state.label, DELIVERY_CHIPS[state]) if state else mark_safe("")

    def value(self, record: Any) -> str:
        state = _delivery(record)
        return str(state.label) if state else ""


def _delivery(invoice: Any) -> DeliveryState | None:
    """Return how far an issued bill went; nothing is said of the others, or of imported ones."""
    state = DeliveryState(invoice.delivery)
    is_told = invoice.state == InvoiceState.ISSUED and invoice.source != InvoiceSource.IMPORT
    return state if is_told or state != DeliveryState.NONE else None


class InvoiceTable(django_tables2.Table):
    """P02."""

    number = NumberColumn("invoices:detail", verbose_name=_("Number"))
    customer = PageLinkColumn(
        "customers:detail",
        arg="customer_id",
        accessor="customer__name",
        verbose_name=_("Customer"),
        attrs={"td": {"class": "cell-clip"}},
    )
    issue_date = DayColumn(verbose_name=pgettext_lazy("day", "Issued"))
    due_date = DueColumn(
        verbose_name=_("Due"),
        is_open=lambda row: row.state == InvoiceState.ISSUED and bool(row.open_amount),
    )
    total_amount = AmountColumn(verbose_name=_("Total"))
    open_amount = AmountColumn(verbose_name=_("Open"), code=False)
    status = StatusColumn(verbose_name=_("Status"), accessor="state")
    delivery = DeliveryColumn(verbose_name=_("Delivery"), accessor="pk")
    po_number = TextColumn(verbose_name=_("Purchase order"))
    reference = TextColumn(verbose_name=_("Reference"), attrs={"td": {"class": "cell-clip"}})
    source = TextColumn(verbose_name=_("Source"))
    created_at = MomentColumn(verbose_name=pgettext_lazy("time", "Created"))


class ProductTable(django_tables2.Table):
    """P31, the products."""

    code = PageLinkColumn("invoices:product", verbose_name=_("Code"))
    name = TextColumn(verbose_name=_("Name"))
    unit = TextColumn(verbose_name=_("Unit"))
    unit_price = FigureColumn(verbose_name=_("Unit price"), least_places=2)
    currency = TextColumn(verbose_name=_("Currency"))
    tax_code = TextColumn(verbose_name=_("Tax"))
    is_active = ChipColumn(
        verbose_name=_("State"),
        kind=lambda row: "ok" if row.is_active else "draft",
        label=lambda row: (
            pgettext("product", "In use") if row.is_active else pgettext("product", "Out of use")
        ),
    )


class ChargeTable(django_tables2.Table):
    """What was delivered and is billed, or waits."""

    description = PageLinkColumn("invoices:charge", verbose_name=_("Description"))
    customer = PageLinkColumn(
        "customers:detail", arg="customer_id", accessor="customer__name", verbose_name=_("Customer")
    )
    service_date = DayColumn(verbose_name=_("Service date"))
    quantity = FigureColumn(verbose_name=_("Quantity"))
    unit_price = FigureColumn(verbose_name=_("Unit price"), least_places=2)
    currency = TextColumn(verbose_name=_("Currency"))
    amount = AmountColumn(verbose_name=_("Amount"))
    invoice = django_tables2.Column(
        verbose_name=_("Invoice"), accessor="line__invoice_id", empty_values=()
    )

    def render_invoice(self, record: Any) -> SafeString | str:
        if record.line is None:
            return chip_html(pgettext("charge", "Waiting"), "due")
        url = page_url(self.request.tenant, "invoices:detail", record.line.invoice_id)
        return format_html('<a href="{}">{}</a>', url, number_of(record.line.invoice))

    def value_invoice(self, record: Any) -> str:
        return "" if record.line is None else number_of(record.line.invoice)


class ScheduleTable(django_tables2.Table):
    """P05, the list."""

    name = PageLinkColumn("invoices:schedule", verbose_name=_("Name"))
    customer = PageLinkColumn(
        "customers:detail", arg="customer_id", accessor="customer__name", verbose_name=_("Customer")
    )
    frequency = TextColumn(verbose_name=_("Frequency"), accessor="get_frequency_display")
    timing = TextColumn(verbose_name=_("Billed"), accessor="get_timing_display")
    next_day = django_tables2.Column(
        verbose_name=pgettext_lazy("schedule", "Next"), accessor="pk", empty_values=()
    )
    currency = TextColumn(verbose_name=_("Currency"))
    next_amount = django_tables2.Column(
        verbose_name=_("Amount"),
        accessor="pk",
        empty_values=(),
        attrs={"td": {"class": "text-end"}},
    )
    end_date = DayColumn(verbose_name=_("Ends"))
    state = ChipColumn(
        verbose_name=_("State"),
        kind=lambda row: SCHEDULE_KINDS[ScheduleState(row.state)],
        label="get_state_display",
    )

    def render_next_day(self, record: Any) -> SafeString:
        coming = record.upcoming
        return day_html(coming.period.bill_day if coming else None)

    def value_next_day(self, record: Any) -> Any:
        return record.upcoming.period.bill_day if record.upcoming else None

    def render_next_amount(self, record: Any) -> SafeString:
        coming = record.upcoming
        return money_html(coming.total_amount if coming else None, record.currency)

    def value_next_amount(self, record: Any) -> Any:
        return record.upcoming.total_amount if record.upcoming else None
