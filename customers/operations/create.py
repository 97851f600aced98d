"""Adding customers: one from a page, or thousands from a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from core import audit
from core.models import AuditEntry, User
from core.tenancy import whole_company
from customers.models import Address, Contact, Customer
from customers.operations.errors import BadCode, CodeTaken, ExternalKeyTaken
from customers.operations.values import (
    FIELDS,
    ContactDraft,
    CustomerDraft,
    Defaults,
    checked,
    checked_contacts,
    search_key_of,
)
from messaging.enums import EventType
from messaging.operations import announce

ATTEMPTS = 5
GIVEN_CODE = re.compile(r"C[0-9]{5,9}")


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer with its contacts, and its addresses by kind."""

    draft: CustomerDraft
    contacts: Sequence[ContactDraft] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def create_customer(
    *,
    draft: CustomerDraft,
    contacts: Sequence[ContactDraft] = (),
    addresses: Mapping[str, str] | None = None,
    at: datetime,
    actor: User | None,
) -> Customer:
    """
    Add a customer; without a code it gets the next of C00001, C00002, ...

    :raises CustomerRefused: by the name of what is wrong, such as ``CodeTaken``
    """
    values = checked(Defaults().filled(draft))
    checked_contacts(contacts)
    customer = _inserted(values, at)
    _write_details([(customer, contacts, addresses or {})], at=at, actor=actor)
    return customer


@transaction.atomic
def create_customers(
    news: Sequence[NewCustomer], *, at: datetime, actor: User | None
) -> list[Customer]:
    """
    Add many customers in a bounded number of statements per thousand; all or nothing.

    :raises CustomerRefused: for the first that is wrong; callers check codes and keys before
    """
    defaults = Defaults()
    rows = [checked(defaults.filled(new.draft)) for new in news]
    codes = iter(_next_codes(sum(1 for row in rows if not row["code"])))
    for row, new in zip(rows, news, strict=True):
        row["code"] = row["code"] or next(codes)
        checked_contacts(new.contacts)
    try:
        with transaction.atomic():
            customers = Customer.objects.bulk_create(
                [Customer(**row, search_key=search_key_of(row), created_at=at) for row in rows]
            )
    except IntegrityError as error:
        _refuse(error, given=True)
        raise
    _write_details(
        [
            (customer, new.contacts, new.addresses)
            for customer, new in zip(customers, news, strict=True)
        ],
        at=at,
        actor=actor,
    )
    return customers


def ensure_customers(
    *, records: Iterable[tuple[str, str, str]], at: datetime, actor: User | None
) -> dict[str, Customer]:
    """
    Return a customer for each ``(code, name, currency)``, by code; add those that are not there.

    Of a code that exists, or comes again, the name and currency are not looked at. An empty name
    becomes the code, an empty currency the company's own. Safe beside another import of the same
    codes: whoever commits second finds the first one's.

    :raises CustomerRefused: for a code or currency that cannot be
    """
    wanted: dict[str, tuple[str, str]] = {}
    for code, name, currency in records:
        if not code:
            raise BadCode
        if not wanted.get(code, ("", ""))[0]:
            wanted[code] = (name, currency)
    for attempt in range(1, ATTEMPTS + 1):
        found = {row.code: row for row in Customer.objects.filter(code__in=list(wanted))}
        missing = [
            NewCustomer(CustomerDraft(code=code, name=name or code, currency=currency))
            for code, (name, currency) in wanted.items()
            if code not in found
        ]
        if not missing:
            return found
        try:
            return found | {row.code: row for row in create_customers(missing, at=at, actor=actor)}
        except CodeTaken:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _inserted(values: Mapping[str, Any], at: datetime) -> Customer:
    """Insert the row; a code of our own that somebody just took is followed by the next one."""
    attempt = 1
    while True:
        row = {**values, "code": values["code"] or _next_codes(1)[0]}
        try:
            with transaction.atomic():
                return Customer.objects.create(**row, search_key=search_key_of(row), created_at=at)
        except IntegrityError as error:
            _refuse(error, given=bool(values["code"]) or attempt == ATTEMPTS)
            attempt += 1


def _next_codes(count: int) -> list[str]:
    if not count:
        return []
    with whole_company(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(substring(code FROM 2)::bigint), 0) FROM customers_customer "
            "WHERE tenant_id = (SELECT app.tenant()) AND code ~ '^C[0-9]{5,9}$'"
        )
        last = cursor.fetchone()[0]
    return [f"C{last + step:05}" for step in range(1, count + 1)]


def _refuse(error: IntegrityError, *, given: bool) -> None:
    """Raise the refusal by its name; return when a given code may be tried again."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if name == "customer_external_key":
        raise ExternalKeyTaken from error
    if name != "customer_code":
        raise error
    if given:
        raise CodeTaken from error


def _write_details(
    rows: Iterable[tuple[Customer, Sequence[ContactDraft], Mapping[str, str]]],
    *,
    at: datetime,
    actor: User | None,
) -> None:
    contacts: list[Contact] = []
    addresses: list[Address] = []
    entries: list[AuditEntry] = []
    ids: list[int] = []
    for customer, contact_drafts, texts in rows:
        contacts += [
            Contact(
                customer=customer,
                name=draft.name.strip(),
                email=draft.email,
                phone=draft.phone,
                roles=list(draft.roles),
                is_active=draft.is_active,
            )
            for draft in contact_drafts
        ]
        addresses += [
            Address(customer=customer, kind=kind, text=text.strip())
            for kind, text in texts.items()
            if text.strip()
        ]
        ids.append(customer.pk)
        entries.append(
            audit.entry_for(
                event="customer.created",
                subject=customer,
                actor=actor,
                at=at,
                account_id=customer.pk,
                changes=_filled_fields(customer),
            )
        )
    Contact.objects.bulk_create(contacts)
    Address.objects.bulk_create(addresses)
    AuditEntry.objects.bulk_create(entries)
    announce(EventType.CUSTOMER_CREATED, ids, at=at)


def _filled_fields(customer: Customer) -> dict[str, Any]:
    filled = {name: getattr(customer, name) for name in (*FIELDS, "owner")}
    return {name: ["", value] for name, value in filled.items() if value not in ("", None, False)}
