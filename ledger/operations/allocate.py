"""Allocating: an amount moves from a receipt or credit note to something owed; and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError

from core.bulk import take_ids
from core.companies import active_tenant
from core.money import ZERO, q
from core.tenancy import insert_many
from ledger.enums import Account, JournalKind
from ledger.models import Allocation, Entry, Journal, JournalLine, OpenItem
from ledger.operations.errors import named_refusals


class AllocationRefused(Exception):
    """More than is left on one side, or the two sides do not belong together."""


class AlreadyUndone(Exception):
    """The allocation was undone before, or is itself an undoing."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One amount to move from a credit item to a debit item."""

    credit_item_id: int
    debit_item_id: int
    amount: Decimal
    effective_date: date


@dataclass(slots=True)
class _Side:
    """What is left of an item while a batch is worked out, in both currencies."""

    open_amount: Decimal
    base_open: Decimal | None

    def take(self, amount: Decimal, base_currency: str) -> Decimal | None:
        """Move the amount towards zero; return the base amount moved, the last taking the rest."""
        if self.base_open is None:
            self.open_amount += amount
            return None
        if self.open_amount + amount == 0:
            base = -self.base_open
        else:
            base = -q(self.base_open * (-amount / self.open_amount), base_currency)
        self.open_amount += amount
        self.base_open += base
        return base


def allocate(
    *,
    credit_item: OpenItem,
    debit_item: OpenItem,
    amount: Decimal,
    effective_date: date,
    at: datetime,
) -> Allocation:
    """Allocate one amount; see ``allocate_many``."""
    pair = Pair(credit_item.pk, debit_item.pk, amount, effective_date)
    return allocate_many([pair], at=at)[0]


def allocate_many(pairs: Sequence[Pair], *, at: datetime) -> list[Allocation]:
    """
    Move each pair's amount from its credit item to its debit item, in order.

    The caller holds the account locks. All or nothing. Where both sides are known in base currency
    and were booked at different rates, the difference is posted as its own journal.

    :raises AllocationRefused: if a side has less left, or the two are not a credit and a debt of
        one customer and currency, or the amount is finer than the currency
    :raises PeriodClosed: if an effective date lies in a closed period
    """
    base_currency = active_tenant().currency
    ids = {pair.credit_item_id for pair in pairs} | {pair.debit_item_id for pair in pairs}
    items = OpenItem.objects.in_bulk(ids)
    sides = {pk: _Side(item.open_amount, item.base_open) for pk, item in items.items()}
    for pair in pairs:
        _refuse_mismatch(pair, items)
    allocations = [
        Allocation(
            credit_item_id=pair.credit_item_id,
            debit_item_id=pair.debit_item_id,
            amount=pair.amount,
            effective_date=pair.effective_date,
            recorded_at=at,
        )
        for pair in pairs
    ]
    take_ids(allocations)
    entries: list[Entry] = []
    differences: list[tuple[Allocation, Decimal]] = []
    for allocation in allocations:
        credit, debit = sides[allocation.credit_item_id], sides[allocation.debit_item_id]
        if allocation.amount > min(-credit.open_amount, debit.open_amount):
            raise AllocationRefused(f"{allocation.amount} is more than is left.")
        credit_base = credit.take(allocation.amount, base_currency)
        debit_base = debit.take(-allocation.amount, base_currency)
        entries += _pair_of_entries(allocation, 1, credit_base, debit_base)
        if credit_base is not None and debit_base is not None:
            differences.append((allocation, credit_base + debit_base))
    try:
        with named_refusals():
            insert_many(allocations, entries, *_differences(differences, items))
    except IntegrityError as error:
        raise AllocationRefused(str(error).splitlines()[0]) from error
    return allocations


def unallocate(*, allocation: Allocation, effective_date: date, at: datetime) -> Allocation:
    """
    Undo an allocation by its mirror: both items are open again by its amount.

    The caller holds the account lock. Earlier reports keep saying what they said.

    :raises AlreadyUndone: if it was undone before
    :raises PeriodClosed: if the effective date lies in a closed period
    """
    if allocation.undoes_id or Allocation.objects.filter(undoes=allocation).exists():
        raise AlreadyUndone(str(allocation))
    first = {
        entry.item_id: entry
        for entry in Entry.objects.filter(allocation=allocation).select_related("item")
    }
    credit = first[allocation.credit_item_id]
    debit = first[allocation.debit_item_id]
    undoing = Allocation(
        credit_item_id=allocation.credit_item_id,
        debit_item_id=allocation.debit_item_id,
        amount=allocation.amount,
        effective_date=effective_date,
        recorded_at=at,
        undoes=allocation,
    )
    take_ids([undoing])
    back = [None if e.base_amount is None else -e.base_amount for e in (credit, debit)]
    differences = []
    if back[0] is not None and back[1] is not None:
        differences = [(undoing, back[0] + back[1])]
    items = {credit.item_id: credit.item, debit.item_id: debit.item}
    with named_refusals():
        insert_many(
            [undoing], _pair_of_entries(undoing, -1, *back), *_differences(differences, items)
        )
    return undoing


def _refuse_mismatch(pair: Pair, items: dict[int, OpenItem]) -> None:
    credit, debit = items.get(pair.credit_item_id), items.get(pair.debit_item_id)
    if credit is None or debit is None:
        raise AllocationRefused("An item is not there.")
    if credit.amount > 0 or debit.amount < 0:
        raise AllocationRefused(f"{credit} is no credit, or {debit} no debt.")
    if (credit.customer_id, credit.currency) != (debit.customer_id, debit.currency):
        raise AllocationRefused(f"{credit} and {debit} differ in customer or currency.")
    if pair.amount <= ZERO or pair.amount != q(pair.amount, debit.currency):
        raise AllocationRefused(f"{pair.amount} is no amount of {debit.currency}.")


def _pair_of_entries(
    allocation: Allocation, sign: int, credit_base: Decimal | None, debit_base: Decimal | None
) -> list[Entry]:
    """Return the credit item's entry (towards zero when sign is 1) and the debit item's."""
    common = {
        "allocation_id": allocation.pk,
        "effective_date": allocation.effective_date,
        "recorded_at": allocation.recorded_at,
    }
    return [
        Entry(
            item_id=allocation.credit_item_id,
            amount=sign * allocation.amount,
            base_amount=credit_base,
            **common,
        ),
        Entry(
            item_id=allocation.debit_item_id,
            amount=-sign * allocation.amount,
            base_amount=debit_base,
            **common,
        ),
    ]


def _differences(
    differences: Iterable[tuple[Allocation, Decimal]], items: dict[int, OpenItem]
) -> tuple[list[Journal], list[JournalLine]]:
    """Return what books the change of the receivables in base currency alone."""
    wanted = [(allocation, amount) for allocation, amount in differences if amount]
    journals = [
        Journal(
            kind=JournalKind.FX_DIFFERENCE,
            customer_id=items[allocation.debit_item_id].customer_id,
            reference=items[allocation.debit_item_id].label,
            effective_date=allocation.effective_date,
            recorded_at=allocation.recorded_at,
        )
        for allocation, _amount in wanted
    ]
    take_ids(journals)
    return journals, [
        JournalLine(
            journal_id=journal.pk,
            account=account,
            currency=items[allocation.debit_item_id].currency,
            amount=ZERO,
            base_amount=base,
        )
        for journal, (allocation, amount) in zip(journals, wanted, strict=True)
        for account, base in ((Account.RECEIVABLE, amount), (Account.FX_DIFFERENCE, -amount))
    ]
