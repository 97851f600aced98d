"""Work of billing that happens by itself. Enter the tenant, fetch, one call; safe to run twice."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from core.tasks import active_tenants, wake
from core.tenancy import tenant_scope
from invoices.enums import InvoiceSource
from invoices.models import Instalment, Invoice, Schedule
from invoices.operations.overdue import tell_overdue
from invoices.operations.schedules import make_drafts
from invoices.operations.store_document import store_document
from invoices.queries.schedules import due_schedule_ids

logger = logging.getLogger(__name__)


@shared_task(name="invoices.run_schedules")
def run_schedules() -> int:
    """
    Do what each company's own day brings: drafts of schedules, and bills that are late now.

    Return how many of both, those that failed among them.
    """
    found = 0
    for tenant in active_tenants():
        at = timezone.now()
        day = tenant.day_of(at)
        try:
            with tenant_scope(tenant.pk):
                found += tell_overdue(day=day, at=at)
        except Exception:
            logger.exception("The overdue bills of %s were not told", tenant.slug)
        with tenant_scope(tenant.pk):
            due = due_schedule_ids(day=day)
        found += len(due)
        for schedule_id in due:
            try:
                with tenant_scope(tenant.pk):
                    schedule = Schedule.objects.get(pk=schedule_id)
                    make_drafts(schedule=schedule, day=day, at=at)
            except Exception:
                logger.exception("Schedule %s of %s made no draft", schedule_id, tenant.slug)
    return found


# Documents.

SWEEP_AFTER = timedelta(minutes=1)  # a bill issued longer ago than this should have its PDF
SWEEP_AT_MOST = 200  # bills woken per company and run
WOKEN_FOR = 300  # seconds until a bill that was woken is woken again
RETRY_AFTER = (120, 600, 3600, 6 * 3600, 24 * 3600)  # seconds, by the number of failures


@shared_task(name="invoices.render_documents")
def render_documents(*, tenant_id: int, invoice_ids: list[int]) -> None:
    """Draw issued bills and keep their PDFs; what fails is tried again, later each time."""
    for invoice_id in invoice_ids:
        _render(tenant_id, invoice_id)


def _render(tenant_id: int, invoice_id: int) -> None:
    try:
        store_document(invoice_id, timezone.now(), tenant_id=tenant_id)
    except Exception:
        failures = _note_failure(tenant_id, invoice_id)
        logger.exception(
            "The PDF of invoice %s of company %s failed, %s times so far",
            invoice_id,
            tenant_id,
            failures,
        )


@shared_task(name="invoices.sweep_documents")
def sweep_documents() -> int:
    """
    Wake a worker for issued bills without a PDF; broken ones come up seldom, and never first.

    Imported bills that are settled stay without: somebody else sent them, and nobody waits. Return
    for how many.
    """
    at = timezone.now()
    found = 0
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            still_owed = Instalment.objects.filter(
                invoice=OuterRef("pk"), item__closed_on__isnull=True
            )
            missing = list(
                Invoice.objects.issued()
                .filter(document__isnull=True, issued_at__lt=at - SWEEP_AFTER)
                .filter(~Q(source=InvoiceSource.IMPORT) | Exists(still_owed))
                .order_by("pk")
                .values_list("pk", flat=True)
            )
        woken = 0
        for invoice_id in missing:
            if cache.add(_turn_key(tenant.pk, invoice_id), 1, timeout=WOKEN_FOR):
                wake(render_documents, tenant_id=tenant.pk, invoice_ids=[invoice_id])
                woken += 1
            if woken >= SWEEP_AT_MOST:
                break
        found += woken
    return found


def _note_failure(tenant_id: int, invoice_id: int) -> int:
    """Count the failure and set when the bill may be tried next; return the count."""
    key = f"document-failures:{tenant_id}:{invoice_id}"
    failures = int(cache.get(key, 0)) + 1
    wait = RETRY_AFTER[min(failures, len(RETRY_AFTER)) - 1]
    cache.set(key, failures, timeout=2 * RETRY_AFTER[-1])
    cache.set(_turn_key(tenant_id, invoice_id), 1, timeout=wait)
    return failures


def _turn_key(tenant_id: int, invoice_id: int) -> str:
    return f"document-turn:{tenant_id}:{invoice_id}"
