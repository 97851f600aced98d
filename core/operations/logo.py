"""Changing a company's logo; documents that were issued keep theirs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit, files
from core.companies import forget_tenant
from core.models import Logo, Tenant, User
from core.operations.draw_logo import drawn_anew


@transaction.atomic
def set_logo(*, tenant: Tenant, content: bytes, at: datetime, actor: User | None) -> Logo:
    """
    Use the picture as the active company's logo from now on.

    :raises LogoRefused: unless it is a sound PNG or JPEG within the limits
    """
    drawn = drawn_anew(content)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    stored = files.store(content=drawn.content, name="logo.png", content_type="image/png", at=at)
    before = Logo.objects.filter(is_current=True).first()
    if before is not None and before.file_id == stored.pk:
        return before
    _drop(before)
    logo = Logo.objects.create(file=stored, width=drawn.width, height=drawn.height, created_at=at)
    forget_tenant()
    changes = {"logo": ["" if before is None else before.file.sha256[:12], stored.sha256[:12]]}
    audit.record(event="company.changed", subject=tenant, actor=actor, at=at, changes=changes)
    return logo


@transaction.atomic
def remove_logo(*, tenant: Tenant, at: datetime, actor: User | None) -> None:
    """Use no logo from now on."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    before = Logo.objects.select_related("file").filter(is_current=True).first()
    if before is None:
        return
    _drop(before)
    forget_tenant()
    changes = {"logo": [before.file.sha256[:12], ""]}
    audit.record(event="company.changed", subject=tenant, actor=actor, at=at, changes=changes)


def _drop(logo: Logo | None) -> None:
    if logo is not None:
        logo.is_current = False
        logo.save(update_fields=["is_current"])
