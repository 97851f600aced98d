"""Send what is due once, without Celery: for a cron job, or by hand while the broker is down."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.tasks import active_tenants
from core.tenancy import tenant_scope
from messaging import delivery
from messaging.operations import reap
from messaging.queries import tenants_due


class Command(BaseCommand):
    """The same work as the task ``messaging.sweep`` and the drains it wakes."""

    help = "End what dead senders left and send every message that is due."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go over the companies with something due, one after the other."""
        due = tenants_due()
        for tenant in active_tenants():
            if tenant.pk not in due:
                continue
            with tenant_scope(tenant.pk):
                reap(at=timezone.now())
            while delivery.drain(tenant_id=tenant.pk, clock=timezone.now):
                pass
