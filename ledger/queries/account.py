"""A customer's account: everything posted, in order, with the balance after each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Min, Q, QuerySet, Sum

from core.money import ZERO
from ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Movement:
    """One posted document on an account: ``amount`` is signed, ``balance`` that after it.

    ``item_id`` and ``item_kind`` name an open item of the document, for a link to it.
    """

    journal_id: int
    kind: str
    reference: str
    effective_date: date
    recorded_at: datetime
    reason: str
    amount: Decimal
    balance: Decimal
    item_id: int
    item_kind: str

    @property
    def credited(self) -> Decimal:
        """What was taken off the debt, positive; negative for what was added."""
        return -self.amount


@dataclass(frozen=True, slots=True)
class AccountView:
    """One customer's account in one currency over a span of days.

    ``closing`` = ``opening`` + ``debits`` - ``credits``.
    """

    currency: str
    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def debits(self) -> Decimal:
        """The sum of what was added to the debt."""
        return sum((one.amount for one in self.movements if one.amount > 0), ZERO)

    @property
    def credits(self) -> Decimal:
        """The sum of what was taken off it, positive."""
        return -sum((one.amount for one in self.movements if one.amount < 0), ZERO)

    @property
    def closing(self) -> Decimal:
        """The balance after the last movement."""
        return self.movements[-1].balance if self.movements else self.opening


def account(
    customer_id: int,
    currency: str,
    first: date | None,
    last: date,
    *,
    known: datetime | None = None,
) -> AccountView:
    """
    Return a customer's account from the first to the last day, both included, by effective date.

    Every posted document is one movement; allocations move nothing between customer and company
    and so are none. ``first`` None: from the beginning. ``known``: as it was known at that moment;
    None: as known now. Two queries.
    """
    entries = _entries(customer_id, currency, known).filter(effective_date__lte=last)
    opening = ZERO
    if first is not None:
        before = entries.filter(effective_date__lt=first)
        opening = before.aggregate(total=Sum("amount"))["total"] or ZERO
        entries = entries.filter(effective_date__gte=first)
    return AccountView(currency, opening, tuple(_movements(entries, opening)))


def account_currencies(customer_id: int) -> list[str]:
    """Return the currencies in which anything was ever posted to the customer, by code."""
    return list(
        Entry.objects.filter(item__customer_id=customer_id)
        .order_by("item__currency")
        .values_list("item__currency", flat=True)
        .distinct()
    )


def _entries(customer_id: int, currency: str, known: datetime | None) -> QuerySet[Entry]:
    of_account = Q(item__customer_id=customer_id, item__currency=currency, journal__isnull=False)
    entries = Entry.objects.filter(of_account)
    return entries.filter(recorded_at__lte=known) if known else entries


def _movements(entries: QuerySet[Entry], balance: Decimal) -> Iterator[Movement]:
    rows = (
        entries.values(
            "journal_id",
            "journal__kind",
            "journal__reference",
            "journal__reason",
            "effective_date",
            "recorded_at",
        )
        .annotate(total=Sum("amount"), first_item=Min("item_id"), item_kind=Min("item__kind"))
        .order_by("effective_date", "recorded_at", "journal_id")
    )
    for row in rows:
        balance += row["total"]
        yield Movement(
            journal_id=row["journal_id"],
            kind=row["journal__kind"],
            reference=row["journal__reference"],
            effective_date=row["effective_date"],
            recorded_at=row["recorded_at"],
            reason=row["journal__reason"],
            amount=row["total"],
            balance=balance,
            item_id=row["first_item"],
            item_kind=row["item_kind"],
        )
