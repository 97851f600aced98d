"""What the home page counts: each number by the very rows its list shows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from core.models import (
    AuditEntry,
    BankAccount,
    ChecklistMark,
    Job,
    JobRow,
    Mark,
    Membership,
    Tenant,
)
from core.models.job import RowState
from core.money import ZERO
from core.tenancy import active_tenant_id
from customers.models import Customer
from dunning.enums import Outcome
from dunning.models import Decision
from invoices.enums import FROZEN, InvoiceSource, InvoiceState
from invoices.models import Invoice
from invoices.queries.lists import unsent
from ledger.enums import ItemKind
from ledger.models import OpenItem
from messaging.enums import MessageKind
from messaging.models import OutboundMessage
from messaging.queries import needs_a_decision
from payments.enums import ReceiptState
from payments.models import Receipt
from payments.queries import with_unused_money

TOP = 10
JOBS_SHOWN = 3
JOB_DAYS = 30
RECENT = 8


@dataclass(frozen=True, slots=True)
class Work:
    """How much waits, and what a new company has done of its first steps."""

    in_review: int
    returned: int
    approved: int
    unsent: int
    undecided: int
    unused_receipts: int
    held_today: int
    held_run_id: int | None
    has_bank_account: bool
    has_customer: bool
    has_issued: bool
    has_sent: bool
    has_taken_over: bool
    has_seen_taxes: bool
    is_put_away: bool
    is_alone: bool  # nobody else could approve


@dataclass(frozen=True, slots=True)
class Late:
    """A customer's late debts in one currency."""

    customer_id: int
    name: str
    currency: str
    amount: Decimal
    items: int
    oldest_due_date: date


@dataclass(frozen=True, slots=True)
class Received:
    """Receipts of a span of days in one currency, and the part of them that was taken back."""

    currency: str
    amount: Decimal
    reversed_amount: Decimal


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job with rows that failed."""

    pk: int
    title: str
    failed: int


def work(*, day: date) -> Work:
    """Return all counts on the tenant's ``day`` by one statement."""
    invoices = Invoice.objects.all()
    held = Decision.objects.filter(run__run_date=day, outcome=Outcome.HELD)
    counts: dict[str, Any] = {
        "in_review": _count(invoices.filter(state=InvoiceState.IN_REVIEW)),
        "returned": _count(invoices.filter(state=InvoiceState.RETURNED)),
        "approved": _count(invoices.filter(state=InvoiceState.APPROVED)),
        "unsent": _count(unsent(invoices)),
        "undecided": _count(OutboundMessage.objects.filter(needs_a_decision())),
        "unused_receipts": _count(with_unused_money(Receipt.objects.all())),
        "held_today": _count(held),
        "held_run_id": Subquery(held.order_by("pk").values("run_id")[:1]),
        "has_bank_account": Exists(BankAccount.objects.filter(is_active=True)),
        "has_customer": Exists(Customer.objects.all()),
        "has_issued": Exists(invoices.filter(state__in=FROZEN)),
        "has_sent": Exists(
            OutboundMessage.objects.filter(kind=MessageKind.INVOICE, accepted_at__isnull=False)
        ),
        "has_taken_over": Exists(_marked(Mark.NOTHING_OPEN))
        | Exists(OpenItem.objects.filter(kind=ItemKind.OPENING))
        | Exists(invoices.filter(source=InvoiceSource.IMPORT)),
        "has_seen_taxes": Exists(_marked(Mark.TAXES)),
        "is_put_away": Exists(_marked(Mark.PUT_AWAY)),
        "is_alone": ~Exists(
            Membership.objects.filter(tenant=active_tenant_id(), is_active=True).order_by("pk")[1:]
        ),
    }
    names = [field.name for field in fields(Work)]
    row = (
        Tenant.objects.filter(pk=active_tenant_id())
        .annotate(**{f"home_{name}": counts[name] for name in names})
        .values_list(*(f"home_{name}" for name in names))
        .get()
    )
    return Work(*row)


def _marked(mark: Mark) -> QuerySet[ChecklistMark]:
    return ChecklistMark.objects.filter(mark=mark)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=BigIntegerField()), 0)


def failed_jobs(*, day: date) -> list[FailedJob]:
    """Return the latest jobs of the last month with rows that failed and were not tried again."""
    rows = (
        Job.objects.filter(created_at__date__gte=day - timedelta(days=JOB_DAYS))
        .annotate(failed=_count(JobRow.objects.filter(job=OuterRef("pk"), state=RowState.FAILED)))
        .filter(failed__gt=0)
        .order_by("-pk")
        .values_list("pk", "title", "failed")[:JOBS_SHOWN]
    )
    return [FailedJob(*row) for row in rows]


def latest_debtors(*, day: date) -> list[Late]:
    """
    Return whose late debts weigh most, at most ``TOP``, per customer and currency.

    Compared in the company's currency at the rates they were booked at; where none was known they
    come last, by their own figure. Nothing is added across currencies.
    """
    rows = (
        OpenItem.objects.overdue_on(day)
        .order_by()
        .values("customer_id", "customer__name", "currency")
        .annotate(
            amount=Sum("open_amount"),
            items=Count("pk"),
            oldest=Min("due_date"),
            base=Sum("base_open"),
            unknown=Count("pk", filter=Q(base_open__isnull=True)),
        )
        .order_by("unknown", F("base").desc(nulls_last=True), "-amount", "customer_id")[:TOP]
    )
    return [
        Late(
            row["customer_id"],
            row["customer__name"],
            row["currency"],
            row["amount"],
            row["items"],
            row["oldest"],
        )
        for row in rows
    ]


def received_between(first: date, last: date) -> list[Received]:
    """Return what the list of receipts of these days adds up to, per currency."""
    rows = (
        Receipt.objects.filter(received_on__range=(first, last))
        .order_by()
        .values("currency")
        .annotate(
            amount_sum=Sum("amount"),
            reversed_sum=Sum("amount", filter=Q(state=ReceiptState.REVERSED)),
        )
        .order_by("currency")
    )
    return [
        Received(row["currency"], row["amount_sum"], row["reversed_sum"] or ZERO) for row in rows
    ]


def recent_changes() -> list[AuditEntry]:
    """Return the newest entries of the audit trail."""
    return list(AuditEntry.objects.select_related("actor").order_by("-pk")[:RECENT])
