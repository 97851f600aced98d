"""Object factories; plain, so that no reader ever has to look here."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory

from core.search.keys import key_of
from customers.models import Contact, Customer, PaymentTerm, PaymentTermPart
from invoices.models import Invoice, InvoiceLine, Product, TaxCode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class PaymentTermFactory(factory.django.DjangoModelFactory[PaymentTerm]):
    class Meta:
        model = PaymentTerm

    name = factory.Sequence(lambda n: f"30 days {n}")


class PaymentTermPartFactory(factory.django.DjangoModelFactory[PaymentTermPart]):
    class Meta:
        model = PaymentTermPart

    term = factory.SubFactory(PaymentTermFactory)
    days = 30


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    code = factory.Sequence(lambda n: f"C{n:05}")
    name = factory.Sequence(lambda n: f"Customer {n}")
    currency = "CNY"
    created_at = NOON


class ContactFactory(factory.django.DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = "Li Na"
    email = factory.Sequence(lambda n: f"ap{n}@customer.test")
    roles = ["BILLING"]


class TaxCodeFactory(factory.django.DjangoModelFactory[TaxCode]):
    class Meta:
        model = TaxCode

    name = factory.Sequence(lambda n: f"13 % {n}")
    rate = Decimal("0.13")


class ProductFactory(factory.django.DjangoModelFactory[Product]):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"P{n:04}")
    name = factory.Sequence(lambda n: f"Product {n}")
    search_key = factory.LazyAttribute(lambda made: key_of(made.code, made.name))
    unit_price = Decimal("100.00")
    currency = "CNY"
    tax_code = factory.SubFactory(TaxCodeFactory)


class InvoiceFactory(factory.django.DjangoModelFactory[Invoice]):
    """A draft; totals are those of the operation, not of this factory."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    currency = "CNY"
    tax_mode = "DOCUMENT"
    language = "en"
    created_at = NOON


class InvoiceLineFactory(factory.django.DjangoModelFactory[InvoiceLine]):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "Service"
    quantity = Decimal(1)
    unit_price = Decimal("100.00")
    tax_code = factory.SubFactory(TaxCodeFactory)
    tax_category = "S"
    tax_rate = Decimal("0.13")
    net_amount = Decimal("100.00")
    tax_amount = Decimal("13.00")


DAY = date(2026, 3, 2)
