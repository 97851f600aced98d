"""Everything that changes what is owed."""

from ledger.operations.allocate import (
    AllocationRefused,
    AlreadyUndone,
    Pair,
    allocate,
    allocate_many,
    unallocate,
)
from ledger.operations.errors import ItemSettled, PeriodClosed
from ledger.operations.periods import PeriodOverlaps, close_period, reopen_period
from ledger.operations.post import DocumentDraft, ItemDraft, post, post_many
from ledger.operations.reverse import reverse_items

__all__ = [
    "AllocationRefused",
    "AlreadyUndone",
    "DocumentDraft",
    "ItemDraft",
    "ItemSettled",
    "Pair",
    "PeriodClosed",
    "PeriodOverlaps",
    "allocate",
    "allocate_many",
    "close_period",
    "post",
    "post_many",
    "reopen_period",
    "reverse_items",
    "unallocate",
]
