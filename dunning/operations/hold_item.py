"""Pausing reminders for one item, and going on with them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.models import User
from customers.operations import lock_account
from dunning.models import ItemHold
from ledger.models import OpenItem


class HoldRefused(Exception):
    """The item owes nothing, the reason is missing, or there is no hold to lift."""


@transaction.atomic
def hold_item(
    *, item: OpenItem, until: date | None, reason: str, at: datetime, actor: User | None
) -> ItemHold:
    """
    Remind of the item no more, up to and including the day ``until``; None: until it is lifted.

    Holding again replaces day and reason.

    :raises HoldRefused: without a reason, or for an item that is a credit or settled
    """
    customer = lock_account(item.customer_id)
    item = OpenItem.objects.get(pk=item.pk)
    if not reason.strip() or item.amount < 0 or item.closed_on is not None:
        raise HoldRefused(str(item))
    hold, _made = ItemHold.objects.update_or_create(
        item=item,
        defaults={
            "until": until,
            "reason": reason.strip(),
            "created_at": at,
            "created_by": actor,
        },
    )
    audit.record(
        event="reminders.item_held",
        subject=item,
        actor=actor,
        at=at,
        account_id=customer.pk,
        changes={"until": ["", until or ""]},
        reason=hold.reason,
    )
    return hold


@transaction.atomic
def release_item(*, item: OpenItem, at: datetime, actor: User | None) -> OpenItem:
    """
    Remind of the item again from the next run on.

    :raises HoldRefused: if it is not held
    """
    customer = lock_account(item.customer_id)
    deleted, _per_model = ItemHold.objects.filter(item=item).delete()
    if not deleted:
        raise HoldRefused(str(item))
    audit.record(
        event="reminders.item_released",
        subject=item,
        actor=actor,
        at=at,
        account_id=customer.pk,
    )
    return OpenItem.objects.get(pk=item.pk)
