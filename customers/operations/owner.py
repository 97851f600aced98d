"""Giving a customer to whoever looks after it, which also decides who sees it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import User
from core.tenancy import active_viewer
from customers.models import Customer
from customers.operations.errors import BadOwner
from customers.operations.lock import lock_account
from customers.owners import possible_owners
from messaging.enums import EventType
from messaging.operations import announce


@transaction.atomic
def assign_owner(
    *, customer: Customer, owner: User | None, at: datetime, actor: User | None
) -> Customer:
    """
    Make the person the customer's owner, or nobody; what is so already changes nothing.

    :raises BadOwner: for somebody who does not work here, or whom the viewer may not give it to
    """
    locked = lock_account(customer.pk)
    if owner is None and active_viewer() is not None:
        raise BadOwner
    if owner is not None and not possible_owners().filter(pk=owner.pk).exists():
        raise BadOwner
    before = locked.owner
    if before == owner:
        return locked
    locked.owner, locked.version = owner, locked.version + 1
    locked.save(update_fields=["owner", "version"])
    audit.record(
        event="customer.owner_changed",
        subject=locked,
        actor=actor,
        at=at,
        account_id=locked.pk,
        changes={"owner": [str(before or ""), str(owner or "")]},
    )
    announce(EventType.CUSTOMER_UPDATED, [locked.pk], at=at)
    return locked
