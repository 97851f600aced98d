"""The invariants find what is broken; charges come from files, once."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from core.books import invariants
from core.db import as_owner
from core.imports import importer_of, read_bytes, run
from core.tenancy import tenant_scope
from invoices import importers, operations
from invoices.models import Charge
from tests.conftest import NOON
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import draft, issued, line
from tests.invoices.test_review import bill_charges, charge
from tests.invoices.test_schedules import schedule

D = Decimal


VOID_ALL = (
    "UPDATE invoices_invoice SET state = 'VOID', voided_at = now(), void_reason = 'x' "
    "WHERE state = 'ISSUED'"
)


def broken() -> set[str]:
    found = {
        one.name: one.count_broken() for one in invariants() if one.name.startswith("invoices.")
    }
    assert len(found) >= 10
    return {name.removeprefix("invoices.") for name, count in found.items() if count}


@pytest.fixture
def books(tenant, members):
    with tenant_scope(tenant.pk):
        for number in (1, 2, 3):
            issued(members["BILLER"], members["APPROVER"], lines=[line(str(number)), line("0.33")])
        operations.void(
            invoice=issued(members["BILLER"], members["APPROVER"]),
            reason="x",
            at=NOON,
            actor=None,
        )
        issued(
            members["BILLER"],
            members["APPROVER"],
            lines=[line("0")],
            issue_at=NOON + timedelta(days=365),
        )
        draft(members["BILLER"])
        customer = CustomerFactory()
        charge(customer)
        bill_charges(customer, members["BILLER"])
        operations.make_drafts(schedule=schedule(), day=date(2026, 3, 2), at=NOON)
    return tenant


def test_good_books_are_clean(books):
    with tenant_scope(books.pk):
        assert broken() == set()


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("header_is_lines_less_discount", "UPDATE invoices_invoiceline SET net_amount = 9"),
        ("tax_is_the_sum_of_its_table", "UPDATE invoices_invoicetax SET tax_amount = 9"),
        ("instalments_are_the_total", "UPDATE invoices_instalment SET amount = 9"),
        ("instalments_agree_with_their_items", "UPDATE invoices_instalment SET amount = 9"),
        (
            "items_of_bills_have_their_instalment",
            "DELETE FROM invoices_instalment WHERE position = 1",
        ),
        ("void_bills_owe_nothing", VOID_ALL),
        ("numbers_have_no_gap", "UPDATE core_numberseries SET next_number = next_number + 1"),
        ("charges_fit_their_bill", "UPDATE invoices_charge SET currency = 'USD'"),
        ("schedules_stand_after_what_they_billed", "UPDATE invoices_schedule SET next_index = 0"),
    ],
)  # fmt: skip
def test_broken_books_are_found(books, name, sql):
    tables = ("invoice", "invoiceline", "invoicetax", "instalment")
    with (
        as_owner(),
        suppress(Undo),
        transaction.atomic(),
        tenant_scope(books.pk),
        connection.cursor() as cursor,
    ):
        for table in tables:
            cursor.execute(f"ALTER TABLE invoices_{table} DISABLE TRIGGER USER")
        cursor.execute(sql)
        assert name in broken()
        raise Undo


class Undo(Exception):
    """Takes the damage back."""


HEADER = "customer_code,description,service_date,quantity,unit_price,product,tax,external_key\n"


def imported(*rows, dry_run=False):
    sheet = read_bytes((HEADER + "\n".join(rows) + "\n").encode())
    assert importers.ChargeImporter.kind == "charges"
    return run(importer=importer_of("charges"), sheet=sheet, at=NOON, actor=None, dry_run=dry_run)


def test_charges_are_imported_once(in_tenant):
    CustomerFactory(code="C-1", currency="CNY")
    TaxCodeFactory(name="VAT", is_default=True)
    product = ProductFactory(code="P-1", unit="h", unit_price=D("80"))
    rows = (
        "C-1,Delivery,2026-02-01,3,10.50,,,K-1",
        "C-1,Delivery,2026-02-01,3,10.50,,,",
        "C-1,Delivery,2026-02-01,3,10.50,,,",  # a true twin
        "C-1,,2026-02-02,,,P-1,,",
    )
    report = imported(*rows, dry_run=True)
    assert (report.new, Charge.objects.count()) == (4, 0)
    report = imported(*rows)
    assert (report.new, report.same, report.errors) == (4, 0, [])
    report = imported(*rows)
    assert (report.new, report.same) == (0, 4)
    by_product = Charge.objects.get(product=product)
    assert (by_product.unit, by_product.unit_price, by_product.quantity) == ("h", D(80), D(1))
    assert by_product.description == product.name


def test_rows_that_cannot_be_charges_are_named(in_tenant):
    CustomerFactory(code="C-1")
    CustomerFactory(code="C-9", status="ARCHIVED")
    TaxCodeFactory(is_default=True)
    ProductFactory(code="P-USD", currency="USD")
    report = imported(
        "C-2,Delivery,2026-02-01,1,1,,,",
        "C-9,Delivery,2026-02-01,1,1,,,",
        "C-1,,2026-02-01,1,1,,,",
        "C-1,Delivery,01/02/2026,1,1,,,",
        "C-1,Delivery,2026-02-01,1,,,,",
        "C-1,Delivery,2026-02-01,1,,P-USD,,",
        "C-1,Delivery,2026-02-01,1,1,P-0,,",
        "C-1,Delivery,2026-02-01,1,1,,None,",
        "C-1,Delivery,2026-02-01,1,1,,,K",
        "C-1,Delivery,2026-02-01,1,1,,,K",
    )
    assert report.new == 1
    assert [error.row for error in report.errors] == [2, 3, 4, 5, 6, 7, 8, 9, 11]
