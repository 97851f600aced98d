"""Telling other programs that a bill is paid: right when its last open amount goes to zero."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from invoices.enums import InvoiceState
from invoices.models import Instalment, Invoice
from messaging.enums import EventType
from messaging.operations.announce import announce, is_listened_to


def announce_paid(item_ids: Collection[int], *, at: datetime) -> int:
    """
    Announce the bills of which one of these open items was just allocated to, and nothing is open.

    The caller holds the account lock, so nobody else settles the rest meanwhile. Return how many
    deliveries were written.
    """
    if not is_listened_to(EventType.INVOICE_PAID):
        return 0
    of_bill = Instalment.objects.filter(invoice=OuterRef("pk"))
    paid = (
        Invoice.objects.filter(Exists(of_bill.filter(item__in=item_ids)))
        .filter(~Exists(of_bill.exclude(item__open_amount=0)), state=InvoiceState.ISSUED)
        .order_by("pk")
    )
    return announce(EventType.INVOICE_PAID, paid.values_list("pk", flat=True), at=at)
