"""Handing work to Celery, once it is certain to be needed, and never as the only record of it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core import jobs
from core.mails import SEND_MAIL, deliver
from core.models import Tenant
from core.models.tenant import TenantStatus
from core.operations.address import forget_wishes
from core.operations.import_endings import end_old_imports
from core.operations.results import drop_expired_results
from core.operations.sign_up import forget_sign_ups
from core.tenancy import tenant_scope
from core.wake import Enqueueable, after_commit, wake

__all__ = [
    "Enqueueable",
    "active_tenants",
    "after_commit",
    "drop_results",
    "is_at_work",
    "run_job",
    "sweep_jobs",
    "wake",
]

# A task stays far below the worker's time limit, which would cut it in the middle of a row.
STRETCH = timedelta(minutes=10)


def active_tenants() -> list[Tenant]:
    """Return the companies that are at work, in the order of their ids."""
    return list(Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("pk"))


def is_at_work(tenant_id: int) -> bool:
    """Test if the company exists and is not suspended: work for it waits until it is active."""
    return Tenant.objects.filter(pk=tenant_id, status=TenantStatus.ACTIVE).exists()


@shared_task(name=jobs.RUN_JOB)
def run_job(*, tenant_id: int, job_id: int) -> None:
    """
    Work off a job's waiting rows; safe to run twice, or beside itself.

    After a stretch the rest goes to the next free worker, so that a long job lets others in. The
    rows of a suspended company wait; the sweep takes them up once it is active again.
    """
    until = timezone.now() + STRETCH
    while is_at_work(tenant_id):
        with tenant_scope(tenant_id):
            more = jobs.work_off_one(job_id=job_id, at=timezone.now())
        if not more:
            return
        if timezone.now() >= until:
            wake(run_job, tenant_id=tenant_id, job_id=job_id)
            return


@shared_task(name=SEND_MAIL, autoretry_for=(OSError,), retry_backoff=30, max_retries=6)
def send_mail(*, sealed: str) -> None:
    """Send a mail about an account or a company; again and later, if the mail server is away."""
    deliver(sealed)


@shared_task(name="core.drop_results")
def drop_results() -> int:
    """
    Delete the files of jobs and imports whose time is over, a suspended company's too.

    Return of how many.
    """
    found = 0
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk):
            found += drop_expired_results(at=timezone.now())
            found += end_old_imports(at=timezone.now())
    return found


@shared_task(name="core.forget_sign_ups")
def forget_old_sign_ups() -> int:
    """Forget who signed up, or asked for another address, and did not confirm; say how many."""
    return forget_sign_ups(at=timezone.now()) + forget_wishes(at=timezone.now())


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> int:
    """Start again every job that no worker has touched for a while; return how many."""
    found = 0
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            late = jobs.untouched_jobs(at=timezone.now())
        for job_id in late:
            wake(run_job, tenant_id=tenant.pk, job_id=job_id)
        found += len(late)
    return found
