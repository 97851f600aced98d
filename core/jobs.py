"""Bulk work with an outcome per row. An app registers what one row of its kind of job does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.models import Job, JobRow, User
from core.models.job import JobState, RowState
from core.tenancy import active_tenant_id

logger = logging.getLogger(__name__)

LATE = timedelta(seconds=60)


class RowSkipped(Exception):
    """The row needs nothing done; the message says why and is shown to the person."""


class RowRefused(Exception):
    """The row cannot be done; the message says why and is shown to the person."""


# A handler does one row, in its own transaction, and returns what to say of it.
Handler = Callable[[JobRow, Job, datetime], str]
_HANDLERS: dict[str, Handler] = {}


def job_kind(kind: str) -> Callable[[Handler], Handler]:
    """Register what one row of this kind of job does."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[kind] = handler
        return handler

    return register


@transaction.atomic
def start(
    *,
    kind: str,
    title: str,
    rows: Iterable[tuple[int, str]],
    at: datetime,
    actor: User | None,
    params: dict[str, Any] | None = None,
    filter_text: str = "",
) -> Job:
    """Create a job with one row per ``(subject id, label)`` and wake a worker after commit."""
    from core.tasks import after_commit, run_job  # noqa: PLC0415 - tasks import this module

    job = Job.objects.create(
        kind=kind,
        title=title,
        params=params or {},
        filter_text=filter_text,
        created_by=actor,
        created_at=at,
    )
    JobRow.objects.bulk_create(
        [
            JobRow(job=job, position=position, subject_id=subject_id, label=label[:120])
            for position, (subject_id, label) in enumerate(rows, start=1)
        ],
        batch_size=1000,
    )
    after_commit(run_job, tenant_id=active_tenant_id(), job_id=job.pk)
    return job


def work_off_one(*, job_id: int, at: datetime) -> bool:
    """Do the next waiting row that nobody else holds; return whether to go on."""
    job = Job.objects.get(pk=job_id)
    if job.state in (JobState.DONE, JobState.CANCELLED):
        return False
    row = (
        JobRow.objects.select_for_update(skip_locked=True)
        .filter(job=job, state=RowState.PENDING)
        .order_by("position")
        .first()
    )
    if row is None:
        if not JobRow.objects.filter(job=job, state=RowState.PENDING).exists():
            Job.objects.filter(pk=job.pk).exclude(state=JobState.CANCELLED).update(
                state=JobState.DONE, finished_at=at
            )
        return False
    with override(job.created_by.language if job.created_by else "en"):
        row.state, row.message = _outcome(row, job, at)
    row.message, row.finished_at = row.message[:300], at
    row.save(update_fields=["state", "message", "finished_at"])
    Job.objects.filter(pk=job.pk).exclude(state=JobState.CANCELLED).update(
        state=JobState.RUNNING, beat_at=at
    )
    return True


def _outcome(row: JobRow, job: Job, at: datetime) -> tuple[RowState, str]:
    try:
        with transaction.atomic():
            return RowState.DONE, _HANDLERS[job.kind](row, job, at)
    except RowSkipped as skipped:
        return RowState.SKIPPED, str(skipped)
    except RowRefused as refused:
        return RowState.FAILED, str(refused)
    except Exception:
        logger.exception("Job %s row %s failed", job.pk, row.pk)
        return RowState.FAILED, _("Something went wrong. The error was recorded; retry later.")


@transaction.atomic
def cancel(*, job: Job, at: datetime) -> Job:
    """Stop before the next row; rows already done stay done."""
    JobRow.objects.filter(job=job, state=RowState.PENDING).update(
        state=RowState.SKIPPED, message=_("Cancelled"), finished_at=at
    )
    Job.objects.filter(pk=job.pk).exclude(state=JobState.DONE).update(
        state=JobState.CANCELLED, finished_at=at
    )
    job.refresh_from_db()
    return job


@transaction.atomic
def retry_failed(*, job: Job, at: datetime) -> int:
    """Set the failed rows back to waiting and wake a worker; return how many."""
    from core.tasks import after_commit, run_job  # noqa: PLC0415 - tasks import this module

    count = JobRow.objects.filter(job=job, state=RowState.FAILED).update(
        state=RowState.PENDING, message="", finished_at=None
    )
    if count:
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, finished_at=None, beat_at=at)
        after_commit(run_job, tenant_id=active_tenant_id(), job_id=job.pk)
    return count


def untouched_jobs(*, at: datetime) -> list[int]:
    """Return the ids of unfinished jobs that no worker has touched for a minute."""
    unfinished = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    untouched = Q(beat_at__lt=at - LATE) | Q(beat_at__isnull=True, created_at__lt=at - LATE)
    return list(unfinished.filter(untouched).order_by("pk").values_list("pk", flat=True))
