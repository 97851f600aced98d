"""Work of billing that happens by itself. Enter the tenant, fetch, one call; safe to run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from core.tasks import active_tenants
from core.tenancy import tenant_scope
from invoices import bulk
from invoices.models import Schedule
from invoices.operations.schedules import make_drafts
from invoices.queries.schedules import due_schedule_ids

__all__ = ["bulk", "run_schedules"]  # bulk registers the kinds of jobs a worker has to know

logger = logging.getLogger(__name__)


@shared_task(name="invoices.run_schedules")
def run_schedules() -> None:
    """Make the drafts that are due on each company's own day, each schedule by itself."""
    for tenant in active_tenants():
        at = timezone.now()
        day = tenant.day_of(at)
        with tenant_scope(tenant.pk):
            due = due_schedule_ids(day=day)
        for schedule_id in due:
            try:
                with tenant_scope(tenant.pk):
                    schedule = Schedule.objects.get(pk=schedule_id)
                    make_drafts(schedule=schedule, day=day, at=at)
            except Exception:
                logger.exception("Schedule %s of %s made no draft", schedule_id, tenant.slug)
