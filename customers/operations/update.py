"""Changing a customer's data, contacts and addresses; two editors at once lose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core import audit
from core.models import AuditEntry, User
from core.money import q
from customers.models import Address, Contact, Customer
from customers.operations.errors import (
    CodeTaken,
    EditedMeanwhile,
    ExternalKeyTaken,
    LimitOfOldCurrency,
)
from customers.operations.lock import lock_account
from customers.operations.values import (
    FIELDS,
    FOUND_BY,
    ContactDraft,
    checked,
    checked_contacts,
    search_key_of,
)
from messaging.enums import EventType
from messaging.operations import announce

CONTACT_FIELDS = ("name", "email", "phone", "roles", "is_active")


@transaction.atomic
def update_customer(
    *,
    customer: Customer,
    version: int,
    changes: Mapping[str, Any],
    contacts: Sequence[ContactDraft] | None = None,
    addresses: Mapping[str, str] | None = None,
    at: datetime,
    actor: User | None,
) -> Customer:
    """
    Change the named fields; ``contacts`` and ``addresses`` replace all there are, None leaves them.

    ``version`` is that of the customer the editor saw. Nothing changes nothing, not even it.
    A credit limit is in the customer's currency: with another currency another limit must be named,
    or None.

    :raises EditedMeanwhile: if somebody saved since
    :raises LimitOfOldCurrency: if the currency changes and the limit is not named
    :raises CustomerRefused: by the name of what is wrong
    """
    customer = lock_account(customer.pk)
    if customer.version != version:
        raise EditedMeanwhile(customer, changes_since(customer, version))
    has_new_currency = changes.get("currency", customer.currency) != customer.currency
    if has_new_currency and customer.credit_limit is not None and "credit_limit" not in changes:
        raise LimitOfOldCurrency
    values = checked({name: getattr(customer, name) for name in FIELDS} | dict(changes))
    if "code" in changes and not values["code"]:
        values["code"] = customer.code
    differing = audit.differences(_stored(customer), values, FIELDS)
    entries = _save_contacts(customer, contacts, at, actor) if contacts is not None else []
    entries += _save_addresses(customer, addresses, at, actor) if addresses is not None else []
    if not differing and not entries:
        return customer
    for name in differing:
        setattr(customer, name, values[name])
    names = list(differing)
    if differing.keys() & set(FOUND_BY):
        customer.search_key = search_key_of(values)
        names.append("search_key")
    _save(customer, names)
    audit.record(
        event="customer.changed" if differing else "customer.contacts_changed",
        subject=customer,
        actor=actor,
        at=at,
        account_id=customer.pk,
        changes=differing,
    )
    AuditEntry.objects.bulk_create(entries)
    announce(EventType.CUSTOMER_UPDATED, [customer.pk], at=at)
    return customer


def save_contacts(
    *,
    customer: Customer,
    version: int,
    contacts: Sequence[ContactDraft],
    at: datetime,
    actor: User | None,
) -> Customer:
    """Replace the contacts alone; see ``update_customer``."""
    return update_customer(
        customer=customer, version=version, changes={}, contacts=contacts, at=at, actor=actor
    )


def save_addresses(
    *,
    customer: Customer,
    version: int,
    addresses: Mapping[str, str],
    at: datetime,
    actor: User | None,
) -> Customer:
    """Replace the addresses, given by kind, alone; see ``update_customer``."""
    return update_customer(
        customer=customer, version=version, changes={}, addresses=addresses, at=at, actor=actor
    )


def changes_since(customer: Customer, version: int) -> list[AuditEntry]:
    """Return what was done to the customer since the version, newest first."""
    subject = audit.subject_of(customer)
    heads = (
        AuditEntry.objects.filter(subject=subject)
        .order_by("-id")
        .values_list("id", flat=True)[: max(customer.version - version, 0)]
    )
    first = min(heads, default=None)
    if first is None:
        return []
    return list(
        AuditEntry.objects.select_related("actor")
        .filter(account_id=customer.pk, subject__startswith="customers.", id__gte=first)
        .order_by("-id")
    )


def _stored(customer: Customer) -> dict[str, Any]:
    """Return the customer's values as ``checked`` writes them: 3000.00, not 3000.0000."""
    stored = {name: getattr(customer, name) for name in FIELDS}
    if customer.credit_limit is not None:
        stored["credit_limit"] = q(customer.credit_limit, customer.currency)
    return stored


def _save(customer: Customer, names: list[str]) -> None:
    customer.version += 1
    try:
        with transaction.atomic():
            customer.save(update_fields=[*names, "version"])
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "customer_code":
            raise CodeTaken from error
        if name == "customer_external_key":
            raise ExternalKeyTaken from error
        raise


def _save_contacts(
    customer: Customer, drafts: Sequence[ContactDraft], at: datetime, actor: User | None
) -> list[AuditEntry]:
    """Make the contacts those of the drafts; return the entries that tell of it."""
    current = {row.pk: row for row in customer.contacts.order_by("pk")}
    entries: list[AuditEntry] = []

    def told(event: str, contact: Contact, changes: Mapping[str, Any]) -> AuditEntry:
        return audit.entry_for(
            event=event,
            subject=contact,
            actor=actor,
            at=at,
            account_id=customer.pk,
            changes=changes,
        )

    for draft in checked_contacts(drafts):
        values = {name: getattr(draft, name) for name in CONTACT_FIELDS}
        values |= {"name": draft.name.strip(), "roles": list(draft.roles)}
        contact = current.pop(draft.id, None) if draft.id else None
        if contact is None:
            contact = Contact.objects.create(customer=customer, **values)
            filled = {name: ["", value] for name, value in values.items() if value}
            entries.append(told("contact.added", contact, filled))
        elif differing := audit.differences(contact, values, CONTACT_FIELDS):
            for name in differing:
                setattr(contact, name, values[name])
            contact.save(update_fields=list(differing))
            if "email" in differing:  # alone: a bounce of the same moment must not be lost
                contact.bounced_at = None
                contact.save(update_fields=["bounced_at"])
            entries.append(told("contact.changed", contact, differing))
    for contact in current.values():
        entries.append(told("contact.removed", contact, {"email": [contact.email, ""]}))
        contact.delete()
    return entries


def _save_addresses(
    customer: Customer, texts: Mapping[str, str], at: datetime, actor: User | None
) -> list[AuditEntry]:
    """Make the addresses those given by kind; return the entries that tell of it."""
    current = {row.kind: row for row in customer.addresses.order_by("pk")}
    entries = []
    for kind in sorted({*current, *texts}):
        old, new = current.get(kind), texts.get(kind, "").strip().replace("\r\n", "\n")
        before = old.text if old else ""
        if before == new:
            continue
        if old is None:
            old = Address.objects.create(customer=customer, kind=kind, text=new)
        entries.append(
            audit.entry_for(
                event="address.changed",
                subject=old,
                actor=actor,
                at=at,
                account_id=customer.pk,
                changes={"text": [before, new]},
            )
        )
        if not new:
            old.delete()
        elif before:
            old.text = new
            old.save(update_fields=["text"])
    return entries
