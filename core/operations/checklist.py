"""A person's word on the company's first steps."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import ChecklistMark, Mark, Tenant, User


@transaction.atomic
def mark_step(*, tenant: Tenant, mark: Mark, at: datetime, actor: User) -> bool:
    """Keep that somebody looked at it, or needs nothing; return False if it was said before."""
    _row, is_new = ChecklistMark.objects.get_or_create(
        mark=mark, defaults={"marked_at": at, "marked_by": actor, "tenant_id": tenant.pk}
    )
    if is_new:
        changes = {"mark": mark.value}
        audit.record(event="checklist.marked", subject=tenant, actor=actor, at=at, changes=changes)
    return is_new


@transaction.atomic
def unmark_step(*, tenant: Tenant, mark: Mark, at: datetime, actor: User) -> bool:
    """Take the word back; return False if there was none."""
    gone, _kinds = ChecklistMark.objects.filter(mark=mark).delete()
    if gone:
        changes = {"mark": mark.value}
        audit.record(
            event="checklist.unmarked", subject=tenant, actor=actor, at=at, changes=changes
        )
    return bool(gone)
