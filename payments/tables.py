"""Columns of the list of receipts."""

from __future__ import annotations

from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.lists import AmountColumn, ChipColumn, DayColumn, PageLinkColumn, TextColumn
from payments.models import Receipt
from payments.queries import Use

USE_CHIPS = {Use.POSTED: "due", Use.PARTLY: "partly", Use.USED: "paid", Use.REVERSED: "void"}


def use_label(record: Any) -> str:
    """Return the word for what became of a receipt."""
    return str(Use(record.use).label)


class SaidColumn(django_tables2.Column):
    """What the payer wrote, and who paid if it was somebody else."""

    def render(self, record: Receipt) -> SafeString | str:
        if record.reference and record.payer_name:
            return format_html(
                '{} <span class="text-secondary">{}</span>', record.reference, record.payer_name
            )
        return record.reference or record.payer_name

    def value(self, record: Receipt) -> str:
        return " / ".join(part for part in (record.reference, record.payer_name) if part)


class ReceiptTable(django_tables2.Table):
    """A receipt a row; amounts are in its own currency."""

    number = PageLinkColumn("payments:detail", verbose_name=_("Number"))
    received_on = DayColumn(verbose_name=_("Date"))
    customer = PageLinkColumn(
        "customers:detail",
        arg="customer_id",
        verbose_name=_("Customer"),
        attrs={"td": {"class": "receipt-words"}},
    )
    method = TextColumn(verbose_name=_("Method"), attrs={"td": {"class": "receipt-word"}})
    reference = SaidColumn(
        verbose_name=_("Reference, payer"),
        empty_values=(),
        attrs={"td": {"class": "receipt-words"}},
    )
    amount = AmountColumn(verbose_name=_("Amount"))
    allocated = AmountColumn(verbose_name=_("Allocated"), code=False)
    unused = AmountColumn(verbose_name=_("Unused"), code=False)
    use = ChipColumn(verbose_name=_("State"), kind=USE_CHIPS, label=use_label)

    class Meta:
        model = Receipt
        fields = ()
