"""Importing customers by command: what is new, what is there, what is wrong; all of it said."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, Tenant
from core.tenancy import tenant_scope
from customers.import_changes import changed
from customers.models import Contact, Customer, PaymentTerm
from customers.operations import CustomerDraft, LimitOfOldCurrency, NewCustomer
from tests.factories import CustomerFactory


def imported(path: Path, *words: str, tenant: str = "acme", kind: str = "customers") -> list[str]:
    """Return the lines the command prints; the last one is prefixed with its exit code."""
    out, code = io.StringIO(), 0
    try:
        call_command(
            "import_file", str(path), "--tenant", tenant, "--kind", kind, *words, stdout=out
        )
    except SystemExit as error:
        code = int(error.code)
    *lines, totals = out.getvalue().splitlines()
    return [*lines, f"{code}: {totals}"]


@pytest.fixture
def file(tmp_path):
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "customers.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def customers(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Customer.objects.order_by("code").values_list("code", flat=True))


def test_a_row_with_a_new_currency_needs_a_new_limit(in_tenant):
    customer = CustomerFactory(credit_limit=Decimal(5000))
    for limit, given in ((None, {"currency"}), (Decimal(5000), {"currency", "credit_limit"})):
        draft = CustomerDraft(customer.name, currency="USD", credit_limit=limit)
        with pytest.raises(LimitOfOldCurrency):
            changed(customer, NewCustomer(draft), frozenset(given))
    draft = replace(draft, credit_limit=Decimal(700))
    told = changed(customer, NewCustomer(draft), frozenset(given))
    assert told.values == {"currency": "USD", "credit_limit": 700}


def test_new_then_same(tenant, file):
    path = file(
        "Code,Customer name,Currency,Credit limit,Contact,E-mail,Address,Unknown\n"
        'A,Acme Ltd,EUR,"3,000.00",Li Na,li@acme.test,"Street 1\nTown",x\n'
        "B,Bee GmbH,,,,,,\n"
    )

    assert imported(path) == ["Columns not used: Unknown.", "0: new 2, same 0, error 0"]
    assert imported(path) == ["Columns not used: Unknown.", "0: new 0, same 2, error 0"]

    with tenant_scope(tenant.pk):
        acme = Customer.objects.get(code="A")
        assert (acme.name, acme.currency, acme.credit_limit) == ("Acme Ltd", "EUR", 3000)
        assert acme.contacts.get().email == "li@acme.test"
        assert acme.addresses.get().text == "Street 1\nTown"
        assert Customer.objects.get(code="B").currency == "CNY"
        assert AuditEntry.objects.filter(event="customer.created").count() == 2
        assert Contact.objects.count() == 1


def test_a_gbk_file_with_chinese_headers(tenant, file):
    path = file(
        "客户编号;客户名称;统一社会信用代码;国家;语言;类型;联系人角色;邮箱\n"
        "甲1;上海晨光科技有限公司;91350100M000100Y43;cn;中文;企业;账单、付款;a@b.test\n",
        "gbk",
    )

    assert imported(path) == ["Read as GB18030.", "0: new 1, same 0, error 0"]
    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert (customer.code, customer.name) == ("甲1", "上海晨光科技有限公司")
        assert (customer.tax_id, customer.country) == ("91350100M000100Y43", "CN")
        assert customer.language == "zh-hans"
        assert customer.contacts.get().roles == ["BILLING", "PAYER"]


def test_each_error_names_row_column_and_cell_and_the_rest_is_imported(tenant, file):
    path = file(
        "code,name,currency,country,tax_id,credit_limit,email,terms,kind,po_required,externalKey\n"
        "A,Acme,EUR,,,,,,,,k1\n"
        "B,,EUR,,,,,,,,\n"
        "C,Cee,EURO,,,,,,,,\n"
        "D,Dee,,CN,91350100M000100Y4Z,,,,,,\n"
        "E,Eee,,,,NaN,,,,,\n"
        "F,Eff,,,,1e3,,,,,\n"
        "G,Gee,,,,,no mail,,,,\n"
        "H,Aitch,,,,,,14 days,,,\n"
        "I,Eye,,,,,,,robot,,\n"
        "J,Jay,,,,,,,,maybe,\n"
        "A,Twin,,,,,,,,,\n"
        ",No code,,,,,,,,,\n"
        "K,Kay,,,,,,,,,k1\n"
        "L,Ell,JPY,,,0.5,,,,,\n"
        "M,Em,,,,-5,,,,,\n"
        "N,=HYPERLINK(1),,,,,,,,,\n"
    )

    *lines, totals = imported(path)

    assert totals == "1: new 2, same 0, error 14"
    assert [line.split(":")[0] for line in lines] == [f"row {n}" for n in range(3, 17)]
    assert lines[0] == 'row 3: error column "name" (): is empty'
    assert lines[1].startswith('row 4: error column "currency" (EURO):')
    assert lines[2].startswith('row 5: error column "tax_id" (91350100M000100Y4Z):')
    assert lines[3].startswith('row 6: error column "credit_limit" (NaN): is no amount')
    assert lines[5].startswith('row 8: error column "email" (no mail):')
    assert lines[9] == 'row 12: error column "code" (A): stands in row 2 already'
    assert lines[11] == 'row 14: error column "externalKey" (k1): stands in row 2 already'
    assert customers(tenant) == ["A", "N"]
    with tenant_scope(tenant.pk):
        assert Customer.objects.get(code="N").name == "=HYPERLINK(1)"


def test_a_customer_that_is_there_is_never_changed(tenant, file):
    imported(file("code,name,limit,email\nA,Acme,100,a@b.test\n"))

    assert imported(file("code,name,limit\nA,Other,100\n")) == [
        (
            'row 2: error column "name" (Other): '
            "differs from customer A, who is there already; an import changes nothing"
        ),
        "1: new 0, same 0, error 1",
    ]
    assert imported(file("code,name,limit\nA,Acme,\n"))[-1] == "0: new 0, same 1, error 0"
    assert imported(file("code,name,email\nA,Acme,new@b.test\n"))[-1].endswith("error 1")
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().name == "Acme"


def test_a_long_address_names_its_contact_in_part(tenant, file):
    email = f"{'a' * 60}@{'b' * 60}.{'c' * 50}.test"

    assert imported(file(f"code,name,email\nA,Acme,{email}\n"))[-1].startswith("0: new 1")
    with tenant_scope(tenant.pk):
        assert Contact.objects.get().name == email[:120]


def test_the_external_key_alone_is_enough(tenant, file):
    path = file("external_key,name\n4711,Acme\n4712,Bee\n")

    assert imported(path)[-1] == "0: new 2, same 0, error 0"
    assert imported(path)[-1] == "0: new 0, same 2, error 0"
    assert customers(tenant) == ["C00001", "C00002"]
    assert imported(file("code,external_key,name\nX,4711,Acme\n"))[0] == (
        'row 2: error column "external_key" (4711): belongs to customer C00001'
    )


def test_a_dry_run_writes_nothing_and_says_so(tenant, file):
    lines = imported(file("code,name\nA,Acme\nB,\n"), "--dry-run")

    assert lines[-2:] == [
        "Dry run: nothing was imported; the totals say what would be.",
        "1: new 1, same 0, error 1",
    ]
    assert customers(tenant) == []
    with tenant_scope(tenant.pk):
        assert not AuditEntry.objects.exists()


def test_all_or_nothing(tenant, file):
    assert imported(file("code,name\nA,Acme\nB,\n"), "--all-or-nothing")[-2:] == [
        "Nothing was imported, because of the errors.",
        "1: new 0, same 0, error 1",
    ]
    assert customers(tenant) == []
    assert imported(file("code,name\nA,Acme\n"), "--all-or-nothing")[-1] == (
        "0: new 1, same 0, error 0"
    )


def test_a_mapping_and_its_mistakes(tenant, file):
    path = file('customerID,"Name, long"\nA,Acme\n')

    with pytest.raises(CommandError, match="lacks"):
        imported(path, "--map", "code=customerID")
    with pytest.raises(CommandError, match='no column "Kunde"'):
        imported(path, "--map", "code=customerID,name=Kunde")
    with pytest.raises(CommandError, match="ours=theirs"):
        imported(path, "--map", "code")
    with pytest.raises(CommandError, match="twice"):
        imported(path, "--map", "code=customerID", "--map", "code=customerID")
    words = ("--map", "code=CustomerId", "--map", '"name=Name, long"')
    assert imported(path, *words)[-1] == "0: new 1, same 0, error 0"


def test_an_xlsx_file_keeps_codes_and_amounts(tenant, tmp_path):
    book = openpyxl.Workbook()
    for row in (("code", "name", "limit"), (1001, "Acme", 1128.2), ("007", "=1+1", None)):
        book.active.append(row)
    book.active["B3"].data_type = "s"  # text that looks like a formula
    path = tmp_path / "customers.xlsx"
    book.save(path)

    assert imported(path)[-1] == "0: new 2, same 0, error 0"
    assert customers(tenant) == ["007", "1001"]
    with tenant_scope(tenant.pk):
        assert Customer.objects.get(code="007").name == "=1+1"
        assert str(Customer.objects.get(code="1001").credit_limit) == "1128.2000"


@pytest.mark.parametrize("words", [("--date-format", "%Y"), ("--date-format", "%Q")])
def test_a_date_format_that_tells_no_day_is_refused(tenant, file, words):
    with pytest.raises(CommandError, match="year, month and day"):
        imported(file("code,name\nA,Acme\n"), *words)


def test_what_cannot_be_read_is_said(tenant, tmp_path, file):
    with pytest.raises(CommandError, match="cannot be read"):
        imported(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="no company nowhere"):
        imported(file("code,name\n"), tenant="nowhere")


def test_terms_and_other_companies_stay_apart(tenant, other_tenant, file):
    with tenant_scope(other_tenant.pk):
        PaymentTerm.objects.create(name="30 days")
    with tenant_scope(tenant.pk):
        terms = PaymentTerm.objects.create(name="14 days")
    path = file("code,name,terms\nA,Acme,14 days\nB,Bee,30 days\n")

    assert imported(path)[-1] == "1: new 1, same 0, error 1"
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().terms == terms
    assert customers(other_tenant) == []


def test_thirty_rows_take_no_more_statements_than_three(tenant, tmp_path):
    def statements(count: int) -> int:
        path = tmp_path / f"{count}.csv"
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["code", "name", "email", "address"])
            writer.writerows(
                [f"{count}-{n}", f"Customer {n}", f"c{n}@x.test", "Street"] for n in range(count)
            )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert imported(path)[-1] == f"0: new {count}, same 0, error 0"
        return len(queries)

    assert statements(3) == statements(30)
