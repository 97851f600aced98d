"""Read one delivery status notification from standard input and record what it says."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.tenancy import tenant_scope
from messaging import bounces
from messaging.models import OutboundMessage
from messaging.operations import StateRefused, record_bounce, record_delay, record_delivery
from messaging.queries import tenant_of


class Command(BaseCommand):
    """For a mail server's pipe: ``|manage.py receive_bounce``; exit codes as in sysexits.h."""

    help = "Record a delivery status notification (RFC 3464) read from standard input."

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the message and record the report."""
        try:
            report = bounces.parse(sys.stdin.buffer.read())
        except bounces.NotAReport:
            self.stdout.write("Not a delivery report; nothing recorded.")
            return
        except bounces.UnknownMessage:
            raise CommandError("The report names no message.", returncode=os.EX_DATAERR) from None
        for message_id in report.message_ids:
            tenant_id = tenant_of(message_id)
            if tenant_id is not None:
                self._record(tenant_id, message_id, report)
                return
        raise CommandError("The report is about no message of ours.", returncode=os.EX_DATAERR)

    def _record(self, tenant_id: int, message_id: str, report: bounces.DeliveryReport) -> None:
        at = timezone.now()
        with tenant_scope(tenant_id):
            message = OutboundMessage.objects.get(message_id=message_id)
            try:
                if report.action == "failed":
                    message = record_bounce(message=message, diagnostic=report.diagnostic, at=at)
                elif report.action in ("delivered", "relayed", "expanded"):
                    message = record_delivery(message=message, words=report.diagnostic, at=at)
                else:
                    message = record_delay(message=message, words=report.diagnostic, at=at)
            except StateRefused:
                raise CommandError(
                    "The message is being sent; tell again later.", returncode=os.EX_TEMPFAIL
                ) from None
        self.stdout.write(f"{message_id} {message.state}")
