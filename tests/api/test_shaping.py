"""Fewer fields and more beside an id: as asked for, refused by name, and at a fixed price."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.roles import Role
from invoices.models import Charge
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.invoices.helpers import customer_with_terms, draft, issued, line


@pytest.fixture
def bill(members, world):
    return world(lambda: issued(members["BILLER"], members["APPROVER"]))


def test_fields_leave_only_what_was_asked_for(admin: Program, bill) -> None:
    [row] = admin.get("invoices/?fields=id,number").json()["results"]
    assert list(row) == ["id", "number"]
    one = admin.get(f"invoices/inv_{bill.pk}/?fields=total&fields=open,lines")
    assert set(one.json()) == {"total", "open", "lines"}
    assert one["ETag"] == f'"{bill.version}"'


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("fields=id,nmber", "fields"),
        ("fields=", "fields"),
        ("fields=lines", "fields"),
        ("expand=terms", "expand"),
        ("expand=customer,", "expand"),
        ("sort=number", "sort"),
    ],
)
def test_names_nobody_knows_are_refused(admin: Program, bill, query, parameter) -> None:
    errors = admin.get(f"invoices/?{query}", status=400).json()["errors"]
    assert {one["parameter"] for one in errors} == {parameter}


def test_what_is_shaped_by_itself_takes_neither(admin: Program) -> None:
    admin.get("key/?fields=id", status=400)
    admin.get("aging/?fields=rows", status=400)
    admin.get("customers/?expand=contacts", status=400)


def test_the_customer_instead_of_its_id(admin: Program, bill) -> None:
    whole = admin.get(f"customers/cus_{bill.customer_id}/").json()
    [row] = admin.get("invoices/?expand=customer&fields=number").json()["results"]
    assert row == {"number": bill.number, "customer": whole}
    one = admin.get(f"invoices/inv_{bill.pk}/?expand=customer").json()
    assert one["customer"] == whole
    [item] = admin.get("open-items/?expand=customer").json()["results"]
    assert item["customer"] == whole


def test_it_needs_the_right_to_read_customers(program, bill) -> None:
    narrow = program(Role.ADMIN, "invoices:read")
    refused = narrow.get("invoices/?expand=customer", status=403).json()
    assert refused["code"] == "scope_missing"
    assert narrow.get("invoices/?expand=lines").json()["results"][0]["lines"]


def test_lines_and_allocations(admin: Program, bill, members, world) -> None:
    other = world(lambda: draft(members["BILLER"], lines=[line("1.00"), line("2.00")]))
    rows = admin.get("invoices/?expand=lines").json()["results"]
    whole = {name: admin.get(f"invoices/{name}/").json()["lines"] for name in
             (f"inv_{bill.pk}", f"inv_{other.pk}")}  # fmt: skip
    assert {row["id"]: row["lines"] for row in rows} == whole

    def pay():
        item = OpenItem.objects.get(instalment__invoice=bill)
        money = ReceiptDraft(bill.customer_id, NOON.date(), "CNY", item.amount)
        receive(draft=money, allocations={item.pk: item.amount / 2}, at=NOON, actor=None)
        receive(draft=money, at=NOON, actor=None)

    world(pay)
    unused, used = admin.get("receipts/?expand=allocations").json()["results"]
    assert unused["allocations"] == []
    assert used["allocations"] == admin.get("allocations/").json()["results"]
    one = admin.get(f"receipts/{used['id']}/?expand=allocations,customer").json()
    assert one["allocations"] == used["allocations"]
    assert one["customer"]["id"] == f"cus_{bill.customer_id}"


def test_a_page_costs_the_same_whatever_is_on_it(admin: Program, members, world) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            own = issued(members["BILLER"], members["APPROVER"], customer=customer_with_terms())
            item = OpenItem.objects.get(instalment__invoice=own)
            money = ReceiptDraft(own.customer_id, NOON.date(), "CNY", item.amount)
            receive(draft=money, allocations={item.pk: item.amount}, at=NOON, actor=None)

    paths = ("invoices/?expand=customer,lines", "receipts/?expand=customer,allocations")
    counts = []
    for more in (1, 3):
        world(lambda more=more: add(more))
        admin.get("key/")
        with CaptureQueriesContext(connection) as captured:
            for path in paths:
                assert admin.get(path).json()["results"]
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert world(Charge.objects.count) == 0
