"""What a customer's row may hold: one check for pages, imports and the demo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.companies import active_tenant
from core.countries import COUNTRIES
from core.currencies import MINOR_UNITS
from core.models import User
from core.money import q
from core.search.keys import key_of
from core.tax_ids import BadTaxId
from core.tenancy import active_viewer
from customers.enums import Channel, ContactRole, CustomerKind, PaymentMethod
from customers.models import PaymentTerm
from customers.operations.errors import (
    BadCode,
    BadContact,
    BadCountry,
    BadCreditLimit,
    BadCurrency,
    BadLanguage,
    NameMissing,
    TaxIdRefused,
)
from customers.tax_ids import checked_customer_tax_id

CODE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer to be.

    Empty ``code``: the next one is given. Empty currency and language: the company's own.
    ``terms`` None: the company's default terms. ``owner`` None: nobody, or, where the viewer sees
    some customers only, the viewer.
    """

    name: str
    code: str = ""
    short_name: str = ""
    kind: str = CustomerKind.COMPANY
    tax_id: str = ""
    country: str = ""
    language: str = ""
    currency: str = ""
    terms: PaymentTerm | None = None
    payment_method: str = PaymentMethod.TRANSFER
    credit_limit: Decimal | None = None
    channel: str = Channel.EMAIL
    po_required: bool = False
    note: str = ""
    external_key: str = ""
    owner: User | None = None


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as it shall be; with the id of one that exists it replaces that one."""

    name: str
    email: str = ""
    phone: str = ""
    roles: tuple[str, ...] = (ContactRole.BILLING,)
    is_active: bool = True
    id: int | None = None


# What an editor changes; the owner has an operation of its own.
FIELDS = tuple(field.name for field in fields(CustomerDraft) if field.name != "owner")
FOUND_BY = ("name", "short_name", "code", "tax_id")


class Defaults:
    """What a new customer gets where nothing is said: two queries, however many customers."""

    def __init__(self) -> None:
        tenant = active_tenant()
        self.currency, self.language = tenant.currency, tenant.language
        self.terms = PaymentTerm.objects.filter(is_default=True, is_active=True).first()
        viewer = active_viewer()
        self.owner = None if viewer is None else User.objects.get(pk=viewer)

    def filled(self, draft: CustomerDraft) -> dict[str, Any]:
        """Return the draft's values with the gaps filled; the code may still be empty."""
        values: dict[str, Any] = {name: getattr(draft, name) for name in FIELDS}
        values["currency"] = values["currency"] or self.currency
        values["language"] = values["language"] or self.language
        values["terms"] = values["terms"] or self.terms
        values["owner"] = draft.owner or self.owner
        return values


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a customer's values in the form they are stored in.

    :raises CustomerRefused: by the name of what is wrong
    """
    values = dict(values)
    values["name"] = str(values["name"]).strip()
    if not values["name"]:
        raise NameMissing
    _refuse_code(values["code"])
    if values["country"] and values["country"] not in COUNTRIES:
        raise BadCountry(values["country"])
    if values["currency"] not in MINOR_UNITS:
        raise BadCurrency(values["currency"])
    if values["language"] not in dict(settings.LANGUAGES):
        raise BadLanguage(values["language"])
    values["credit_limit"] = _checked_limit(values["credit_limit"], values["currency"])
    try:
        values["tax_id"] = checked_customer_tax_id(
            values["tax_id"], country=values["country"], kind=values["kind"]
        )
    except BadTaxId as refused:
        raise TaxIdRefused(refused.message) from refused
    return values


def search_key_of(values: Mapping[str, Any]) -> str:
    """Return what a customer with these values is found by."""
    return key_of(*(values[name] for name in FOUND_BY))


def _refuse_code(code: str) -> None:
    if code != code.strip() or len(code) > CODE_LENGTH or not code.isprintable():
        raise BadCode(code)


def _checked_limit(limit: Decimal | None, currency: str) -> Decimal | None:
    if limit is None:
        return None
    exact = q(limit, currency)
    if limit < 0 or limit != exact:
        raise BadCreditLimit(limit)
    return exact


def checked_contacts(contacts: Iterable[ContactDraft]) -> list[ContactDraft]:
    """
    Return the contacts.

    :raises BadContact: if one has no name, an address that is none, or a role nobody knows
    """
    contacts = list(contacts)
    for contact in contacts:
        if not contact.name.strip() or not set(contact.roles) <= set(ContactRole.values):
            raise BadContact(contact)
        if contact.email:
            try:
                validate_email(contact.email)
            except ValidationError as error:
                raise BadContact(contact) from error
    return contacts
