"""Reversing: the exact mirror of a posting of which nothing has been settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from ledger.enums import JournalKind
from ledger.models import Entry, Journal, JournalLine, OpenItem
from ledger.operations.errors import ItemSettled, named_refusals


def reverse_items(
    *,
    items: Sequence[OpenItem],
    journal_kind: JournalKind,
    effective_date: date,
    at: datetime,
    reason: str,
) -> Journal:
    """
    Close items that are open in full by the mirror of the journal that made them.

    The caller holds the account lock. All items must be those of one journal.

    :raises ItemSettled: if something was allocated to one of them, or they were reversed already
    :raises PeriodClosed: if the effective date lies in a closed period
    """
    fresh = list(OpenItem.objects.filter(pk__in=[item.pk for item in items]).order_by("pk"))
    if any(item.open_amount != item.amount for item in fresh):
        raise ItemSettled(", ".join(item.label for item in fresh))
    first = list(
        Entry.objects.filter(item__in=fresh, journal__isnull=False).order_by("item_id", "pk")
    )
    [journal_id, *others] = {entry.journal_id for entry in first}
    if others or journal_id is None:
        raise ValueError("The items come from several journals.")
    original = Journal.objects.get(pk=journal_id)
    with named_refusals():
        journal = Journal.objects.create(
            kind=journal_kind,
            customer_id=original.customer_id,
            reference=original.reference,
            effective_date=effective_date,
            recorded_at=at,
            reverses=original,
            reason=reason[:300],
        )
        JournalLine.objects.bulk_create(
            JournalLine(
                journal=journal,
                account=line.account,
                currency=line.currency,
                amount=-line.amount,
                base_amount=None if line.base_amount is None else -line.base_amount,
            )
            for line in JournalLine.objects.filter(journal=original).order_by("pk")
        )
        Entry.objects.bulk_create(
            Entry(
                item_id=entry.item_id,
                journal=journal,
                amount=-entry.amount,
                base_amount=None if entry.base_amount is None else -entry.base_amount,
                effective_date=effective_date,
                recorded_at=at,
            )
            for entry in first
        )
    return journal
