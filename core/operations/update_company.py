"""Changing what a company says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit
from core.companies import forget_tenant
from core.models import Tenant, User

# The base currency is not among them: every past posting was valued in it.
FIELDS = (
    "name",
    "tax_id",
    "address",
    "phone",
    "email",
    "website",
    "register_line",
    "brand_color",
    "country",
    "language",
    "time_zone",
    "tax_mode",
)


@transaction.atomic
def update_company(
    *, tenant: Tenant, values: Mapping[str, Any], at: datetime, actor: User | None
) -> Tenant:
    """Change the named fields of the active company; bills already issued keep what they say."""
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    changes = audit.differences(tenant, values, FIELDS)
    if not changes:
        return tenant
    for name in changes:
        setattr(tenant, name, values[name])
    tenant.save(update_fields=list(changes))
    forget_tenant()
    audit.record(event="company.changed", subject=tenant, actor=actor, at=at, changes=changes)
    return tenant
