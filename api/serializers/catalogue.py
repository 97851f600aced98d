"""Products, tax codes and charges, as the API writes and reads them."""

from __future__ import annotations

from rest_framework import serializers

from api import ids
from api.fields import (
    Day,
    Flag,
    Id,
    Moment,
    PriceGiven,
    PriceOf,
    Quantity,
    Strict,
    Text,
)
from customers.models import Customer
from invoices.enums import TaxCategory
from invoices.models import Product, TaxCode


class ProductGiven(Strict):
    """A product with its list price before tax."""

    code = Text(max_length=32)
    name = Text(max_length=200)
    description = Text(required=False, max_length=1000, lines=True)
    unit = Text(required=False, max_length=20)
    unit_price = PriceGiven()
    tax_code = Id(ids.TAX_CODE, TaxCode.objects.all)
    is_active = Flag(required=False)


class ProductShown(serializers.Serializer):
    """A product with its list price before tax."""

    id = Id(ids.PRODUCT)
    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField()
    unit_price = PriceOf("unit_price")
    tax_code = Id(ids.TAX_CODE, source="tax_code_id")
    is_active = serializers.BooleanField()


class TaxCodeShown(serializers.Serializer):
    """A tax code, which products, charges and lines name."""

    id = Id(ids.TAX_CODE)
    name = serializers.CharField()
    category = serializers.ChoiceField(choices=TaxCategory.choices)
    rate = Quantity()
    is_default = serializers.BooleanField()
    is_active = serializers.BooleanField()


class ChargeGiven(Strict):
    """What was delivered or used. What is left out is the product's, or the customer's."""

    customer = Id(ids.CUSTOMER, Customer.objects.all)
    product = Id(ids.PRODUCT, Product.objects.all, required=False, allow_null=True)
    description = Text(required=False, max_length=1000, lines=True)
    service_date = Day()
    quantity = Quantity(required=False)
    unit = Text(required=False, max_length=20)
    unit_price = PriceGiven(required=False)
    tax_code = Id(ids.TAX_CODE, TaxCode.objects.all, required=False)


class NewChargeGiven(ChargeGiven):
    """A charge to be, with its id in the system it comes from."""

    external_key = Text(required=False, max_length=80)


class ChargeShown(serializers.Serializer):
    """A charge; ``invoice`` is the bill it stands on, null while it waits."""

    id = Id(ids.CHARGE)
    customer = Id(ids.CUSTOMER, source="customer_id")
    product = Id(ids.PRODUCT, source="product_id", allow_null=True)
    description = serializers.CharField()
    service_date = Day()
    quantity = Quantity()
    unit = serializers.CharField()
    unit_price = PriceOf("unit_price")
    tax_code = Id(ids.TAX_CODE, source="tax_code_id")
    invoice = Id(ids.INVOICE, source="invoice_id", allow_null=True)
    external_key = serializers.CharField()
    created_at = Moment()
