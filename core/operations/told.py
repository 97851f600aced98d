"""What happens to a person's account, written into the history of every company they work in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import audit
from core.models import Tenant, User
from core.tenancy import tenant_scope


def tell_companies(
    *,
    event: str,
    user: User,
    actor: User | None,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> int:
    """Append the fact about the person in each of their companies; return how many there are."""
    tenants = list(
        Tenant.objects.filter(memberships__user=user, memberships__is_active=True).order_by("pk")
    )
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            audit.record(
                event=event, subject=user, actor=actor, at=at, changes=changes, reason=reason
            )
    return len(tenants)
