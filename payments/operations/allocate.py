"""Allocating what is left of a receipt later, and undoing an allocation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core import audit
from core.models import User
from customers.operations import lock_account
from ledger import operations as ledger
from ledger.models import Allocation, OpenItem
from messaging.enums import EventType
from messaging.operations import announce
from payments.models import Receipt
from payments.operations.paid import announce_paid


@transaction.atomic
def allocate_receipt(
    *,
    receipt: Receipt,
    amounts: Mapping[int, Decimal],
    day: date,
    at: datetime,
    actor: User | None,
) -> list[Allocation]:
    """
    Allocate unused money of a receipt to open items by id; effective on the tenant's ``day``.

    :raises ledger.AllocationRefused: if an amount is more than is left on either side
    :raises ledger.PeriodClosed: if the day lies in a closed period
    """
    lock_account(receipt.customer_id)
    receipt = Receipt.objects.get(pk=receipt.pk)
    allocations = ledger.allocate_many(
        [ledger.Pair(receipt.item_id, item_id, amount, day) for item_id, amount in amounts.items()],
        at=at,
    )
    announce_paid(amounts, at=at)
    labels = dict(OpenItem.objects.filter(pk__in=amounts).values_list("pk", "label"))
    audit.record(
        event="receipt.allocated",
        subject=receipt,
        actor=actor,
        at=at,
        account_id=receipt.customer_id,
        changes={
            labels[item_id]: f"{amount} {receipt.currency}" for item_id, amount in amounts.items()
        },
    )
    return allocations


@transaction.atomic
def undo_allocation(
    *, allocation: Allocation, day: date, at: datetime, actor: User | None
) -> Allocation:
    """
    Undo one allocation of a receipt: its debt is open again, its money unused again.

    :raises ledger.AlreadyUndone: if it was undone before
    :raises ledger.PeriodClosed: if the day lies in a closed period
    """
    receipt = Receipt.objects.get(item_id=allocation.credit_item_id)
    lock_account(receipt.customer_id)
    undoing = ledger.unallocate(
        allocation=Allocation.objects.get(pk=allocation.pk), effective_date=day, at=at
    )
    label = OpenItem.objects.get(pk=allocation.debit_item_id).label
    audit.record(
        event="receipt.unallocated",
        subject=receipt,
        actor=actor,
        at=at,
        account_id=receipt.customer_id,
        changes={label: f"{allocation.amount} {receipt.currency}"},
    )
    announce(EventType.PAYMENT_UNAPPLIED, [receipt.pk], at=at)
    return undoing
