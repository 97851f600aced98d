"""Keeping the file that a job made, and letting it go when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import IO

from django.db import transaction

from core import files
from core.models import Job, JobResult

KEPT = timedelta(days=7)


@transaction.atomic
def keep_result(
    *,
    job: Job,
    content: IO[bytes],
    name: str,
    content_type: str,
    permission: str,
    at: datetime,
) -> JobResult:
    """Keep what the job made, in place of what it made before; it is dropped after ``KEPT``."""
    stored = files.store_stream(source=content, name=name, content_type=content_type, at=at)
    earlier = JobResult.objects.filter(job=job).select_related("file").first()
    result = JobResult(job=job) if earlier is None else earlier
    replaced = earlier.file if earlier and earlier.file_id != stored.pk else None
    result.file, result.name, result.permission = stored, name[:120], permission
    result.expires_at = at + KEPT
    result.save()
    if replaced:
        files.discard_unused(replaced)
    return result


@transaction.atomic
def drop_expired_results(*, at: datetime) -> int:
    """Delete the files whose time is over, unless the same bytes serve for something else."""
    expired = list(
        JobResult.objects.select_for_update(skip_locked=True)
        .filter(expires_at__lt=at)
        .order_by("pk")
    )
    for result in expired:
        stored = result.file
        result.delete()
        files.discard_unused(stored)
    return len(expired)
