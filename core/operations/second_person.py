"""Whether a second person has to approve what somebody wrote: the company's own choice."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.companies import forget_tenant
from core.models import Tenant, User


@transaction.atomic
def ask_second_person(*, tenant: Tenant, is_needed: bool, at: datetime, actor: User) -> Tenant:
    """
    Let a second person approve what somebody wrote, or let the author do it.

    It counts from the next approval on; what was approved before stays approved.
    """
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    changes = audit.differences(tenant, {"needs_second_person": is_needed}, ["needs_second_person"])
    if not changes:
        return tenant
    tenant.needs_second_person = is_needed
    tenant.save(update_fields=["needs_second_person"])
    forget_tenant()
    audit.record(event="company.changed", subject=tenant, actor=actor, at=at, changes=changes)
    return tenant


def second_person_needed(*, tenant_id: int) -> bool:
    """Return what the company asks for now, held until the transaction ends."""
    tenant = Tenant.objects.select_for_update(no_key=True).only("needs_second_person")
    return tenant.get(pk=tenant_id).needs_second_person
