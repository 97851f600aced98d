"""Each check: what makes it speak, and that it is silent otherwise."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import BankAccount
from customers.models import Address
from invoices import operations
from invoices.models import Invoice, Product, TaxCode
from invoices.queries.checks import findings_of, findings_of_many
from ledger.operations import close_period
from tests.conftest import NOON
from tests.factories import (
    ContactFactory,
    CustomerFactory,
    PaymentTermPartFactory,
    ProductFactory,
)
from tests.invoices.helpers import draft, issued, line

D = Decimal
DAY = date(2026, 3, 2)


@pytest.fixture
def biller(members):
    return members["BILLER"]


@pytest.fixture
def customer(in_tenant):
    customer = CustomerFactory(
        country="CN", tax_id="91350100M000100Y43", terms=PaymentTermPartFactory().term
    )
    ContactFactory(customer=customer)
    Address.objects.create(customer=customer, kind="BILLING", text="1 Nanjing Road")
    BankAccount.objects.create(currency="CNY", holder="Acme", bank="ICBC", number="1")
    return customer


def spoken(bill):
    return {(f.rule, f.level) for f in findings_of(bill, day=DAY) if f.level != "OK"}


def test_a_good_bill_is_in_order_throughout(customer, biller):
    bill = draft(biller, customer=customer)
    findings = findings_of(bill, day=DAY)
    assert {finding.level for finding in findings} == {"OK"}
    assert len(findings) >= 14


@pytest.mark.parametrize(
    ("fields", "rule", "level"),
    [
        ({"tax_id": ""}, "customer", "WARN"),
        ({"status": "ON_HOLD"}, "customer", "WARN"),
        ({"status": "ARCHIVED"}, "customer", "BLOCK"),
        ({"po_required": True}, "purchase_order", "BLOCK"),
        ({"currency": "EUR"}, "currency", "WARN"),
        ({"credit_limit": D("112.99")}, "credit", "WARN"),
    ],
)
def test_customer_rules(customer, biller, fields, rule, level):
    bill = draft(biller, customer=customer)
    for name, value in fields.items():
        setattr(customer, name, value)
    customer.save()
    assert spoken(bill) == {(rule, level)}


def test_credit_limit_counts_what_is_owed_and_what_is_approved(customer, biller, members):
    customer.credit_limit = D("339.00")
    customer.save()
    issued(biller, members["APPROVER"], customer=customer)
    other = draft(biller, customer=customer, lines=[line("90")])
    operations.submit(invoice=other, at=NOON, actor=biller)
    approved = operations.approve(invoice=other, at=NOON, actor=members["APPROVER"])
    exact = draft(biller, customer=customer, lines=[line("110")])
    assert ("credit", "WARN") not in spoken(exact)
    over = draft(biller, customer=customer, lines=[line("110.01")])
    assert ("credit", "WARN") in spoken(over)
    assert "CNY 339.01 is owed; the credit limit is 339.00" in " ".join(
        str(f.text) for f in findings_of(over, day=DAY)
    )
    assert ("credit", "WARN") not in spoken(approved)  # not counted against itself twice


def test_recipient(customer, biller):
    bill = draft(biller, customer=customer)
    contact = customer.contacts.get()
    contact.bounced_at = NOON
    contact.save()
    assert spoken(bill) == {("recipient", "WARN")}
    contact.delete()
    assert spoken(bill) == {("recipient", "WARN")}
    customer.channel = "PRINT"
    customer.save()
    assert spoken(bill) == set()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], {("lines", "BLOCK")}),
        ([{"description": " "}], {("lines", "BLOCK")}),
        ([{"unit_price": D(0)}], {("amount", "WARN")}),
        ([{"unit_price": D(-5)}], {("amount", "BLOCK")}),
        ([{"discount_percent": D(30)}], {("discount", "WARN")}),
    ],
)
def test_line_rules(customer, biller, lines, expected):
    bill = draft(biller, customer=customer, lines=[line(**fields) for fields in lines])
    assert spoken(bill) == expected


def test_document_discount(customer, biller):
    assert spoken(draft(biller, customer=customer, discount_amount=D("29.99"))) == set()
    bill = draft(biller, customer=customer, discount_amount=D("30"))
    assert ("discount", "WARN") in spoken(bill)


def test_arithmetic_is_worked_out_again(customer, biller):
    bill = draft(biller, customer=customer)
    Invoice.objects.filter(pk=bill.pk).update(tax_amount=D("12.00"), total_amount=D("112.00"))
    bill.refresh_from_db()
    assert spoken(bill) == {("arithmetic", "BLOCK")}


def test_double_is_told_by_customer_total_and_time(customer, biller, members):
    first = issued(biller, members["APPROVER"], customer=customer)
    bill = draft(biller, customer=customer)
    finding = findings_of(bill, day=DAY)[0]
    assert (finding.rule, finding.level) == ("double", "WARN")
    assert first.number in finding.text
    assert not any(
        finding.level != "OK" for finding in findings_of(bill, day=DAY + timedelta(days=61))
    )
    assert spoken(draft(biller, customer=customer, lines=[line("7")])) == set()
    operations.void(invoice=first, reason="x", at=NOON, actor=None)
    assert spoken(bill) == set()


def test_same_purchase_order(customer, biller):
    draft(biller, customer=customer, po_number="PO-1", lines=[line("7")])
    assert spoken(draft(biller, customer=customer, po_number="PO-1")) == {
        ("purchase_order", "WARN")
    }
    assert spoken(draft(biller, customer=customer, po_number="PO-2", lines=[line("8")])) == set()


def test_same_service_period(customer, biller):
    product = ProductFactory()
    period = {"product_id": product.pk, "service_from": DAY, "service_to": DAY}
    draft(biller, customer=customer, lines=[line(**period)])
    bill = draft(biller, customer=customer, lines=[line(**period), line("8")])
    assert spoken(bill) == {("period", "WARN")}


def test_list_price(customer, biller):
    product = ProductFactory(unit_price=D("99.5"))
    bill = draft(biller, customer=customer, lines=[line(product_id=product.pk)])
    assert spoken(bill) == {("price", "WARN")}
    assert "99.5" in findings_of(bill, day=DAY)[0].text


def test_what_is_out_of_use(customer, biller):
    product = ProductFactory()
    bill = draft(biller, customer=customer, lines=[line("100", product_id=product.pk)])
    Product.objects.update(is_active=False)
    TaxCode.objects.update(is_active=False)
    found = [f.text for f in findings_of(bill, day=DAY) if f.rule == "in_use"]
    assert [text.rpartition("is not")[2] for text in found] == [" in use any more"] * 2
    assert spoken(operations.duplicate(invoice=bill, at=NOON, actor=biller)) >= {("in_use", "WARN")}


def test_a_list_price_in_another_currency(customer, biller):
    product = ProductFactory(unit_price=D(100), currency="EUR")
    bill = draft(biller, customer=customer, lines=[line("100", product_id=product.pk)])
    assert spoken(bill) == {("price", "WARN")}
    assert "Line 1: the list price is in EUR" in [f.text for f in findings_of(bill, day=DAY)]


def test_terms(customer, biller):
    assert spoken(draft(biller, customer=customer, terms_id=None)) == {("terms", "WARN")}
    long = PaymentTermPartFactory(days=400).term
    bill = draft(biller, customer=customer, terms_id=long.pk, lines=[line("7")])
    assert spoken(bill) == {("terms", "WARN")}


def test_currency_without_account_or_rate(customer, biller):
    bill = draft(biller, customer=customer, currency="USD")
    assert spoken(bill) == {("currency", "WARN"), ("bank", "WARN")}


def test_closed_period(customer, biller):
    bill = draft(biller, customer=customer)
    close_period(last_day=DAY, at=NOON, actor=None)
    assert spoken(bill) == {("closed", "BLOCK")}


def test_queries_do_not_grow_with_the_bills(customer, biller):
    bills = [draft(biller, customer=customer, lines=[line(str(n))]) for n in range(1, 6)]
    counts = []
    for some in (bills[:1], bills):
        with CaptureQueriesContext(connection) as captured:
            findings_of_many(some, day=DAY)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 13
