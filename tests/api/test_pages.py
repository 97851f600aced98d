"""Pages by cursor: whole, stable, and at the same price for one row as for fifty."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant_scope
from customers.models import Customer
from invoices import operations
from invoices.models import Charge
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.factories import (
    ContactFactory,
    CustomerFactory,
    PaymentTermPartFactory,
    ProductFactory,
)
from tests.invoices.helpers import line


def path_of(address: str) -> str:
    return address.partition("/api/v1/")[2]


def test_every_row_once_forwards_and_back(admin: Program, world) -> None:
    made = [world(CustomerFactory).pk for _ in range(7)]
    newest = [f"cus_{pk}" for pk in reversed(made)]
    found, page, pages = [], admin.get("customers/?limit=3").json(), []
    while True:
        pages.append(page)
        found += [one["id"] for one in page["results"]]
        if page["next"] is None:
            break
        assert page["next"].startswith("http://testserver/api/v1/customers/?")
        page = admin.get(path_of(page["next"])).json()
    assert found == newest
    assert pages[0]["previous"] is None
    back = admin.get(path_of(pages[2]["previous"])).json()
    assert back["results"] == pages[1]["results"]
    first = admin.get(path_of(back["previous"])).json()
    assert first["results"] == pages[0]["results"]
    assert first["previous"] is None
    assert admin.get(path_of(first["next"])).json()["results"] == pages[1]["results"]


def test_rows_that_come_meanwhile_change_no_page(admin: Program, world) -> None:
    for _ in range(4):
        world(CustomerFactory)
    first = admin.get("customers/?limit=2").json()
    world(CustomerFactory)
    world(lambda: Customer.objects.order_by("pk").last().delete())
    second = admin.get(path_of(first["next"])).json()
    assert len({one["id"] for one in first["results"] + second["results"]}) == 4


def test_the_filter_goes_along(admin: Program, world) -> None:
    for count in range(4):
        world(lambda count=count: CustomerFactory(currency="EUR" if count % 2 else "CNY"))
    page = admin.get("customers/?limit=1&currency=EUR").json()
    following = admin.get(path_of(page["next"])).json()
    assert [one["currency"] for one in following["results"]] == ["EUR"]
    assert following["next"] is None


def test_nothing(admin: Program) -> None:
    assert admin.get("customers/").json() == {"next": None, "previous": None, "results": []}


LISTS = (
    "customers/", "contacts/", "products/", "charges/", "invoices/", "receipts/",
    "allocations/", "open-items/", "aging/", "aging/?by=item",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_as_many_statements_for_one_row_as_for_many(admin: Program, tenant, path) -> None:
    with tenant_scope(tenant.pk):
        _rows(1)
    one = _statements(admin, path)
    with tenant_scope(tenant.pk):
        _rows(5)
    many = _statements(admin, path)
    assert one == many <= 20, (one, many)


def test_one_bill_of_one_line_and_of_twenty(admin: Program, tenant, members) -> None:
    counts = []
    for lines in (1, 20):
        with tenant_scope(tenant.pk):
            customer = CustomerFactory(terms=PaymentTermPartFactory().term)
            head = operations.head_for(customer)
            bill = operations.save_draft(
                invoice=None, head=head, lines=[line()] * lines, at=NOON, actor=members["BILLER"]
            )
        counts.append(_statements(admin, f"invoices/inv_{bill.pk}/"))
    assert counts[0] == counts[1] <= 20


def _statements(admin: Program, path: str) -> int:
    admin.get(path)  # the key's last use is written now, not below
    with CaptureQueriesContext(connection) as captured:
        assert admin.get(path).status_code == 200
    return len(captured)


def _rows(count: int) -> None:
    for _ in range(count):
        customer = ContactFactory(customer__terms=PaymentTermPartFactory().term).customer
        product = ProductFactory()
        Charge.objects.create(
            customer=customer, description="X", service_date=NOON.date(), quantity=1, unit_price=1,
            currency="CNY", tax_code=product.tax_code, created_at=NOON,
        )  # fmt: skip
        import_bills(
            bills=[
                ImportedBill(
                    customer, f"B-{customer.pk}", NOON.date(), NOON.date(), Decimal(50), "CNY", ""
                )
            ],
            at=NOON,
            actor=None,
        )
        item = OpenItem.objects.debts().get(customer=customer)
        receive(
            draft=ReceiptDraft(customer.pk, NOON.date(), "CNY", item.amount),
            allocations={item.pk: item.amount / 2},
            at=NOON,
            actor=None,
        )
