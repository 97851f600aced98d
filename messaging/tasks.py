"""Waking senders. Celery carries ids only; what is sent stands in the database."""

from __future__ import annotations

import random

from celery import shared_task
from django.utils import timezone

from core.models import Tenant
from core.tasks import active_tenants, after_commit
from core.tenancy import tenant_scope
from messaging import delivery, telling
from messaging.operations import reap
from messaging.operations.webhook_tries import forget_deliveries, reap_deliveries
from messaging.queries import deliveries_due, tenants_due, tenants_with_webhooks_due

TELLER_WAITS = 60  # seconds until a teller that no worker took is dropped: the sweep wakes another


@shared_task(name="messaging.drain")
def drain(*, tenant_id: int) -> None:
    """Send a tenant's due messages for a while, then let the next go on; safe to run twice."""
    if delivery.drain(tenant_id=tenant_id, clock=timezone.now):
        after_commit(drain, tenant_id=tenant_id)


@shared_task(name="messaging.sweep")
def sweep() -> int:
    """
    End what dead senders left, and wake a sender for every company with messages due.

    A suspended company's are ended too, and wait. Return how many were ended and woken.
    """
    active = {tenant.pk for tenant in active_tenants()}
    found = 0
    for tenant_id in sorted(tenants_due()):
        with tenant_scope(tenant_id):
            reaped = reap(at=timezone.now())
        found += reaped.put_back + reaped.unconfirmed
        if tenant_id in active:
            after_commit(drain, tenant_id=tenant_id)
            found += 1
    return found


@shared_task(name="messaging.tell_webhooks", expires=TELLER_WAITS)
def tell_webhooks(*, tenant_id: int) -> None:
    """Tell other programs what is due for a while, then let the next go on; safe to run twice."""
    if telling.tell(tenant_id=tenant_id, clock=timezone.now):
        after_commit(tell_webhooks, tenant_id=tenant_id)


@shared_task(name="messaging.sweep_webhooks")
def sweep_webhooks() -> int:
    """
    Free what dead tellers held, and wake one for every company with events it could tell.

    In no order: where the workers do not keep up, no company is always the first. Return how many
    were freed and woken.
    """
    active = {tenant.pk for tenant in active_tenants()}
    due, found = sorted(tenants_with_webhooks_due()), 0
    for tenant_id in random.sample(due, len(due)):
        with tenant_scope(tenant_id):
            found += reap_deliveries(at=timezone.now())
            is_due = deliveries_due(at=timezone.now()).exists()
        if is_due and tenant_id in active:
            after_commit(tell_webhooks, tenant_id=tenant_id)
            found += 1
    return found


@shared_task(name="messaging.forget_webhooks")
def forget_webhooks() -> int:
    """Delete what the log of webhooks need not keep, a suspended company's too; return how much."""
    found = 0
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk):
            found += forget_deliveries(at=timezone.now())
    return found
