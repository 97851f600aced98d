"""Removing a customer that nothing hangs on: one added by mistake, or by an import undone."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from core import audit
from core.models import User
from customers.models import Customer
from customers.operations.errors import ChangedSince, InUse
from customers.operations.lock import lock_account


@transaction.atomic
def remove_customer(*, customer: Customer, at: datetime, actor: User | None) -> None:
    """
    Delete a customer as it was added, with its contacts and addresses; the audit trail stays.

    Whatever points to a customer protects it: documents, charges, receipts, notices.

    :raises ChangedSince: if somebody changed it since it was added
    :raises InUse: if anything else of the company names it
    """
    fresh = lock_account(customer.pk)
    if fresh.version != 1:
        raise ChangedSince
    audit.record(event="customer.removed", subject=fresh, actor=actor, at=at, account_id=fresh.pk)
    try:
        with transaction.atomic():
            fresh.delete()
    except (IntegrityError, ProtectedError) as error:
        raise InUse from error
