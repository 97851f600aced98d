"""Customers, their contacts and addresses, as the API writes and reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import ids
from api.fields import (
    AmountGiven,
    Choice,
    CurrencyCode,
    Day,
    Email,
    Flag,
    Id,
    Moment,
    MoneyOf,
    MoneyText,
    Strict,
    Text,
    money_text,
)
from core.models import User
from customers.enums import (
    AddressKind,
    Channel,
    ContactRole,
    CustomerKind,
    CustomerStatus,
    PaymentMethod,
)
from customers.models import PaymentTerm
from customers.owners import possible_owners

ADDRESSES = tuple(kind.value.lower() for kind in AddressKind)


class AddressesGiven(Strict):
    """Addresses by kind; an empty one is taken away."""

    registered = Text(required=False, max_length=500, lines=True)
    billing = Text(required=False, max_length=500, lines=True)
    delivery = Text(required=False, max_length=500, lines=True)


class ContactGiven(Strict):
    """Somebody to write to, and about what."""

    name = Text(max_length=120)
    email = Email(required=False)
    phone = Text(required=False, max_length=40)
    roles = serializers.ListField(
        child=Choice(choices=ContactRole.choices), required=False, max_length=len(ContactRole)
    )
    is_active = Flag(required=False)


class OwnerGiven(serializers.Field):
    """Whoever looks after a customer, by the address they sign in with."""

    default_error_messages = {
        "nobody": _("Choose somebody who works here and whose customers you see.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "minLength": 1, "maxLength": 254})

    def to_internal_value(self, data: Any) -> User:
        address = Text(max_length=254).run_validation(data)
        person = possible_owners().filter(email__iexact=address).first()
        if person is None:
            self.fail("nobody")
        return person

    def to_representation(self, value: User) -> str:
        return value.email


class CustomerGiven(Strict):
    """A customer to be. What is left out is given (the code) or the company's."""

    code = Text(required=False, max_length=32)
    name = Text(max_length=200)
    short_name = Text(required=False, max_length=60)
    kind = Choice(choices=CustomerKind.choices, required=False)
    tax_id = Text(required=False, max_length=32)
    country = Text(required=False, max_length=2, help_text="ISO 3166, two letters")
    language = Choice(choices=settings.LANGUAGES, required=False)
    currency = CurrencyCode(required=False)
    terms = Id(ids.TERMS, PaymentTerm.objects.all, required=False, allow_null=True)
    payment_method = Choice(choices=PaymentMethod.choices, required=False)
    credit_limit = AmountGiven(required=False, allow_null=True)
    channel = Choice(choices=Channel.choices, required=False)
    po_required = Flag(required=False)
    note = Text(required=False, max_length=2000, lines=True)
    external_key = Text(required=False, max_length=80)
    owner = OwnerGiven(required=False, allow_null=True)
    addresses = AddressesGiven(required=False)

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as the operations take them, without addresses."""
        given = dict(self.validated_data)
        given.pop("addresses", None)
        return given


class NewCustomerGiven(CustomerGiven):
    """A customer to be, with contacts."""

    contacts = ContactGiven(many=True, required=False, max_length=100)


def without_currency(values: dict[str, Any], currency: str) -> dict[str, Any]:
    """
    Return the values with the credit limit as a number in the customer's currency.

    :raises ValidationError: if the limit is in another currency
    """
    limit = values.get("credit_limit")
    if limit is None:
        return values
    if limit.currency != currency:
        text = _("The credit limit is in the customer's currency.")
        raise ValidationError({"credit_limit": {"currency": [text]}})
    return values | {"credit_limit": limit.amount}


def addresses_of(given: dict[str, str]) -> dict[str, str]:
    """Return addresses by the operations' kinds."""
    return {name.upper(): text for name, text in given.items()}


class ContactShown(serializers.Serializer):
    """A contact of a customer."""

    id = Id(ids.CONTACT)
    customer = Id(ids.CUSTOMER, source="customer_id")
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ContactRole.choices))
    is_active = serializers.BooleanField()
    bounced_at = Moment(allow_null=True)


class AddressesShown(serializers.Serializer):
    """Addresses by kind, empty where there is none."""

    registered = serializers.CharField()
    billing = serializers.CharField()
    delivery = serializers.CharField()


class BalanceShown(serializers.Serializer):
    """What is open in one currency, and the part of it that is overdue."""

    balance = MoneyText()
    overdue = MoneyText()


class Addresses(serializers.Field):
    """The addresses of a customer, prefetched."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", **kwargs)
        set_override(self, "field", AddressesShown)

    def to_representation(self, value: Any) -> dict[str, str]:
        texts = {one.kind.lower(): one.text for one in value.addresses.all()}
        return {name: texts.get(name, "") for name in ADDRESSES}


class Balances(serializers.Field):
    """What a customer of ``customers.queries.for_list`` owes, per currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="accounts", **kwargs)
        set_override(self, "field", BalanceShown(many=True))

    def to_representation(self, value: Any) -> list[dict[str, Any]]:
        return [
            {
                name: money_text(Decimal(one[name]), one["currency"])
                for name in ("balance", "overdue")
            }
            for one in value
        ]


class CustomerShown(serializers.Serializer):
    """A customer. What it owes stands in open items and the aging."""

    id = Id(ids.CUSTOMER)
    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CustomerKind.choices)
    status = serializers.ChoiceField(choices=CustomerStatus.choices)
    tax_id = serializers.CharField()
    country = serializers.CharField()
    language = serializers.CharField()
    currency = serializers.CharField()
    terms = Id(ids.TERMS, source="terms_id", allow_null=True)
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)
    credit_limit = MoneyOf("credit_limit", allow_null=True)
    channel = serializers.ChoiceField(choices=Channel.choices)
    po_required = serializers.BooleanField()
    reminders_paused = serializers.BooleanField()
    reminders_paused_until = Day(allow_null=True)
    note = serializers.CharField()
    external_key = serializers.CharField()
    owner = serializers.SerializerMethodField()
    addresses = Addresses()
    balances = Balances()
    version = serializers.IntegerField()
    created_at = Moment()

    @extend_schema_field({"type": ["string", "null"]})
    def get_owner(self, customer: Any) -> str | None:
        return customer.owner.email if customer.owner else None


class TermsShown(serializers.Serializer):
    """Payment terms, which customers and invoices name."""

    id = Id(ids.TERMS)
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    is_active = serializers.BooleanField()
