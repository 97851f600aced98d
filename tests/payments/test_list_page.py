"""The list of receipts: what it shows, finds, adds up and exports."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from core.tenancy import tenant_scope
from payments import operations, queries
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.payments.pages import (
    owed,
    questions,
    received,
    text,
    url,
)


def test_list_says_what_is_left_and_adds_it_up_per_currency(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "100.00", {item.pk: "80.00"}, reference="thanks")
    received(tenant, customer, "50.00", currency="EUR")

    page = text(cashier.get(url()))

    assert "Acme Trading" in page
    assert "thanks" in page
    assert "Partly used" in page
    assert "Posted" in page
    assert re.search(r"EUR 50\.00 – 0\.00 50\.00 Posted", page)
    assert "2 results" in page


def test_sums_of_what_is_chosen_are_those_of_its_rows(tenant, other_tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "100.00", {item.pk: "80.00"})
    received(tenant, customer, "50.00", currency="EUR")
    received(tenant, customer, "7.00", method="CASH")

    def sums(rows) -> list[tuple[str, int, tuple[Decimal, ...]]]:
        return [(one.currency, one.count, one.amounts) for one in queries.sums_by_currency(rows)]

    with tenant_scope(tenant.pk):
        rows = queries.for_list()
        assert sums(rows) == [
            ("CNY", 2, (Decimal(107), Decimal(27))),
            ("EUR", 1, (Decimal(50), Decimal(50))),
        ]
        assert sums(rows.filter(method="CASH")) == [("CNY", 1, (Decimal(7), Decimal(7)))]
        assert sums(rows.filter(item__closed_on__isnull=False)) == []
        assert sums(rows.filter(pk__in=[])) == []
    with tenant_scope(other_tenant.pk):
        assert sums(queries.for_list()) == []
        assert sums(queries.for_list().filter(method="TRANSFER")) == []


def test_list_filters(tenant, cashier, customer):
    with tenant_scope(tenant.pk):
        other = CustomerFactory(name="Beta Works", code="BETA")
    item = owed(tenant, customer, "80.00", "INV-1")
    used = received(tenant, customer, "80.00", {item.pk: "80.00"}, reference="PO 77")
    free = received(tenant, other, "20.00", method="CASH", payer_name="Gamma Holding")
    gone = received(tenant, other, "30.00")
    with tenant_scope(tenant.pk):
        operations.reverse_receipt(
            receipt=gone, reason="bounced", day=NOON.date(), at=timezone.now(), actor=None
        )

    def found(query: str) -> set[str]:
        page = text(cashier.get(url(f"?{query}")))
        return {r.number for r in (used, free, gone) if r.number in page}

    assert found("unused=on") == {free.number}
    assert found("reversed=on") == {gone.number}
    assert found(f"customer={customer.pk}") == {used.number}
    assert found("method=CASH") == {free.number}
    assert found("amount_min=25&amount_max=30") == {gone.number}
    assert found("received_after=2026-03-03") == set()
    assert found("q=PO+77") == {used.number}
    assert found("q=gamma") == {free.number}
    assert found("q=ACME") == {used.number}
    assert found(f"q={free.number}") == {free.number}
    assert found("customer=999999999999999999999") == {used.number, free.number, gone.number}


def test_list_and_detail_take_the_same_number_of_questions(tenant, cashier, customer):
    items = [owed(tenant, customer, "10.00", f"INV-{n}") for n in range(4)]
    first = received(tenant, customer, "20.00", {items[0].pk: "5.00"})
    cashier.get(url())
    one, one_detail = questions(cashier, url()), questions(cashier, url(f"{first.pk}/"))
    received(tenant, customer, "10.00", {items[1].pk: "10.00"})
    many = received(tenant, customer, "30.00", {items[2].pk: "5.00", items[3].pk: "5.00"})

    assert questions(cashier, url()) == one <= 15
    assert questions(cashier, url(f"{many.pk}/")) == one_detail


def test_list_exports_exactly_this_view(tenant, cashier, customer):
    received(tenant, customer, "1234.50", reference="=1+1")

    answer = b"".join(cashier.get(url("?export=csv")).streaming_content).decode()

    assert "1234.50" in answer
    assert "Posted" in answer
    book = cashier.get(url("?export=xlsx"))
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()


def test_unused_money_is_listed_oldest_first(tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "80.00", {item.pk: "80.00"})
    late = received(tenant, customer, "5.00")
    early = received(tenant, customer, "7.00", received_on=NOON.date() - timedelta(days=3))

    with tenant_scope(tenant.pk):
        assert list(queries.unused(NOON.date())) == [early, late]
        assert [r.unused for r in queries.unused(NOON.date())] == [Decimal(7), Decimal(5)]
