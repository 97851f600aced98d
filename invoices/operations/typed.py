"""Keeping what a person types into the editor while it cannot be saved as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.models import User
from invoices.models import Invoice, TypedBill

MOST_KEPT = 20  # new bills begun and left, per person


def keep_typed(
    *,
    user: User,
    token: UUID,
    invoice: Invoice | None,
    version: int | None,
    fields: Mapping[str, str],
    at: datetime,
) -> TypedBill:
    """
    Keep the form word for word, over what was kept of the same bill before.

    It is nobody's draft yet, so nothing is told in the audit trail. Of new bills a person's latest
    are kept.
    """
    place: dict[str, Any] = {"user": user, "invoice": invoice}
    place |= {} if invoice else {"token": token}
    said = {"token": token, "version": version, "fields": dict(fields), "kept_at": at}
    kept, is_new = TypedBill.objects.update_or_create(**place, defaults=said)
    if is_new and invoice is None:
        own = TypedBill.objects.filter(user=user)
        latest = own.filter(invoice=None).order_by("-kept_at", "-pk")
        surplus = list(latest.values_list("pk", flat=True)[MOST_KEPT:])
        own.filter(pk__in=surplus).delete()
    return kept


def forget_typed(*, user: User, token: UUID | None, invoice: Invoice | None) -> int:
    """Drop what was kept of this bill: a draft holds it by now, or the person wants none of it."""
    own = TypedBill.objects.filter(user=user)
    deleted = 0
    if token is not None:
        deleted += own.filter(invoice=None, token=token).delete()[0]
    if invoice is not None:
        deleted += own.filter(invoice=invoice).delete()[0]
    return deleted
