"""The list of customers: what it shows, finds, adds up and exports; the search for choosing."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from core.tenancy import tenant_scope
from customers import queries
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill, receipt, settle
from tests.customers.pages import make, questions, text, url
from tests.factories import ContactFactory, CustomerFactory


def test_the_list_shows_each_currency_and_adds_none(as_admin, tenant, today):
    with tenant_scope(tenant.pk):
        first = CustomerFactory(code="A", name="Acme", credit_limit=Decimal(400))
        bill(first, "300.00", due=today - timedelta(days=40))
        bill(first, "200.00", due=today)
        bill(first, "70.00", currency="EUR", due=today - timedelta(days=3))
        settle(receipt(first, "120.00"), bill(first, "50.00", due=today), "50.00")
        second = CustomerFactory(code="B", name="Bee", currency="EUR")
        bill(second, "11.00", currency="EUR")
        CustomerFactory(code="C", name="Cee", status="ARCHIVED")

    response = as_admin.get(url())
    shown = text(response)

    assert response.status_code == 200
    assert "CNY 430.00 300.00" in shown
    assert "EUR 70.00" in shown
    assert "108 %" in shown
    assert re.search(r"CNY 1 430\.00 300\.00", shown)
    assert re.search(r"EUR 2 81\.00 81\.00", shown)
    assert "Cee" not in shown
    assert "Cee" in text(as_admin.get(url("?status=ARCHIVED")))


def test_sums_of_a_page_are_those_of_its_customers(tenant, today):
    with tenant_scope(tenant.pk):
        first, second = CustomerFactory(code="A"), CustomerFactory(code="B", currency="EUR")
        bill(first, "300.00", due=today - timedelta(days=40))
        bill(first, "70.00", currency="EUR", due=today + timedelta(days=3))
        bill(second, "11.50", currency="EUR", due=today - timedelta(days=1))
        receipt(second, "1.00")
        rows = queries.for_list(day=today)
        assert queries.totals_of_rows(rows) == queries.totals(rows, day=today)
        assert len(queries.totals_of_rows(rows)) == 2


def test_filters(as_admin, tenant, today):
    with tenant_scope(tenant.pk):
        late = CustomerFactory(name="Late Ltd")
        bill(late, "10.00", due=today - timedelta(days=1))
        over = CustomerFactory(name="Over Ltd", credit_limit=Decimal(5))
        bill(over, "10.00", due=today)
        ContactFactory(customer=over, email="over@x.test", bounced_at=NOON)
        good = CustomerFactory(name="Good Ltd", status="ON_HOLD", currency="EUR", tax_id="DE1")
        ContactFactory(customer=good, email="Good@x.test")
        ContactFactory(customer=late, email="", roles=["BILLING"])

    def found(query: str) -> set[str]:
        return set(re.findall(r"(\w+) Ltd", text(as_admin.get(url(f"?{query}")))))

    assert found("") == {"Late", "Over", "Good"}
    assert found("overdue=on") == {"Late"}
    assert found("over_limit=on") == {"Over"}
    assert found("no_email=on") == {"Late"}
    assert found("bounced=on") == {"Over"}
    assert found("status=ON_HOLD") == {"Good"}
    assert found("currency=EUR") == {"Good"}
    assert found("q=good@x") == {"Good"}
    assert found("q=LATE") == {"Late"}
    assert found("q=de1") == {"Good"}
    assert found("overdue=on&q=nobody") == set()


@pytest.mark.parametrize(
    "sort",
    ["name", "code", "balance", "overdue", "oldest_due_date", "credit_limit", "last_payment"],
)
def test_every_order_pages_through_all_rows_once(as_admin, tenant, today, sort):
    with tenant_scope(tenant.pk):
        for n in range(60):
            customer = CustomerFactory(code=f"K{n:03}", name=f"Name {n % 7}")
            if n % 3:
                bill(customer, f"{n}.00", due=today - timedelta(days=n % 5))
            if n % 4 == 0:
                receipt(customer, "1.00", day=today - timedelta(days=n % 6))

    seen: list[str] = []
    address = url(f"?sort=-{sort}")
    while address:
        page = as_admin.get(address).content.decode()
        seen += re.findall(r">(K\d{3})<", page)
        after = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        address = url(after[1].replace("&amp;", "&")) if after else ""
    assert sorted(set(seen)) == [f"K{n:03}" for n in range(60)]
    assert len(seen) == 60


def test_the_list_takes_the_same_queries_for_1_and_3_rows(as_admin, tenant, today):
    def row(code: str) -> None:
        with tenant_scope(tenant.pk):
            customer = CustomerFactory(code=code, credit_limit=Decimal(5))
            ContactFactory(customer=customer)
            bill(customer, "10.00", due=today - timedelta(days=1))
            bill(customer, "10.00", currency="EUR")
            receipt(customer, "5.00")

    def count() -> int:
        return questions(as_admin, url())

    row("A")
    one = count()
    row("B")
    row("C")
    assert count() == one
    assert one <= 15


def test_the_export_is_this_view(as_admin, tenant, today):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(code="A", name="=Acme")
        bill(customer, "10.00", due=today - timedelta(days=2))
        bill(customer, "7.00", currency="EUR", due=today)

    lines = b"".join(as_admin.get(url("?export=csv")).streaming_content).decode().splitlines()

    assert lines[1].startswith("'=Acme,A,10.00,10.00,2,EUR 7.00,")
    assert lines[1].endswith(",CNY")


def test_an_empty_list_says_what_it_is_for(as_admin, tenant):
    assert "No customers yet" in text(as_admin.get(url()))


# --- Search -------------------------------------------------------------------------------------


def test_search_for_choosing(as_admin, tenant, other_tenant):
    make(tenant, "Alpha", code="A-1")
    make(tenant, "Beta A-1", code="B")
    make(tenant, "Gone", code="A-2", status="ARCHIVED")
    make(tenant, "Held", code="A-3", status="ON_HOLD")
    make(other_tenant, "Foreign", code="A-9", currency="EUR")

    results = as_admin.get(url("search/?q=a-")).json()["results"]

    assert [row["name"] for row in results] == ["Alpha", "Held", "Beta A-1"]
    assert results[0]["text"] == "Alpha (A-1)"
    assert [row["hold"] for row in results] == [False, True, False]
    assert as_admin.get(url("search/?q=%00")).status_code == 200
    assert len(as_admin.get(url("search/")).json()["results"]) == 3
