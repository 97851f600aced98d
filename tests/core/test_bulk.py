"""Inserting many rows by array literals: every value comes back as it was given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction

from core.bulk import take_ids
from core.models import AuditEntry, Tenant, User
from core.tenancy import WrongTenant, insert_many
from customers.models import Contact, Customer
from invoices.models import InvoiceLine, InvoiceTax
from tests.conftest import NOON
from tests.factories import CustomerFactory, InvoiceFactory, TaxCodeFactory

HARD = [
    "",
    "NULL",
    'say "so"',
    'back\\slash \\" both',
    "{a,b}",
    "comma, and\nline\r\n and\ttab",
    "  spaces  ",
    "中文，全角 emoji 😀",
    "'; DROP TABLE core_tenant; --",
    "%s %(x)s %%",
]


def test_texts_come_back_as_they_were_given(in_tenant: Tenant) -> None:
    entries = AuditEntry.objects.bulk_create(
        AuditEntry(
            event="x", subject="s", reason=text, happened_at=NOON, changes={text or "-": [text, 1]}
        )
        for text in HARD
    )

    kept = list(AuditEntry.objects.filter(event="x").order_by("pk"))
    assert [entry.pk for entry in kept] == [entry.pk for entry in entries]
    assert [entry.reason for entry in kept] == HARD
    assert [entry.changes for entry in kept] == [{text or "-": [text, 1]} for text in HARD]


def test_arrays_booleans_and_nothing_come_back(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    Contact.objects.bulk_create(
        [
            Contact(customer=customer, name="a", roles=[], is_active=False),
            Contact(customer=customer, name="b", roles=["BILLING", 'x,"y']),
        ]
    )

    rows = Contact.objects.filter(name__in=["a", "b"]).order_by("pk")
    assert list(rows.values_list("roles", "is_active")) == [
        ([], False),
        (["BILLING", 'x,"y'], True),
    ]


def test_amounts_days_and_nothing_come_back(in_tenant: Tenant) -> None:
    bill, code = InvoiceFactory(), TaxCodeFactory()
    amounts = [Decimal("0.0001"), Decimal("123456789012345.6789"), Decimal("-1E+3")]
    InvoiceTax.objects.bulk_create(
        InvoiceTax(invoice=bill, category="S", rate=n, base_amount=amount, tax_amount=0)
        for n, amount in enumerate(amounts, start=1)
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=bill,
            position=n,
            description="x",
            tax_code=code,
            quantity=1,
            unit_price=amount,
            net_amount=amount,
            tax_category="S",
            tax_rate=0,
            tax_amount=0,
            service_from=day,
        )
        for n, (amount, day) in enumerate(
            [(Decimal(1), date(2026, 2, 28)), (Decimal("0.5"), None)], start=7
        )
    )

    taxes = InvoiceTax.objects.filter(invoice=bill).order_by("pk")
    lines = InvoiceLine.objects.filter(invoice=bill, position__gte=7).order_by("pk")
    assert list(taxes.values_list("base_amount", flat=True)) == amounts
    assert list(lines.values_list("unit_price", "service_from", "product_id")) == [
        (Decimal(1), date(2026, 2, 28), None),
        (Decimal("0.5"), None, None),
    ]


def test_nothing_is_cut_to_fit(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    with pytest.raises(DataError), transaction.atomic():
        Contact.objects.bulk_create([Contact(customer=customer, name="x" * 500, roles=[])])


def test_what_the_database_refuses_is_an_integrity_error(in_tenant: Tenant) -> None:
    bill, nan = InvoiceFactory(), Decimal("NaN")
    with pytest.raises(IntegrityError, match="base_amount"), transaction.atomic():
        InvoiceTax.objects.bulk_create(
            [InvoiceTax(invoice=bill, category="Z", rate=0, base_amount=nan, tax_amount=0)]
        )


def test_ids_are_given_in_order_and_name_the_rows(in_tenant: Tenant) -> None:
    customers = [CustomerFactory.build(code=f"N{n}", tenant=None) for n in range(3)]
    contacts = [Contact(name=f"n{n}", roles=[]) for n in range(3)]
    take_ids(customers, contacts)
    for contact, customer in zip(contacts, customers, strict=True):
        contact.customer_id = customer.pk
    insert_many(customers, contacts)

    assert [customer.pk for customer in customers] == sorted(c.pk for c in customers)
    assert list(
        Contact.objects.filter(name__startswith="n").order_by("pk").values_list("customer__code")
    ) == [("N0",), ("N1",), ("N2",)]


def test_no_rows_are_no_statement(in_tenant: Tenant, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert Customer.objects.bulk_create([]) == []
        insert_many([], [])


def test_a_row_of_another_tenant_is_refused(in_tenant: Tenant, other_tenant: Tenant) -> None:
    entry = AuditEntry(tenant=other_tenant, event="x", subject="s", happened_at=NOON)
    with pytest.raises(WrongTenant):
        AuditEntry.objects.bulk_create([entry])


def test_a_row_that_had_no_id_is_no_parent(in_tenant: Tenant) -> None:
    somebody = User(email="new@acme.test")
    with pytest.raises(ValueError, match="had no id"):
        AuditEntry.objects.bulk_create(
            [AuditEntry(event="x", subject="s", happened_at=NOON, actor=somebody)]
        )


def test_ids_are_not_taken_twice_nor_mixed(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    with pytest.raises(ValueError, match="id already"):
        Contact.objects.bulk_create([Contact(pk=5, customer=customer, name="a", roles=[])])
    with pytest.raises(ValueError, match="some rows only"):
        insert_many([Contact(pk=5, customer=customer, roles=[]), Contact(customer=customer)])
