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
from core.imports import Report, importer_of, read_bytes, run
from core.models import Tenant
from invoices.models import Invoice
from ledger.models import Entry, OpenItem
from payments.models import Receipt
from tests.conftest import NOON

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

    assert report.totals == "new 0, same 4, error 0"
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
