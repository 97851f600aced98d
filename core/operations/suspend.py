"""Closing a company's doors for a while, and opening them again: the operator's acts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import Tenant, User
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope


class ReasonMissing(Exception):
    """The company reads the reason in its history."""

    message = _("Say why; the company reads it in its history.")


@transaction.atomic
def set_suspended(
    *, tenant: Tenant, is_suspended: bool, reason: str, at: datetime, actor: User
) -> bool:
    """
    Suspend a company or let it work again; return False if it was so already.

    :raises ReasonMissing: without a reason
    """
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise ReasonMissing(tenant.slug)
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    status = TenantStatus.SUSPENDED if is_suspended else TenantStatus.ACTIVE
    if tenant.status == status:
        return False
    changes = {"status": [tenant.status, status.value]}
    tenant.status = status
    tenant.save(update_fields=["status"])
    with tenant_scope(tenant.pk):
        audit.record(
            event="company.suspended" if is_suspended else "company.resumed",
            subject=tenant,
            actor=actor,
            at=at,
            changes=changes,
            reason=reason,
        )
    return True
