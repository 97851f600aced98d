"""Reversing: a receipt that was recorded wrongly, or bounced, is taken back by its mirror."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.models import User
from customers.operations import lock_account
from ledger import operations as ledger
from ledger.enums import JournalKind
from messaging.enums import EventType
from messaging.operations import announce
from payments.enums import ReceiptState
from payments.models import Receipt


class ReceiptInUse(Exception):
    """Part of the receipt is allocated, or it was reversed before."""


@transaction.atomic
def reverse_receipt(
    *, receipt: Receipt, reason: str, day: date, at: datetime, actor: User | None
) -> Receipt:
    """
    Take a receipt back, effective on the tenant's ``day``; it keeps its number.

    :raises ReceiptInUse: while something of it is allocated; undo that first
    :raises ledger.PeriodClosed: if the day lies in a closed period
    """
    lock_account(receipt.customer_id)
    receipt = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)
    if receipt.state != ReceiptState.POSTED:
        raise ReceiptInUse(f"{receipt} is {receipt.state}.")
    try:
        ledger.reverse_items(
            items=[receipt.item],
            journal_kind=JournalKind.RECEIPT_REVERSED,
            effective_date=day,
            at=at,
            reason=reason,
        )
    except ledger.ItemSettled:
        raise ReceiptInUse(f"{receipt} is allocated.") from None
    receipt.state, receipt.reversed_at, receipt.reversal_reason = ReceiptState.REVERSED, at, reason
    receipt.save(update_fields=["state", "reversed_at", "reversal_reason"])
    audit.record(
        event="receipt.reversed",
        subject=receipt,
        actor=actor,
        at=at,
        account_id=receipt.customer_id,
        reason=reason,
    )
    announce(EventType.PAYMENT_REVERSED, [receipt.pk], at=at)
    return receipt
