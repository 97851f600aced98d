"""How companies and their work are, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Count,
    Max,
    Min,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from core.models import AuditEntry, Job, JobRow, StoredFile, Tenant
from core.models.job import JobState, RowState
from core.tenancy import tenant_scope
from invoices.models import Invoice
from messaging.enums import DeliveryState, MessageState
from messaging.models import OutboundMessage
from messaging.queries import needs_a_decision

PAGE = 25
KINDS = {
    "message": gettext_lazy("Messages"),
    "webhook": gettext_lazy("Webhooks"),
    "job": gettext_lazy("Jobs"),
}
STATES: dict[str, type[TextChoices]] = {
    "message": MessageState,
    "webhook": DeliveryState,
    "job": JobState,
}
FAILED_JOBS = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages, webhooks or jobs in one state over all companies, and since when the oldest is."""

    kind: str
    state: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job with failed rows: what kind, when; not what it was about."""

    pk: int
    kind: str
    created_at: datetime
    failed: int


@dataclass(frozen=True, slots=True)
class Company:
    """One company in numbers; ``storage`` in bytes."""

    tenant: Tenant
    people: int
    bills: int
    storage: int
    last_activity: datetime | None
    waiting: int
    oldest_waiting: datetime | None
    undecided: int
    failed_jobs: list[FailedJob]


def companies(*, text: str, before: int | None) -> tuple[list[Company], int | None]:
    """Return a page of companies, the newest first, and where the next begins, if there is one."""
    rows = Tenant.objects.order_by("-pk").annotate(
        people=Count("memberships", filter=Q(memberships__is_active=True))
    )
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(slug__icontains=text))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    more = found[PAGE - 1].pk if len(found) > PAGE else None
    return [_company(tenant) for tenant in found[:PAGE]], more


def _company(tenant: Any) -> Company:
    """Count inside the company's own scope; two statements."""
    queued = OutboundMessage.objects
    with tenant_scope(tenant.pk):
        waiting = queued.filter(state=MessageState.QUEUED)
        row = (
            Tenant.objects.filter(pk=tenant.pk)
            .annotate(
                bills=_one(Invoice.objects.all(), Count("pk")),
                storage=_one(StoredFile.objects.all(), Sum("size")),
                waiting=_one(waiting, Count("pk")),
                undecided=_one(queued.filter(needs_a_decision()), Count("pk")),
                oldest=Subquery(_of(waiting, Min("next_attempt_at"))),
                latest=Subquery(_of(AuditEntry.objects.all(), Max("happened_at"))),
            )
            .values("bills", "storage", "waiting", "undecided", "oldest", "latest")
            .get()
        )
        failed = _failed_jobs()
    return Company(
        tenant=tenant,
        people=tenant.people,
        bills=row["bills"],
        storage=row["storage"],
        last_activity=row["latest"],
        waiting=row["waiting"],
        oldest_waiting=row["oldest"],
        undecided=row["undecided"],
        failed_jobs=failed,
    )


def _failed_jobs() -> list[FailedJob]:
    rows = (
        JobRow.objects.filter(state=RowState.FAILED, job__state=JobState.DONE)
        .values("job_id", "job__kind", "job__created_at")
        .annotate(failed=Count("pk"))
        .order_by("-job_id")[:FAILED_JOBS]
    )
    return [
        FailedJob(row["job_id"], row["job__kind"], row["job__created_at"], row["failed"])
        for row in rows
    ]


def _of(rows: QuerySet[Any], what: Any) -> Any:
    return rows.order_by().annotate(one=Value(1)).values("one").annotate(n=what).values("n")


def _one(rows: QuerySet[Any], what: Any) -> Coalesce:
    return Coalesce(Subquery(_of(rows, what), output_field=BigIntegerField()), 0)


def work_waiting(at: datetime) -> list[Waiting]:
    """Return messages, webhooks and jobs by state over all companies, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, state, number, age FROM app.work_figures() ORDER BY age DESC")
        return [
            Waiting(str(KINDS[kind]), _label(kind, state), number, at - timedelta(seconds=int(age)))
            for kind, state, number, age in cursor.fetchall()
        ]


def _label(kind: str, state: str) -> str:
    choices = STATES[kind]
    return str(choices(state).label) if state in choices.values else state


def job_of(tenant: Tenant, pk: int) -> Job | None:
    """Return a job with failed rows; call it in the company's scope."""
    return Job.objects.filter(pk=pk, rows__state=RowState.FAILED).distinct().first()
