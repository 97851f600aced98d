"""What the API does by itself."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from api.operations.idempotency import forget_answers
from core.tasks import active_tenants
from core.tenancy import tenant_scope


@shared_task(name="api.forget_answers")
def forget_old_answers() -> int:
    """Delete each company's answers that nobody will ask for again; return how many."""
    found = 0
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            found += forget_answers(at=timezone.now())
    return found
