"""Bills with lines, taxes and instalments, as the API writes and reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
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
    PriceGiven,
    PriceOf,
    Quantity,
    Strict,
    Text,
)
from customers.models import Customer, PaymentTerm
from invoices.enums import InvoiceSource, InvoiceState, ReturnReason, TaxCategory
from messaging.enums import MessageState

MOST_LINES = 300
MOST_RECIPIENTS = 20


class LineGiven(Strict):
    """One line. What is left out is the product's; ``id`` keeps a line that is there already."""

    id = Id(ids.LINE, required=False)
    product = Id(ids.PRODUCT, required=False, allow_null=True)
    charge = Id(ids.CHARGE, required=False)
    description = Text(required=False, max_length=1000, lines=True)
    service_from = Day(required=False, allow_null=True)
    service_to = Day(required=False, allow_null=True)
    quantity = Quantity(required=False)
    unit = Text(required=False, max_length=20)
    unit_price = PriceGiven(required=False)
    discount_percent = Quantity(required=False, least=Decimal(0), most=Decimal(100), decimals=4)
    discount = AmountGiven(required=False)
    tax_code = Id(ids.TAX_CODE, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first, last = attrs.get("service_from"), attrs.get("service_to")
        if first and last and last < first:
            raise ValidationError({"service_to": [_("Ends before it begins.")]})
        if attrs.get("discount_percent") and attrs.get("discount"):
            raise ValidationError({"discount": [_("In per cent or as an amount, not both.")]})
        return attrs


class InvoiceGiven(Strict):
    """A draft. Currency, language and terms default to the customer's."""

    customer = Id(ids.CUSTOMER, Customer.objects.all)
    currency = CurrencyCode(required=False)
    terms = Id(ids.TERMS, PaymentTerm.objects.all, required=False, allow_null=True)
    language = Choice(choices=settings.LANGUAGES, required=False)
    po_number = Text(required=False, max_length=60)
    reference = Text(required=False, max_length=80)
    note = Text(required=False, max_length=2000, lines=True)
    internal_note = Text(required=False, max_length=2000, lines=True)
    discount = AmountGiven(required=False)
    discount_percent = Quantity(required=False, least=Decimal(0), most=Decimal(100), decimals=4)
    lines = LineGiven(many=True, required=False, max_length=MOST_LINES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("discount_percent") and attrs.get("discount"):
            raise ValidationError({"discount": [_("In per cent or as an amount, not both.")]})
        return attrs


class ReturnGiven(Strict):
    """Why a bill goes back to its author; OTHER needs a comment."""

    reason = Choice(choices=ReturnReason.choices)
    comment = Text(required=False, max_length=500, lines=True)


class ReasonGiven(Strict):
    """Why."""

    reason = Text(max_length=300)


class RecipientGiven(Strict):
    """Whom to send to."""

    name = Text(required=False, max_length=120)
    email = Email()


class SendGiven(Strict):
    """To whom and when; without recipients to the customer's contacts for bills, at once."""

    recipients = RecipientGiven(
        many=True, required=False, allow_empty=False, max_length=MOST_RECIPIENTS
    )
    not_before = Moment(required=False)
    again = Flag(required=False)


class LineShown(serializers.Serializer):
    """One line, its amount before tax."""

    id = Id(ids.LINE)
    position = serializers.IntegerField()
    product = Id(ids.PRODUCT, source="product_id", allow_null=True)
    description = serializers.CharField()
    service_from = Day(allow_null=True)
    service_to = Day(allow_null=True)
    quantity = Quantity()
    unit = serializers.CharField()
    unit_price = PriceOf("unit_price", currency="invoice.currency")
    discount_percent = Quantity()
    discount = MoneyOf("discount_amount", currency="invoice.currency")
    tax_code = Id(ids.TAX_CODE, source="tax_code_id")
    tax_category = serializers.ChoiceField(choices=TaxCategory.choices)
    tax_rate = Quantity()
    net = MoneyOf("net_amount", currency="invoice.currency")


class TaxShown(serializers.Serializer):
    """The tax of one category and rate."""

    category = serializers.ChoiceField(choices=TaxCategory.choices)
    rate = Quantity()
    base = MoneyOf("base_amount", currency="invoice.currency")
    tax = MoneyOf("tax_amount", currency="invoice.currency")


class InstalmentShown(serializers.Serializer):
    """One part of the total with its due date; the open item is what is allocated to."""

    position = serializers.IntegerField()
    due_date = Day()
    amount = MoneyOf("amount", currency="item.currency")
    open = MoneyOf("item.open_amount", currency="item.currency")
    item = Id(ids.ITEM, source="item_id")


class InvoiceShown(serializers.Serializer):
    """A bill without its lines, as in a list."""

    id = Id(ids.INVOICE)
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=InvoiceState.choices)
    source = serializers.ChoiceField(choices=InvoiceSource.choices)  # type: ignore[assignment]
    customer = Id(ids.CUSTOMER, source="customer_id")
    currency = serializers.CharField()
    language = serializers.CharField()
    terms = Id(ids.TERMS, source="terms_id", allow_null=True)
    issue_date = Day(allow_null=True)
    due_date = Day(allow_null=True)
    po_number = serializers.CharField()
    reference = serializers.CharField()
    note = serializers.CharField()
    internal_note = serializers.CharField()
    lines_amount = MoneyOf("lines_amount")
    discount = MoneyOf("discount_amount")
    discount_percent = Quantity()
    net = MoneyOf("net_amount")
    tax = MoneyOf("tax_amount")
    total = MoneyOf("total_amount")
    open = MoneyOf("open_amount")
    return_reason = serializers.CharField()
    return_comment = serializers.CharField()
    void_reason = serializers.CharField()
    has_document = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    created_at = Moment()

    def get_has_document(self, invoice: Any) -> bool:
        return invoice.document_id is not None


class InvoiceWithLinesShown(InvoiceShown):
    """A bill with everything on it."""

    lines = LineShown(many=True)
    taxes = TaxShown(many=True)
    instalments = InstalmentShown(many=True)


class DeliveryShown(serializers.Serializer):
    """One message that carries the bill; sent is true only once the mail server has taken it."""

    id = Id(ids.DELIVERY)
    email = serializers.CharField(source="message.to_address")
    name = serializers.CharField(source="message.to_name")
    state = serializers.ChoiceField(choices=MessageState.choices, source="message.state")
    created_at = Moment()


class DeliveriesShown(serializers.Serializer):
    """The messages that carry a bill, the newest first."""

    results = DeliveryShown(many=True)
