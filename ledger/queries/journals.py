"""Journals as bookkeepers read them, for the page of the document they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from ledger.models import Journal, JournalLine


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a journal; one of the two sides is None."""

    account: str
    currency: str
    debit: Decimal | None
    credit: Decimal | None


@dataclass(frozen=True, slots=True)
class Booked:
    """One journal with its lines."""

    journal: Journal
    lines: list[Leg]


def journals_of(item_ids: Collection[int]) -> list[Booked]:
    """Return the journals that made and reversed the open items, oldest first. Two queries."""
    journals = list(Journal.objects.filter(entries__item__in=item_ids).distinct().order_by("pk"))
    lines: dict[int, list[Leg]] = {journal.pk: [] for journal in journals}
    for line in JournalLine.objects.filter(journal__in=journals).order_by("pk"):
        lines[line.journal_id].append(
            Leg(
                account=line.get_account_display(),
                currency=line.currency,
                debit=line.amount if line.amount > 0 else None,
                credit=-line.amount if line.amount < 0 else None,
            )
        )
    return [Booked(journal, lines[journal.pk]) for journal in journals]
