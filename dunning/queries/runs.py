"""Runs and what they decided."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from dunning.enums import HoldReason, Outcome
from dunning.models import Decision, Notice, Run


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did with the items of one currency, outcome and reason."""

    currency: str
    outcome: Outcome
    reason: HoldReason | None
    items: int
    customers: int
    amount: Decimal


def runs_with_counts() -> QuerySet[Run]:
    """Return the runs with how many reminders went out and how many items were held."""
    return Run.objects.select_related("policy", "started_by").annotate(
        sent_count=_count(Notice.objects.all()),
        sent_items=_count(Decision.objects.filter(outcome=Outcome.SENT)),
        held_items=_count(Decision.objects.filter(outcome=Outcome.HELD)),
    )


def _count(rows: QuerySet) -> Coalesce:
    counted = rows.filter(run=OuterRef("pk")).order_by().values("run").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), Value(0))


def summary_of(run: Run) -> list[Tally]:
    """Return what the run decided, added up per currency, outcome and reason. One query."""
    rows = (
        Decision.objects.filter(run=run)
        .values("currency", "outcome", "held_because")
        .annotate(
            items=Count("pk"),
            customers=Count("customer", distinct=True),
            amount=Sum("open_amount"),
        )
        .order_by("-outcome", "held_because", "currency")
    )
    return [
        Tally(
            row["currency"],
            Outcome(row["outcome"]),
            HoldReason(row["held_because"]) if row["held_because"] else None,
            row["items"],
            row["customers"],
            row["amount"],
        )
        for row in rows
    ]
