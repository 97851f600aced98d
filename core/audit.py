"""Writing the audit trail, in the transaction of the change it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models

from core.context import current_request_id, current_work
from core.models import AuditEntry, User


def subject_of(instance: models.Model) -> str:
    """Return how the audit trail names a row: ``app.model:id``."""
    return f"{instance._meta.label_lower}:{instance.pk}"


def record(
    *,
    event: str,
    subject: models.Model,
    actor: User | None,
    at: datetime,
    account_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Append one fact about the subject; ``actor`` None is the system itself."""
    entry = entry_for(
        event=event,
        subject=subject,
        actor=actor,
        at=at,
        account_id=account_id,
        changes=changes,
        reason=reason,
    )
    entry.save()
    return entry


def entry_for(
    *,
    event: str,
    subject: models.Model,
    actor: User | None,
    at: datetime,
    account_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Return an unsaved entry, for bulk work that appends many in one statement."""
    work = current_work()
    return AuditEntry(
        event=event,
        subject=subject_of(subject),
        subject_label=str(subject)[:120],
        account_id=account_id,
        actor=actor,
        happened_at=at,
        changes={name: _text(value) for name, value in (changes or {}).items()},
        reason=reason,
        request_id=current_request_id(),
        via=work.via,
        api_key=work.api_key,
    )


def was_changed(instance: models.Model) -> bool:
    """Test if the row's trail has more than its first entry: it is not as it was added."""
    return AuditEntry.objects.filter(subject=subject_of(instance))[1:2].exists()


def differences(
    before: models.Model | Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str]
) -> dict[str, list[str]]:
    """Return ``{field: [before, after]}`` as text for the fields whose value changes."""
    changed = {}
    for name in fields:
        old = before[name] if isinstance(before, Mapping) else getattr(before, name)
        if name in after and not _same(old, after[name]):
            changed[name] = [_text(old), _text(after[name])]
    return changed


def _same(old: Any, new: Any) -> bool:
    """Test if nothing changed: 1.5000 of a column and 1.50 of a form are one amount."""
    if isinstance(old, Decimal) and isinstance(new, Decimal):
        return old == new
    return bool(_text(old) == _text(new))


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(part) for part in value]
    if isinstance(value, bool | int) or value is None:
        return value
    return str(value)
