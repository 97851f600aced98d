"""Send what is due without Celery: once for a cron job, or again and again."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.models import Tenant
from core.tenancy import tenant_scope
from messaging import delivery
from messaging.operations import reap
from messaging.queries import tenants_due


class Command(BaseCommand):
    """The same work as the task ``messaging.sweep`` and the drains it wakes."""

    help = "End what dead senders left and send every message that is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add which company, and how often."""
        parser.add_argument("--tenant", default="", metavar="SLUG", help="only this company")
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="look again after so long, for ever"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go over the companies with something due, one after the other."""
        self._round(options["tenant"])
        while options["every"]:
            time.sleep(options["every"])
            self._round(options["tenant"])

    def _round(self, slug: str) -> None:
        due = Tenant.objects.filter(pk__in=tenants_due()).order_by("pk")
        for tenant in due.filter(slug=slug) if slug else due:
            with tenant_scope(tenant.pk):
                reap(at=timezone.now())
            while delivery.drain(tenant_id=tenant.pk, clock=timezone.now):  # none if suspended
                pass
