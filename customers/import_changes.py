"""What a row of a file changes of a customer that is there; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.imports import Changes
from core.models import User
from core.money import q
from customers.import_columns import ADDRESSES
from customers.models import Contact, Customer
from customers.operations import ContactDraft, LimitOfOldCurrency, NewCustomer
from customers.operations.values import FIELDS, checked


@dataclass(frozen=True, slots=True)
class ChangedCustomer:
    """What ``update_customer`` is asked for; ``shown`` tells a person, by column.

    ``contacts`` and ``addresses`` are None where they stay as they are.
    """

    customer: Customer
    values: Mapping[str, Any]
    contacts: Sequence[ContactDraft] | None
    addresses: Mapping[str, str] | None
    shown: Changes
    owner: User | None = None  # to be, where it is another one


def changed(customer: Customer, new: NewCustomer, given: frozenset[str]) -> ChangedCustomer:
    """
    Return what the columns that say something would change; the customer's code stays.

    :raises LimitOfOldCurrency: if the currency changes and the number of the limit does not
    :raises CustomerRefused: if the customer could not be stored so
    """
    stored = {name: getattr(customer, name) for name in FIELDS}
    said = {name: getattr(new.draft, name) for name in FIELDS if name in given and name != "code"}
    limit = customer.credit_limit
    if (
        said.get("currency", customer.currency) != customer.currency
        and limit is not None
        and said.get("credit_limit", limit) == limit
    ):
        raise LimitOfOldCurrency
    values = checked(stored | said) if said else stored
    if customer.credit_limit is not None:
        stored["credit_limit"] = q(customer.credit_limit, customer.currency)
    differing = {name: values[name] for name in said if values[name] != stored[name]}
    shown: Changes = {
        name: [_text(stored[name]), _text(value)] for name, value in differing.items()
    }
    contacts = _contacts(customer, new.contacts, given, shown)
    addresses = _addresses(customer, new.addresses, shown)
    owner = new.draft.owner if "owner" in given and new.draft.owner != customer.owner else None
    if owner is not None:
        shown["owner"] = [customer.owner.email if customer.owner else "", owner.email]
    return ChangedCustomer(customer, differing, contacts, addresses, shown, owner)


def _contacts(
    customer: Customer, drafts: Sequence[ContactDraft], given: frozenset[str], shown: Changes
) -> list[ContactDraft] | None:
    """Return all contacts with the row's among them; None if that changes nothing.

    The contact meant is the one with the address, else the one with the name, else another one.
    """
    current = sorted(customer.contacts.all(), key=lambda contact: contact.pk)
    kept = [_as_draft(contact) for contact in current]
    for draft in drafts:
        place = _place_of(draft, kept, given)
        if place is None:
            kept.append(draft)
            for column, text in _said(draft, given).items():
                shown[column] = ["", text]
            continue
        before = kept[place]
        after = replace(
            before,
            name=draft.name if "contact_name" in given else before.name,
            email=draft.email or before.email,
            phone=draft.phone or before.phone,
            roles=draft.roles if "contact_roles" in given else before.roles,
        )
        kept[place] = after
        old, new = _said(before, given), _said(after, given)
        shown |= {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    return kept if any(name.startswith("contact_") for name in shown) else None


def _place_of(
    draft: ContactDraft, kept: Sequence[ContactDraft], given: frozenset[str]
) -> int | None:
    email, name = draft.email.casefold(), draft.name.casefold()
    by_email = [n for n, one in enumerate(kept) if email and one.email.casefold() == email]
    by_name = [
        n for n, one in enumerate(kept) if "contact_name" in given and one.name.casefold() == name
    ]
    by_phone = [
        n
        for n, one in enumerate(kept)
        if draft.phone and not email and "contact_name" not in given and one.phone == draft.phone
    ]
    return next(iter([*by_email, *by_name, *by_phone]), None)


def _said(draft: ContactDraft, given: frozenset[str]) -> dict[str, str]:
    values = {
        "contact_name": draft.name,
        "contact_email": draft.email,
        "contact_phone": draft.phone,
        "contact_roles": ", ".join(sorted(draft.roles)).lower(),
    }
    return {name: text for name, text in values.items() if name in given}


def _as_draft(contact: Contact) -> ContactDraft:
    return ContactDraft(
        contact.name,
        contact.email,
        contact.phone,
        tuple(contact.roles),
        contact.is_active,
        contact.pk,
    )


def _addresses(
    customer: Customer, texts: Mapping[str, str], shown: Changes
) -> dict[str, str] | None:
    """Return all addresses by kind with the row's among them; None if that changes nothing."""
    current = {address.kind: address.text for address in customer.addresses.all()}
    fresh = dict(current)
    for column, kind in ADDRESSES.items():
        text = texts.get(kind, "").strip().replace("\r\n", "\n")
        if text and text != current.get(kind, ""):
            shown[column] = [current.get(kind, ""), text]
            fresh[kind] = text
    return fresh if fresh != current else None


def _text(value: Any) -> str:
    """Return the value as a file writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
