"""Reversing: a receipt that was recorded wrongly, or bounced, is taken back by its mirror.

One that an import brought and nobody touched is taken back with what the import allocated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from core import audit
from core.models import User
from customers.operations import lock_account
from ledger import operations as ledger
from ledger.enums import JournalKind
from ledger.models import Allocation
from ledger.queries import was_reopened_later
from messaging.enums import EventType
from messaging.operations import announce
from payments.enums import ReceiptState
from payments.models import Receipt
from payments.operations.allocate import undo_allocation


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
    receipt = _locked(receipt)
    _reverse(receipt, reason, day, at, actor, {})
    return receipt


@transaction.atomic
def take_back_receipt(
    *, receipt: Receipt, reason: str, at: datetime, actor: User | None
) -> Receipt:
    """
    Take an imported receipt back as if it had never come, with the allocations made as it came.

    Every mirror is effective on the day of what it mirrors. The external key is cleared, so that
    the corrected file can bring the receipt again; the number stays. What was known before keeps
    being answered as it was.

    :raises ReceiptInUse: if it was reversed, or somebody allocated of it since
    :raises ledger.PeriodClosed: if one of the days lies in a closed period by now
    """
    receipt = _locked(receipt)
    if was_reopened_later([receipt.item]):
        raise ReceiptInUse(f"{receipt} was allocated for a time.")
    standing = Allocation.objects.filter(
        credit_item_id=receipt.item_id, undoes__isnull=True, undone_by__isnull=True
    )
    for allocation in standing.order_by("-pk"):
        if allocation.recorded_at != receipt.created_at:
            raise ReceiptInUse(f"{receipt} was allocated since.")
        undo_allocation(allocation=allocation, day=allocation.effective_date, at=at, actor=actor)
    key, receipt.external_key = receipt.external_key, ""
    changes = {"external_key": [key, ""]} if key else {}
    _reverse(receipt, reason, receipt.received_on, at, actor, changes)
    return receipt


def _locked(receipt: Receipt) -> Receipt:
    """Return the receipt as it stands, its account locked and then itself."""
    lock_account(receipt.customer_id)
    receipt = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)
    if receipt.state != ReceiptState.POSTED:
        raise ReceiptInUse(f"{receipt} is {receipt.state}.")
    return receipt


def _reverse(
    receipt: Receipt,
    reason: str,
    day: date,
    at: datetime,
    actor: User | None,
    changes: Mapping[str, object],
) -> None:
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
    receipt.save(update_fields=["state", "reversed_at", "reversal_reason", "external_key"])
    audit.record(
        event="receipt.reversed",
        subject=receipt,
        actor=actor,
        at=at,
        account_id=receipt.customer_id,
        changes={"effective_date": str(day), **changes},
        reason=reason,
    )
    announce(EventType.PAYMENT_REVERSED, [receipt.pk], at=at)
