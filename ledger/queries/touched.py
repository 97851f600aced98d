"""What happened to open items after they were posted."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, Q

from ledger.models import Allocation, OpenItem


def was_reopened_later(items: Collection[OpenItem]) -> bool:
    """
    Test if an allocation of one of the items was undone as of another day than it was made.

    Between the two days the item stands as settled for good: its own mirror may not be effective
    before them, or less than nothing would have been owed then.
    """
    own = Q(credit_item__in=items) | Q(debit_item__in=items)
    undoings = Allocation.objects.filter(own, undoes__isnull=False)
    return bool(undoings.exclude(effective_date=F("undoes__effective_date")).exists())
