"""Reminders in the background. Beat only wakes; what is due is asked of the database."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.models import Tenant, User
from core.tasks import active_tenants, after_commit, is_at_work
from core.tenancy import tenant_scope
from dunning.operations import run_reminders as run_reminders_of_day
from dunning.queries import run_is_due


@shared_task(name="collections.run_reminders")
def run_reminders() -> int:
    """Start each company's run of today once its hour of sending has come; return how many."""
    found = 0
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            is_due = run_is_due(tenant=tenant, at=timezone.now())
        if is_due:
            after_commit(run_for_company, tenant_id=tenant.pk)
            found += 1
    return found


@shared_task(name="collections.run_for_company")
def run_for_company(*, tenant_id: int, actor_id: int | None = None) -> None:
    """Carry out, or go on with, the company's run of today; safe to run twice, or beside itself."""
    if not is_at_work(tenant_id):
        return
    tenant = Tenant.objects.get(pk=tenant_id)
    actor = User.objects.filter(pk=actor_id).first() if actor_id else None
    at = timezone.now()
    with tenant_scope(tenant_id):
        if not run_is_due(tenant=tenant, at=at):
            return
    run_reminders_of_day(
        day=tenant.day_of(at), at=at, actor=actor, tenant_id=tenant_id, clock=timezone.now
    )
