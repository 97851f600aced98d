"""Handing work to Celery, once it is certain to be needed, and never as the only record of it."""

from __future__ import annotations

import logging
from typing import Any, ParamSpec, Protocol

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import jobs
from core.models import Tenant
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope

P = ParamSpec("P")
logger = logging.getLogger(__name__)


class Enqueueable(Protocol[P]):
    """What we need of a Celery task: its typed ``delay``."""

    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...


def after_commit(task: Enqueueable[P], *args: P.args, **kwargs: P.kwargs) -> None:
    """
    Wake a worker when the transaction commits; never, if it rolls back.

    A broker that is down loses only the wake-up: the row in the database stands, and a periodic
    sweep finds it.
    """
    transaction.on_commit(lambda: _wake(task, *args, **kwargs), robust=True)


def _wake(task: Enqueueable[P], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        task.delay(*args, **kwargs)
    except (OSError, OperationalError) as error:
        logger.warning("Broker not reached, the sweep will find the work: %s", error)


def active_tenants() -> list[Tenant]:
    """Return the companies that are at work, in the order of their ids."""
    return list(Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("pk"))


@shared_task(name="core.run_job")
def run_job(*, tenant_id: int, job_id: int) -> None:
    """Work off a job's waiting rows; safe to run twice, or beside itself."""
    while True:
        with tenant_scope(tenant_id):
            more = jobs.work_off_one(job_id=job_id, at=timezone.now())
        if not more:
            return


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Start again every job that no worker has touched for a while."""
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            late = jobs.untouched_jobs(at=timezone.now())
        for job_id in late:
            _wake(run_job, tenant_id=tenant.pk, job_id=job_id)
