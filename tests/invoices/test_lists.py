"""The list of bills: sums by one statement, search, and what its index must hold."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant_scope
from invoices.models import Invoice
from invoices.queries import lists
from invoices.queries.delivery import with_delivery
from tests.factories import CustomerFactory, PaymentTermPartFactory
from tests.invoices.helpers import draft, issued, line

D = Decimal
ADDRESS = "/t/acme/invoices/"


@pytest.fixture
def bills(in_tenant, members):
    author, approver = members["BILLER"], members["APPROVER"]

    def customer(name: str, currency: str = "CNY"):
        terms = PaymentTermPartFactory().term
        return CustomerFactory(name=name, short_name="", currency=currency, terms=terms)

    return {
        "first": issued(author, approver, customer=customer("上海客户"), po_number="PO-Ab7"),
        "second": issued(author, approver, customer=customer("Beta"), lines=[line("200.00")]),
        "dollars": issued(author, approver, customer=customer("Gamma", "USD")),
        "draft": draft(author, customer=customer("Delta"), reference="Contract 7_8%"),
    }


def sums(invoices) -> list[tuple[str, int, tuple[Decimal, ...]]]:
    return [(one.currency, one.count, one.amounts) for one in lists.sums_by_currency(invoices)]


def test_sums_of_what_is_chosen_take_one_statement(bills, django_assert_num_queries):
    every = with_delivery(lists.for_list())
    with django_assert_num_queries(1):
        assert sums(every) == [
            ("CNY", 3, (D("452.00"), D("339.00"))),
            ("USD", 1, (D("113.00"), D("113.00"))),
        ]
    with django_assert_num_queries(1):
        assert sums(every.filter(state="ISSUED", total_amount__gt=150)) == [
            ("CNY", 1, (D("226.00"), D("226.00")))
        ]
    assert sums(every.filter(state="DRAFT")) == [("CNY", 1, (D("113.00"), D(0)))]
    assert sums(every.filter(pk__in=[])) == []
    assert sums(every.filter(number="nothing")) == []


def test_sums_and_search_are_the_companys_own(tenant, other_tenant, members):
    with tenant_scope(tenant.pk):
        issued(members["BILLER"], members["APPROVER"], po_number="PO-1")
        assert sums(lists.for_list())
        assert lists.search(lists.for_list(), "PO").exists()
    with tenant_scope(other_tenant.pk):
        assert sums(lists.for_list()) == []
        assert sums(lists.for_list().filter(state="ISSUED")) == []
        assert not lists.search(lists.for_list(), "PO").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("客户", {"first"}),
        ("po-aB", {"first"}),
        ("b7", {"first"}),
        ("7", {"first", "draft"}),
        ("7_8%", {"draft"}),
        ("BETA", {"second"}),
        ("INV-2", {"first", "second", "dollars"}),
        ("-2026-", {"first", "second", "dollars"}),
        ("zzz", set()),
    ],
)
@pytest.mark.parametrize("known", [0, 500])
def test_search_finds_what_contains_the_text(bills, monkeypatch, text, found, known):
    monkeypatch.setattr(lists, "KNOWN", known)
    rows = lists.search(lists.for_list(), text)
    assert {name for name, bill in bills.items() if bill in rows} == found


def test_a_search_reads_the_bills_once(bills, django_assert_num_queries):
    with django_assert_num_queries(1):
        rows = lists.search(lists.for_list(), "PO-Ab7")
    assert "LIKE" not in str(rows.query)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Invoice.objects.values_list("pk", "currency", "total_amount"),
        lambda: lists.search(Invoice.objects.all(), "7").values_list("pk"),
        lambda: lists.search(Invoice.objects.all(), "po").values_list("pk"),
    ],
)
def test_the_index_of_the_list_holds_what_is_summed_and_searched(bills, monkeypatch, rows):
    monkeypatch.setattr(lists, "KNOWN", 0)
    found = next(one for one in Invoice._meta.indexes if one.name == "invoice_list_idx")
    held = {Invoice._meta.get_field(name).column for name in found.include} | {"id", "tenant_id"}
    asked = re.findall(r'"invoices_invoice"\."(\w+)"', str(rows().query))
    assert len(asked) > 3
    assert set(asked) <= held


@pytest.mark.parametrize("query", ["", "?q=INV", "?view=awaiting&sort=number"])
def test_the_list_takes_few_statements_however_many_rows(in_tenant, members, query):
    author, approver = members["BILLER"], members["APPROVER"]
    client = Client()
    client.force_login(members["ADMIN"])
    counts = []
    for more in (1, 6):
        for _ in range(more):
            issued(author, approver)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(ADDRESS + query).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 15, counts
