"""A customer's status, and whether it is reminded."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.models import User
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations.errors import ReasonMissing, StillOpen, WrongStatus
from customers.operations.lock import lock_account
from messaging.enums import EventType
from messaging.operations import announce


@transaction.atomic
def put_on_hold(*, customer: Customer, reason: str, at: datetime, actor: User | None) -> Customer:
    """
    Stop selling on credit to the customer until it is released.

    :raises WrongStatus: if it is not active
    :raises ReasonMissing: without a reason
    """
    if not reason.strip():
        raise ReasonMissing
    locked = _locked(customer, CustomerStatus.ACTIVE)
    return _set(locked, CustomerStatus.ON_HOLD, "customer.held", at, actor, reason)


@transaction.atomic
def release(*, customer: Customer, at: datetime, actor: User | None) -> Customer:
    """
    End the hold.

    :raises WrongStatus: if it is not on hold
    """
    locked = _locked(customer, CustomerStatus.ON_HOLD)
    return _set(locked, CustomerStatus.ACTIVE, "customer.released", at, actor)


@transaction.atomic
def archive(*, customer: Customer, at: datetime, actor: User | None) -> Customer:
    """
    Take the customer out of lists and choices; its documents stay.

    :raises StillOpen: while anything of the account is open
    :raises WrongStatus: if it is archived already
    """
    locked = lock_account(customer.pk)
    if locked.status == CustomerStatus.ARCHIVED:
        raise WrongStatus
    if locked.open_items.open().exists():
        raise StillOpen
    return _set(locked, CustomerStatus.ARCHIVED, "customer.archived", at, actor)


@transaction.atomic
def unarchive(*, customer: Customer, at: datetime, actor: User | None) -> Customer:
    """
    Bring the customer back.

    :raises WrongStatus: if it is not archived
    """
    locked = _locked(customer, CustomerStatus.ARCHIVED)
    return _set(locked, CustomerStatus.ACTIVE, "customer.unarchived", at, actor)


@transaction.atomic
def pause_reminders(
    *, customer: Customer, reason: str, until: date | None, at: datetime, actor: User | None
) -> Customer:
    """
    Remind the customer of nothing up to and including the day ``until``; None: until resumed.

    Pausing again replaces day and reason.

    :raises ReasonMissing: without a reason
    """
    if not reason.strip():
        raise ReasonMissing
    return _set_pause(customer, paused=True, until=until, reason=reason.strip(), at=at, actor=actor)


@transaction.atomic
def resume_reminders(*, customer: Customer, at: datetime, actor: User | None) -> Customer:
    """
    Remind the customer again.

    :raises WrongStatus: if reminders are not paused
    """
    if not lock_account(customer.pk).reminders_paused:
        raise WrongStatus
    return _set_pause(customer, paused=False, until=None, reason="", at=at, actor=actor)


def _locked(customer: Customer, status: CustomerStatus) -> Customer:
    locked = lock_account(customer.pk)
    if locked.status != status:
        raise WrongStatus
    return locked


def _set(
    customer: Customer,
    status: CustomerStatus,
    event: str,
    at: datetime,
    actor: User | None,
    reason: str = "",
) -> Customer:
    before = customer.status
    customer.status, customer.version = status, customer.version + 1
    customer.save(update_fields=["status", "version"])
    audit.record(
        event=event,
        subject=customer,
        actor=actor,
        at=at,
        account_id=customer.pk,
        changes={"status": [before, status]},
        reason=reason.strip(),
    )
    announce(EventType.CUSTOMER_UPDATED, [customer.pk], at=at)
    return customer


def _set_pause(
    customer: Customer,
    *,
    paused: bool,
    until: date | None,
    reason: str,
    at: datetime,
    actor: User | None,
) -> Customer:
    customer = lock_account(customer.pk)
    values = {
        "reminders_paused": paused,
        "reminders_paused_until": until,
        "reminders_paused_reason": reason,
    }
    changes = audit.differences(customer, values, values)
    for name, value in values.items():
        setattr(customer, name, value)
    customer.version += 1
    customer.save(update_fields=[*values, "version"])
    audit.record(
        event="customer.reminders_paused" if paused else "customer.reminders_resumed",
        subject=customer,
        actor=actor,
        at=at,
        account_id=customer.pk,
        changes=changes,
        reason=reason,
    )
    announce(EventType.CUSTOMER_UPDATED, [customer.pk], at=at)
    return customer
