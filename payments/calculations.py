"""Which items a receipt most likely pays. Pure: amounts and days in, a named proposal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.money import ZERO
from payments.enums import Proposal

SUM_ITEMS = 12  # at most this many items are tried together
STATES = 20_000  # and at most this many partial sums are kept


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """What the proposal needs of an open item, in the receipt's currency."""

    item_id: int
    open_amount: Decimal
    due_date: date


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Amounts by item id, and why."""

    reason: Proposal
    amounts: dict[int, Decimal]


def suggest(amount: Decimal, debts: Sequence[OpenDebt]) -> Suggestion:
    """
    Return the debts the amount pays: one exactly, else several that add up, else the oldest.

    ``EXACT`` takes the one item of just this amount (of several such, the earliest due).
    ``EXACT_SUM`` takes a set of at most 12 items, the smallest and then the earliest due.
    ``OLDEST_FIRST`` pays by due date until the money is used; the last item may be paid in part.
    """
    ordered = sorted(debts, key=lambda debt: (debt.due_date, debt.item_id))
    if amount <= ZERO or not ordered:
        return Suggestion(Proposal.NOTHING, {})
    for debt in ordered:
        if debt.open_amount == amount:
            return Suggestion(Proposal.EXACT, {debt.item_id: amount})
    if sum((debt.open_amount for debt in ordered), ZERO) == amount:
        return Suggestion(Proposal.EXACT_SUM, {debt.item_id: debt.open_amount for debt in ordered})
    if chosen := _exact_sum(amount, ordered):
        return Suggestion(Proposal.EXACT_SUM, {debt.item_id: debt.open_amount for debt in chosen})
    return Suggestion(Proposal.OLDEST_FIRST, oldest_first(amount, ordered))


def oldest_first(amount: Decimal, debts: Sequence[OpenDebt]) -> dict[int, Decimal]:
    """Return amounts by item id: the earliest due first, until the money is used."""
    left, amounts = amount, {}
    for debt in sorted(debts, key=lambda debt: (debt.due_date, debt.item_id)):
        part = min(left, debt.open_amount)
        if part <= ZERO:
            break
        amounts[debt.item_id] = part
        left -= part
    return amounts


def _exact_sum(amount: Decimal, ordered: Sequence[OpenDebt]) -> list[OpenDebt] | None:
    """
    Return the smallest set that adds up to the amount, earlier due ones preferred; None if none.

    Breadth by number of items over partial sums, each sum kept once with its earliest set, so the
    work is bounded by ``STATES`` whatever the amounts are.
    """
    sums: dict[Decimal, tuple[int, ...]] = {ZERO: ()}
    for _size in range(min(SUM_ITEMS, len(ordered))):
        longer: dict[Decimal, tuple[int, ...]] = {}
        for partial, indexes in sums.items():
            first = indexes[-1] + 1 if indexes else 0
            for index in range(first, len(ordered)):
                grown = partial + ordered[index].open_amount
                if grown == amount:
                    return [ordered[i] for i in (*indexes, index)]
                if grown < amount and grown not in longer:
                    longer[grown] = (*indexes, index)
                if len(longer) > STATES:
                    return None
        if not longer:
            return None
        sums = longer
    return None
