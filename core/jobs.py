"""
Bulk work with an outcome per row. An app registers, in its ``jobs.py``, what one row does.

The rows are the truth. A worker locks one waiting row, does it and writes the outcome in one
transaction: killed in between, it leaves the row waiting for the next worker; several workers
beside each other never hold the same row. Locks are taken in the order row, then job.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import audit
from core.context import came_through, current_work
from core.models import Job, JobRow, Membership, User
from core.models.audit import Via
from core.models.job import JobState, RowState
from core.roles import Role
from core.tenancy import active_tenant_id, seen_by
from core.wake import after_commit

logger = logging.getLogger(__name__)

LATE = timedelta(seconds=60)
RUN_JOB = "core.run_job"
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class RowSkipped(Exception):
    """The row needs nothing done; the message says why and is shown to the person."""


class RowRefused(Exception):
    """The row cannot be done; the message says why and is shown to the person."""


# A handler does one row, in its own transaction, and returns what to say of it.
Handler = Callable[[JobRow, Job, datetime], str]


@dataclass(frozen=True, slots=True)
class Retried:
    """The job that tries rows again, and how many; it is another one for another person."""

    job: Job
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What one row of a job does, who may steer it, and if each row builds on those before."""

    handler: Handler
    permission: str
    in_order: bool
    via: Via


_KINDS: dict[str, Kind] = {}


def job_kind(
    kind: str, permission: str = "", *, in_order: bool = False, via: Via = Via.JOB
) -> Callable[[Handler], Handler]:
    """
    Register what one row of this kind of job does.

    Whoever holds the permission may cancel and retry it; without one, its starter and admins may.
    ``in_order``: no row begins while an earlier one waits or is under work. ``via`` is what the
    trail of changes says they came through.
    """

    def register(handler: Handler) -> Handler:
        _KINDS[kind] = Kind(handler, permission, in_order, via)
        return handler

    return register


def _kind_of(job: Job) -> Kind | None:
    if job.kind not in _KINDS:
        autodiscover_modules("jobs", "import_jobs")
    return _KINDS.get(job.kind)


@transaction.atomic
def start(
    *,
    kind: str,
    title: str,
    rows: Iterable[tuple[int, str]],
    versions: Mapping[int, int | None] | None = None,
    at: datetime,
    actor: User | None,
    params: dict[str, Any] | None = None,
    filter_text: str = "",
) -> Job:
    """
    Create a job with one row per ``(subject id, label)`` and wake a worker after commit.

    ``versions`` holds by subject id what each was when it was chosen, for work that asks for it.
    """
    seen = versions or {}
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        params=params or {},
        filter_text=filter_text[:300],
        created_by=actor,
        created_at=at,
        api_key=current_work().api_key,
    )
    JobRow.objects.bulk_create(
        [
            JobRow(
                job=job,
                position=position,
                subject_id=subject_id,
                subject_version=seen.get(subject_id),
                label=label[:120],
            )
            for position, (subject_id, label) in enumerate(rows, start=1)
        ],
    )
    _wake_after_commit(job)
    return job


def work_off_one(*, job_id: int, at: datetime) -> bool:
    """
    Do the next waiting row that nobody else holds; return whether to go on.

    Call it in a transaction of its own: the row's work and its outcome stand or fall together.
    """
    job = Job.objects.select_related("created_by").get(pk=job_id)
    if job.state == JobState.CANCELLED:
        _skip_waiting(job, at)
        return False
    row = _next_row(job)
    if row is None:
        _finish(job, at)
        return False
    with override(job.created_by.language if job.created_by else "en"):
        row.state, message = _outcome(row, job, at)
    row.message, row.finished_at = message[:300], at
    row.save(update_fields=["state", "message", "finished_at"])
    Job.objects.filter(pk=job.pk, state__in=UNFINISHED).update(state=JobState.RUNNING, beat_at=at)
    return True


def _next_row(job: Job) -> JobRow | None:
    """Lock the first waiting row that nobody holds; of a job in order, the first or none."""
    waiting = JobRow.objects.filter(job=job, state=RowState.PENDING).order_by("position")
    kind = _kind_of(job)
    if kind is not None and kind.in_order:
        first = waiting.values_list("pk", flat=True).first()
        waiting = waiting.filter(pk=first or 0)  # none, while another worker is at it
    return waiting.select_for_update(skip_locked=True).first()


def _outcome(row: JobRow, job: Job, at: datetime) -> tuple[RowState, str]:
    kind = _kind_of(job)
    if kind is None:
        return RowState.FAILED, _("This kind of work is not known any more.")
    starter = _starter_of(job)
    if job.created_by_id is not None and not _still_may(starter, kind):
        return RowState.FAILED, _("Whoever started this may not do it any more.")
    try:
        with (
            seen_by(starter.viewer if starter else None),
            came_through(kind.via, api_key=job.api_key),
        ):
            return RowState.DONE, kind.handler(row, job, at) or ""
    except RowSkipped as skipped:
        return RowState.SKIPPED, str(skipped)
    except RowRefused as refused:
        return RowState.FAILED, str(refused)
    except Exception:
        logger.exception("Job %s row %s failed", job.pk, row.pk)
        return RowState.FAILED, _("Something went wrong. The error was recorded; retry later.")


def _starter_of(job: Job) -> Membership | None:
    """Return the membership of whoever started the job, if they still work here."""
    return Membership.objects.filter(
        tenant=active_tenant_id(), user=job.created_by_id, is_active=True, user__is_active=True
    ).first()


def _still_may(starter: Membership | None, kind: Kind) -> bool:
    """Test if the starter still has the permission."""
    return starter is not None and (not kind.permission or starter.allows(kind.permission))


def _finish(job: Job, at: datetime) -> None:
    """Say that the job is done, unless a row waits: another worker's, or one retried just now."""
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if locked.state not in UNFINISHED:
        return
    if not JobRow.objects.filter(job=job, state=RowState.PENDING).exists():
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=at, beat_at=at)


def _skip_waiting(job: Job, at: datetime) -> None:
    """Skip the rows that wait; one under work in another process is left to it."""
    waiting = JobRow.objects.select_for_update(skip_locked=True).filter(
        job=job, state=RowState.PENDING
    )
    JobRow.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(
        state=RowState.SKIPPED, message=_("Cancelled"), finished_at=at
    )


@transaction.atomic
def cancel(*, job: Job, at: datetime, actor: User | None = None) -> Job:
    """
    Skip what has not begun; rows already done stay done, and a row under work is finished.

    A job that is done already stays so.
    """
    _skip_waiting(job, at)
    count = Job.objects.filter(pk=job.pk, state__in=UNFINISHED).update(
        state=JobState.CANCELLED, finished_at=at
    )
    job.refresh_from_db()
    if count:
        audit.record(event="job.cancelled", subject=job, actor=actor, at=at)
    return job


@transaction.atomic
def retry_failed(*, job: Job, at: datetime, actor: User | None = None) -> Retried:
    """
    Try the failed rows again and wake a worker.

    Rows act in the name of the job's starter. Whoever else retries them does so in a job of their
    own, which takes them over: nobody's step is ever taken in the name of another.
    """
    failed = list(
        JobRow.objects.select_for_update()
        .filter(job=job, state=RowState.FAILED)
        .order_by("position")
    )
    if not failed:
        return Retried(job, 0)
    changes: dict[str, Any] = {"rows": len(failed)}
    rows = JobRow.objects.filter(pk__in=[row.pk for row in failed])
    if actor is None or actor.pk == job.created_by_id:
        rows.update(state=RowState.PENDING, message="", finished_at=None)
        Job.objects.filter(pk=job.pk).update(
            state=JobState.QUEUED, finished_at=None, beat_at=at, api_key=current_work().api_key
        )
        _wake_after_commit(job)
        audit.record(event="job.retried", subject=job, actor=actor, at=at, changes=changes)
        return Retried(job, len(failed))
    taken_over = start(
        kind=job.kind,
        title=job.title,
        rows=[(row.subject_id, row.label) for row in failed],
        versions={row.subject_id: row.subject_version for row in failed},
        at=at,
        actor=actor,
        params=job.params,
        filter_text=job.filter_text,
    )
    rows.update(
        state=RowState.SKIPPED,
        message=(_("Tried again by %(person)s") % {"person": actor})[:300],
        finished_at=at,
    )
    changes["job"] = taken_over.pk
    audit.record(event="job.retried", subject=job, actor=actor, at=at, changes=changes)
    return Retried(taken_over, len(failed))


def untouched_jobs(*, at: datetime) -> list[int]:
    """Return the ids of jobs with work to do that no worker has touched for a minute."""
    waiting = JobRow.objects.filter(job=OuterRef("pk"), state=RowState.PENDING)
    unfinished = Q(state__in=UNFINISHED) | Q(state=JobState.CANCELLED) & Exists(waiting)
    untouched = Q(beat_at__lt=at - LATE) | Q(beat_at__isnull=True, created_at__lt=at - LATE)
    return list(
        Job.objects.filter(unfinished, untouched).order_by("pk").values_list("pk", flat=True)
    )


def counts(job: Job) -> dict[str, int]:
    """Return how many rows are in each state, by ``RowState`` value; 0 for none."""
    found = JobRow.objects.filter(job=job).order_by().values("state").annotate(n=Count("pk"))
    return {state.value: 0 for state in RowState} | {row["state"]: row["n"] for row in found}


def may_steer(job: Job, membership: Membership) -> bool:
    """Test if the member may cancel and retry the job."""
    kind = _kind_of(job)
    if kind and kind.permission:
        return membership.allows(kind.permission)
    return job.created_by_id == membership.user_id or Role.ADMIN in membership.roles


def _wake_after_commit(job: Job) -> None:
    task = current_app.signature(RUN_JOB)
    after_commit(task, tenant_id=active_tenant_id(), job_id=job.pk)
