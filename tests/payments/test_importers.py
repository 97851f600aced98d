"""Importing bills with payments, and receipts; the real file if it lies beside the project."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

import payments.importers  # noqa: F401 - registers the kinds
from core.companies import forget_tenant
from core.imports import Report, importer_of, read_bytes, run
from core.models import Tenant, User
from customers.models import Customer, PaymentTerm, PaymentTermPart
from invoices.models import Invoice
from invoices.operations import void
from ledger.models import Entry, OpenItem
from ledger.operations import close_period
from payments.models import Receipt
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.invoices.helpers import issued

REAL = Path(os.environ.get("DUEBOOK_DATA", settings.BASE_DIR.parent / "shared" / "data"))


def bring(kind: str, text: str, **options: object) -> Report:
    sheet = read_bytes(text.encode())
    return run(importer=importer_of(kind), sheet=sheet, at=NOON, actor=None, **options)


BILLS = """customer_code,customer_name,number,bill_date,due_date,amount,currency,paid_on,paid_amount
C1,上海海纳,B-1,2026-01-05,2026-02-04,113.00,CNY,2026-02-01,113.00
C1,上海海纳,B-2,2026-01-06,2026-02-05,50.00,CNY,2026-02-10,20.00
C2,Nord GmbH,B-3,2026-01-07,2026-02-06,10.00,EUR,,
C2,Nord GmbH,B-4,2026-01-08,2026-02-07,70.00,CNY,2026-02-10,90.00
"""


def test_bills_come_with_customers_payments_and_allocations(in_tenant: Tenant) -> None:
    report = bring("bills", BILLS)

    assert report.totals == "new 4, same 0, error 0"
    open_amounts = {item.label: item.open_amount for item in OpenItem.objects.debts()}
    assert open_amounts == {"B-1": 0, "B-2": 30, "B-3": 10, "B-4": 0}
    assert OpenItem.objects.get(label="B-1").closed_on == date(2026, 2, 1)
    assert sum(item.open_amount for item in OpenItem.objects.credits()) == -20
    bill = Invoice.objects.get(number="B-3")
    assert (bill.state, bill.currency, bill.issue_date) == ("ISSUED", "EUR", date(2026, 1, 7))
    assert bill.parties["buyer"]["name"] == "Nord GmbH"


def test_the_same_file_again_changes_nothing(in_tenant: Tenant) -> None:
    bring("bills", BILLS)
    entries = Entry.objects.count()

    assert bring("bills", BILLS).totals == "new 0, same 4, error 0"
    assert Entry.objects.count() == entries


def test_a_later_file_brings_the_payment(in_tenant: Tenant) -> None:
    bring("bills", BILLS)

    report = bring("bills", BILLS.replace("EUR,,", "EUR,2026-03-01,10.00"))

    assert report.totals == "new 0, update 1, same 3, error 0"
    assert OpenItem.objects.get(label="B-3").open_amount == 0
    assert report.notes == ["Payments added to known bills: 1."]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("C1,x,B-9,2026-02-31,2026-03-31,5,CNY,,", "bill_date"),
        ("C1,x,B-9,2026-04-01,2026-05-01,5,CNY,,", "bill_date"),
        ("C1,x,B-9,2026-01-01,2026-02-01,NaN,CNY,,", "amount"),
        ("C1,x,B-9,2026-01-01,2026-02-01,1e3,CNY,,", "amount"),
        ("C1,x,B-9,2026-01-01,2026-02-01,-5,CNY,,", "amount"),
        ("C1,x,B-9,2026-01-01,2026-02-01,5.001,CNY,,", "amount"),
        ("C1,x,B-9,2026-01-01,2026-02-01,5,ZZZ,,", "currency"),
        ("C1,x,,2026-01-01,2026-02-01,5,CNY,,", "number"),
        (",x,B-9,2026-01-01,2026-02-01,5,CNY,,", "customer_code"),
        ("C1,x,B-9,2026-01-01,2026-02-01,5,CNY,,5", "paid_on"),
        ("C1,x,B-9,2026-01-01,2026-02-01,5,CNY,2026-12-01,5", "paid_on"),
        ("C1,x,B-1,2026-01-05,2026-02-04,114.00,CNY,,", "amount"),
        ("C9,x,B-1,2026-01-05,2026-02-04,113.00,CNY,,", "customer_code"),
    ],
)
def test_a_bad_row_is_named_at_its_cell_and_leaves_nothing(
    in_tenant: Tenant, row: str, column: str
) -> None:
    bring("bills", BILLS)
    head = BILLS.splitlines()[0]

    report = bring("bills", f"{head}\n{row}\n")

    assert [(error.row, error.column) for error in report.errors] == [(2, column)]
    assert Invoice.objects.count() == 4


def test_receipts_pay_the_bill_they_name_once(in_tenant: Tenant) -> None:
    bring("bills", BILLS)
    text = (
        "customer_code,date,amount,currency,reference,invoice\n"
        "C1,2026-02-20,30.00,CNY,thanks,B-2\n"
        "C2,2026-02-20,4.00,EUR,,B-3\n"
        "C2,2026-02-20,4.00,EUR,,B-3\n"
        "C2,2026-02-20,5.00,EUR,on account,\n"
        "C1,2026-02-20,4.00,CNY,wrong,B-3\n"
    )

    report = bring("receipts", text)

    assert report.totals == "new 4, same 0, error 1"
    assert OpenItem.objects.get(label="B-2").open_amount == 0
    assert OpenItem.objects.get(label="B-3").open_amount == 2
    count = Receipt.objects.count()
    assert bring("receipts", text).totals == "new 0, same 4, error 1"
    assert Receipt.objects.count() == count


def closed_until(day: date) -> None:
    close_period(last_day=day, at=NOON, actor=None)


def refused(report: Report) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in report.errors]


HEAD = "customer_code,number,bill_date,due_date,amount,paid_on,paid_amount,external_key\n"


def test_an_external_key_belongs_to_one_bill(in_tenant: Tenant) -> None:
    assert bring("bills", f"{HEAD}C1,A-1,2026-01-05,2026-02-05,5,,,K1\n").new == 1

    report = bring(
        "bills",
        HEAD
        + "C1,A-2,2026-01-05,2026-02-05,5,,,K1\n"
        + "C1,A-3,2026-01-05,2026-02-05,5,,,K3\n"
        + "C1,A-4,2026-01-05,2026-02-05,5,,,K3\n"
        + "C1,A-1,2026-01-05,2026-02-05,5,,,K1\n",
    )

    assert (report.new, report.same) == (1, 1)
    assert refused(report) == [(2, "external_key"), (4, "external_key")]


def test_closed_periods_refuse_rows_and_not_the_file(in_tenant: Tenant) -> None:
    bring("bills", BILLS)
    closed_until(date(2026, 2, 15))

    report = bring(
        "bills",
        HEAD
        + "C1,A-1,2026-02-01,2026-03-01,5,,,\n"
        + "C1,A-2,2026-02-20,2026-03-01,5,2026-02-10,5,\n"
        + "C1,A-3,2026-02-20,2026-03-01,5,2026-02-20,5,\n",
    )

    assert (report.new, refused(report)) == (1, [(2, "bill_date"), (3, "paid_on")])
    assert bring("bills", BILLS).totals == "new 0, same 4, error 0"
    text = "customer_code,received_on,amount\nC1,2026-02-15,5\nC1,2026-02-16,5\n"
    report = bring("receipts", text)
    assert (report.new, refused(report)) == (1, [(2, "received_on")])


def test_void_bills_and_archived_customers_are_refused_by_row(in_tenant: Tenant) -> None:
    bring("bills", BILLS)
    void(invoice=Invoice.objects.get(number="B-3"), reason="x", at=NOON, actor=None)
    Customer.objects.create(
        code="C9", name="Gone", status="ARCHIVED", currency="CNY", created_at=NOON
    )

    report = bring(
        "bills",
        BILLS.replace("EUR,,", "EUR,2026-03-01,10.00")
        + "C9,,B-7,2026-01-07,2026-02-06,10.00,CNY,,\n"
        + "C\u00ad8,,B-8,2026-01-07,2026-02-06,10.00,CNY,,\n"
        + "C3,,B-9,2026-01-07,2026-02-06,10.00,CNY,,\n",
    )

    assert (report.new, report.same) == (1, 3)
    assert refused(report) == [(4, "number"), (6, "customer_code"), (7, "customer_code")]


def test_a_payment_of_a_known_bill_pays_its_instalments_oldest_first(
    in_tenant: Tenant, members: dict[str, User]
) -> None:
    term = PaymentTerm.objects.create(name="halves")
    for position, days in ((1, 10), (2, 20)):
        PaymentTermPart.objects.create(term=term, position=position, weight=50, days=days)
    customer = CustomerFactory(code="C7", terms=term)
    bill = issued(members["BILLER"], members["APPROVER"], customer=customer)
    due = date(2026, 3, 22)

    report = bring("bills", f"{HEAD}C7,{bill.number},2026-03-02,{due},113,2026-03-02,100,\n")

    assert (report.errors, report.updated) == ([], 1)
    left = OpenItem.objects.debts().order_by("due_date").values_list("open_amount", flat=True)
    assert list(left) == [0, 13]


def test_a_payment_that_is_there_is_not_another_one(in_tenant: Tenant) -> None:
    bring("bills", BILLS)

    report = bring("bills", BILLS.replace("2026-02-10,20.00", "2026-02-10,50.00"))

    assert refused(report) == [(3, "paid_amount")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("C2,2026-02-20,30.00,CNY,K1", "customer_code"),
        ("C1,2026-02-21,30.00,CNY,K1", "received_on"),
        ("C1,2026-02-20,31.00,CNY,K1", "amount"),
        ("C1,2026-02-20,30.00,EUR,K1", "currency"),
    ],
)
def test_a_key_names_one_receipt(in_tenant: Tenant, row: str, column: str) -> None:
    bring("bills", BILLS)
    head, first = "customer_code,received_on,amount,currency,key\n", "C1,2026-02-20,30.00,CNY,K1\n"

    together = bring("receipts", f"{head}{first}{row}\n{first}")
    later = bring("receipts", f"{head}{row}\n{first}")

    assert (together.new, together.same, refused(together)) == (1, 1, [(3, column)])
    assert (later.new, later.same, refused(later)) == (0, 1, [(2, column)])


def test_a_refused_row_does_not_take_its_key(in_tenant: Tenant) -> None:
    bring("bills", BILLS)
    head = "customer_code,received_on,amount,currency,key\n"

    report = bring("receipts", f"{head}C99,2026-02-20,5,CNY,K1\nC1,2026-02-20,5,CNY,K1\n")

    assert (report.new, report.same, refused(report)) == (1, 0, [(2, "customer_code")])


def test_the_base_currency_is_asked_for_in_every_run(in_tenant: Tenant) -> None:
    bring("bills", f"{HEAD}C1,A-1,2026-01-05,2026-02-05,5,,,\n")
    Tenant.objects.filter(pk=in_tenant.pk).update(currency="EUR")
    forget_tenant()
    bring("bills", f"{HEAD}C1,A-2,2026-01-05,2026-02-05,5,,,\n")

    assert list(Invoice.objects.order_by("number").values_list("currency", flat=True)) == [
        "CNY",
        "EUR",
    ]


@pytest.mark.skipif(not (REAL / "ibm_ar.csv").exists(), reason="the real file is not here")
def test_the_real_file_gives_the_open_amounts_a_plain_script_gives(in_tenant: Tenant) -> None:
    path = REAL / "ibm_ar.csv"
    names = {
        "customer_code": "customerID",
        "number": "invoiceNumber",
        "bill_date": "InvoiceDate",
        "due_date": "DueDate",
        "amount": "InvoiceAmount",
        "paid_on": "SettledDate",
    }
    sheet = read_bytes(path.read_bytes())

    report = run(
        importer=importer_of("bills"),
        sheet=sheet,
        at=NOON,
        actor=None,
        asked=names,
        date_format="%m/%d/%Y",
    )

    assert report.totals == "new 2466, same 0, error 0"
    entries = list(Entry.objects.values_list("effective_date", "item__customer__code", "amount"))
    for day in (date(2012, 6, 30), date(2013, 2, 28), date(2013, 12, 31), date(2014, 1, 9)):
        assert open_by_customer(entries, day) == plain_script(path, day)


def open_by_customer(entries: list[tuple[date, str, Decimal]], day: date) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for effective_date, code, amount in entries:
        if effective_date <= day:
            sums[code] += amount
    return {code: amount for code, amount in sums.items() if amount}


def plain_script(path: Path, day: date) -> dict[str, Decimal]:
    def read(text: str) -> date:
        return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day

    sums: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if read(row["InvoiceDate"]) <= day < read(row["SettledDate"]):
                sums[row["customerID"]] += Decimal(row["InvoiceAmount"])
    return dict(sums)
