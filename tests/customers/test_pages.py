"""The pages of customers: list, detail, account, edit, status, search."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEntry, Tenant
from core.tenancy import tenant_scope
from customers import operations, queries
from customers.models import Contact, Customer
from customers.operations import ContactDraft, CustomerDraft
from ledger.queries.account import account
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill, receipt, settle
from tests.factories import ContactFactory, CustomerFactory, PaymentTermFactory


@pytest.fixture
def today(tenant):
    return tenant.day_of(timezone.now())


@pytest.fixture
def as_admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def url(path: str = "", tenant: str = "acme") -> str:
    return f"/t/{tenant}/customers/{path}"


def make(tenant: Tenant, name: str = "Acme", **fields) -> Customer:
    with tenant_scope(tenant.pk):
        return CustomerFactory(name=name, created_at=NOON, **fields)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def questions(client, address: str) -> int:
    """Return how many statements a page takes, without those that open and close transactions."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return sum(1 for query in captured if query["sql"].startswith("SELECT"))


def form_of(response) -> dict[str, str | list[str]]:
    """Return the fields of the page's form as a browser would send them."""
    page = response.content.decode()
    page = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    data: dict = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or ('type="checkbox"' in tag and "checked" not in tag):
            continue
        data.setdefault(name[1], []).append(
            value[1] if value else "on" if "checkbox" in tag else ""
        )
    for name, body in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', body)
        data[name] = [chosen[1] if chosen else ""]
    for name, body in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL
    ):
        data[name] = [body.strip()]
    return data


# --- List ---------------------------------------------------------------------------------------


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


# --- Detail -------------------------------------------------------------------------------------


def test_the_columns_of_the_detail_page_add_up_to_its_head(tenant, today, as_admin):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(name="Acme", credit_limit=Decimal(1000))
        for days, amount in (
            (-5, "1.00"),
            (0, "2.00"),
            (1, "4.00"),
            (30, "8.00"),
            (31, "16.00"),
            (60, "32.00"),
            (61, "64.00"),
            (90, "128.00"),
            (91, "256.00"),
        ):
            bill(customer, amount, due=today - timedelta(days=days))
        receipt(customer, "100.00")
        bill(customer, "9.00", currency="EUR", due=today)

        own, other = queries.figures(customer, day=today)
        items = list(queries.open_items(customer))
        view = account(customer.pk, "CNY", None, today)

    assert own.buckets == tuple(map(Decimal, ("3", "12", "48", "192", "256")))
    assert (own.debts, own.overdue, own.credits, own.balance) == (511, 508, 100, 411)
    assert own.credit_left == 589
    assert other.credit_left is None
    assert sum(item.open_amount for item in items if item.currency == "CNY") == own.balance
    assert view.closing == own.balance
    shown = text(as_admin.get(url(f"{customer.pk}/")))
    assert "Balance CNY 411.00" in shown
    assert "3.00 12.00 48.00 192.00 256.00 −100.00 411.00" in shown
    assert "589.00 of 1,000.00" in shown
    assert f"/by-item/{items[0].pk}/" in as_admin.get(url(f"{customer.pk}/")).content.decode()
    assert "Balance EUR 9.00" in shown


def test_the_timeline_holds_everything_newest_first(as_admin, tenant, members):
    with tenant_scope(tenant.pk):
        customer = operations.create_customer(
            draft=CustomerDraft("Acme"), at=NOON, actor=members["BILLER"]
        )
        bill(customer, "10.00", label="INV-77")
        operations.put_on_hold(
            customer=customer, reason="Too late", at=NOON + timedelta(hours=2), actor=None
        )

    shown = text(as_admin.get(url(f"{customer.pk}/")))
    assert shown.index("Put on hold Too late") < shown.index("Invoice issued INV-77")
    assert shown.index("Invoice issued INV-77") < shown.index("Customer added")
    assert "CNY 10.00" in shown

    only = text(as_admin.get(url(f"{customer.pk}/?type=postings")))
    assert "INV-77" in only
    assert "Customer added" not in only


def test_the_timeline_is_paged_without_loss(as_admin, tenant):
    with tenant_scope(tenant.pk):
        customer = make(tenant)
        AuditEntry.objects.bulk_create(
            AuditEntry(
                event="customer.changed",
                subject=f"customers.customer:{customer.pk}",
                account_id=customer.pk,
                happened_at=NOON + timedelta(seconds=n // 3),
                reason=f"reason-{n:03}",
            )
            for n in range(70)
        )
        for n in range(5):
            bill(customer, "1.00", label=f"reason-9{n:02}")

    seen: list[str] = []
    address = url(f"{customer.pk}/")
    while address:
        page = as_admin.get(address).content.decode()
        seen += re.findall(r"reason-\d+", page.split('id="timeline"')[1])
        older = re.search(r'href="([^"#]*before=[^"#]*)', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == 75
    assert len(set(seen)) == 75
    assert as_admin.get(url(f"{customer.pk}/?before=nonsense&type=x")).status_code == 200


def test_the_detail_page_takes_the_same_queries_for_1_and_3(as_admin, tenant, today):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()

    def more(n: int) -> int:
        with tenant_scope(tenant.pk):
            ContactFactory(customer=customer)
            bill(customer, "10.00", due=today, label=f"INV-{n}")
            receipt(customer, "1.00")
        return questions(as_admin, url(f"{customer.pk}/"))

    first = more(1)
    more(2)
    assert more(3) == first
    assert first <= 15


def test_another_companys_customer_is_as_missing_as_none(as_admin, tenant, other_tenant):
    foreign = make(other_tenant, currency="EUR")
    own = make(tenant)
    for path in ("", "edit/", "account/", "hold/", "release/", "archive/", "pause/", "resume/"):
        assert as_admin.get(url(f"{own.pk}/{path}")).status_code == 200
        missing = as_admin.get(url(f"999999/{path}"))
        stranger = as_admin.get(url(f"{foreign.pk}/{path}"))
        assert (missing.status_code, stranger.status_code) == (404, 404)


# --- Account ------------------------------------------------------------------------------------


def test_the_account_runs_from_opening_to_closing(as_admin, tenant, today):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(name="Acme")
        first = bill(customer, "100.00", day=today - timedelta(days=30), label="INV-1")
        paid = receipt(customer, "40.00", day=today - timedelta(days=20), label="RC-1")
        settle(paid, first, "40.00")
        bill(customer, "5.00", day=today - timedelta(days=10), label="INV-2")
        bill(customer, "7.00", currency="EUR", label="INV-E")

        whole = account(customer.pk, "CNY", None, today)
        part = account(customer.pk, "CNY", today - timedelta(days=20), today - timedelta(days=11))

    assert [(one.reference, one.amount, one.balance) for one in whole.movements] == [
        ("INV-1", 100, 100),
        ("RC-1", -40, 60),
        ("INV-2", 5, 65),
    ]
    assert whole.closing == whole.opening + whole.debits - whole.credits == 65
    assert (part.opening, part.closing, len(part.movements)) == (100, 60, 1)

    shown = text(as_admin.get(url(f"{customer.pk}/account/")))
    assert "105.00 40.00 65.00" in shown
    export = as_admin.get(url(f"{customer.pk}/account/?export=csv")).content.decode()
    assert export.splitlines()[-1] == ",Closing balance,,,,65.00,CNY"
    day = today - timedelta(days=15)
    assert "60.00" in text(as_admin.get(url(f"{customer.pk}/account/?last={day}")))
    bad = as_admin.get(url(f"{customer.pk}/account/?first=2026-02-31&currency=XXX"))
    assert bad.status_code == 200
    assert "Enter a valid date" in text(bad)


def test_a_long_account_shows_the_latest_and_says_so(as_admin, tenant, monkeypatch):
    monkeypatch.setattr("ledger.views.account.MOST_ROWS", 2)
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        for n in range(3):
            bill(customer, "10.00", label=f"INV-{n}")

    shown = text(as_admin.get(url(f"{customer.pk}/account/")))

    assert "INV-0" not in shown
    assert "INV-2" in shown
    assert "One earlier posting" in shown
    assert "30.00" in shown


def test_the_account_as_known_earlier(tenant):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        bill(customer, "10.00")
        day = NOON.date()
        assert account(customer.pk, "CNY", None, day, known=NOON).closing == 10
        assert account(customer.pk, "CNY", None, day, known=NOON - timedelta(1)).closing == 0


# --- New and edit -------------------------------------------------------------------------------


def contact(n: int, **values) -> dict[str, object]:
    return {f"contacts-{n}-{name}": value for name, value in values.items()}


def test_a_customer_is_added_with_contacts_and_addresses(as_admin, tenant):
    data = form_of(as_admin.get(url("new/")))
    data |= {
        "name": "Acme",
        "country": "CN",
        "tax_id": "91350100M000100Y43",
        "credit_limit": "1,000.00",
        "billing_address": "Street 1",
    }
    data |= contact(
        0, name="Li Na", email="li@acme.test", roles=["BILLING", "PAYER"], is_active="on"
    )

    response = as_admin.post(url("new/"), data)

    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert response["Location"] == url(f"{customer.pk}/")
        assert (customer.code, customer.currency, customer.credit_limit) == ("C00001", "CNY", 1000)
        assert customer.contacts.get().roles == ["BILLING", "PAYER"]
        assert customer.addresses.get().text == "Street 1"

    assert as_admin.post(url("new/"), data)["Location"] == url(f"{customer.pk}/")
    with tenant_scope(tenant.pk):
        assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "required"),
        ("credit_limit", "NaN", "amount"),
        ("credit_limit", "-1", "credit limit"),
        ("tax_id", "91350100M000100Y4Z", "social credit code"),
        ("code", "TAKEN", "has this code"),
        ("contacts-0-email", "no mail", "valid email"),
        ("currency", "XXX", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(as_admin, tenant, field, value, message):
    make(tenant, "Other", code="TAKEN")
    data = form_of(as_admin.get(url("new/")))
    data |= {"name": "Acme", "country": "CN", "note": "Typed note"} | contact(0, name="Li Na")
    data[field] = value

    response = as_admin.post(url("new/"), data)

    assert response.status_code == 422
    assert message in text(response)
    page = response.content.decode()
    assert page.count("form-errors") == 1
    assert "Typed note" in page
    assert 'value="Li Na"' in page
    data |= {field: "Fine" if field == "name" else "", "currency": "CNY"}
    assert as_admin.post(url("new/"), data).status_code == 302


def test_a_possible_duplicate_is_shown_with_a_link_and_can_be_saved(as_admin, tenant):
    there = make(tenant, "ACME Ltd", code="X1", tax_id="12345")
    data = form_of(as_admin.get(url("new/"))) | {"name": "acme ltd", "country": "US"}

    response = as_admin.post(url("new/"), data)
    assert response.status_code == 422
    assert url(f"{there.pk}/") in response.content.decode()
    same_tax_id = data | {"name": "Quite Other", "tax_id": "12345"}
    assert as_admin.post(url("new/"), same_tax_id).status_code == 422

    assert as_admin.post(url("new/"), data | {"same_anyway": "on"}).status_code == 302


def test_an_edit_changes_what_was_changed(as_admin, tenant):
    with tenant_scope(tenant.pk):
        customer = operations.create_customer(
            draft=CustomerDraft("Acme", credit_limit=Decimal(3000)),
            contacts=[ContactDraft("Li Na", "li@acme.test"), ContactDraft("Bob")],
            addresses={"BILLING": "Street 1\nTown"},
            at=NOON,
            actor=None,
        )
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))

    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().version == 1  # nothing was changed, so nothing is

    data |= {"note": "New"} | contact(1, DELETE="on")
    data |= contact(2, name="Eva", email="eva@acme.test", roles=["LEGAL"], is_active="on")
    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302
    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert (customer.note, customer.version) == ("New", 2)
        assert sorted(customer.contacts.values_list("name", flat=True)) == ["Eva", "Li Na"]
        entry = AuditEntry.objects.get(event="customer.changed")
        assert entry.changes == {"note": ["", "New"]}


def test_the_second_editor_sees_both_and_may_save_knowingly(as_admin, tenant, members):
    customer = make(tenant, "Acme", note="Old")
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))
    with tenant_scope(tenant.pk):
        operations.update_customer(
            customer=customer,
            version=1,
            changes={"note": "Hers", "payment_method": "CASH"},
            contacts=[ContactDraft("Her contact")],
            at=NOON,
            actor=members["BILLER"],
        )

    data |= {"note": "Mine"} | contact(0, name="My contact")
    response = as_admin.post(url(f"{customer.pk}/edit/"), data)

    assert response.status_code == 422
    shown = text(response)
    assert "biller@acme.test" in shown
    assert re.search(r"Internal note Mine Hers", shown)
    assert re.search(r"Usual payment method Bank transfer Cash", shown)
    assert "Her contact" in shown
    again = form_of(response)
    assert (again["note"], again["version"]) == (["Mine"], ["2"])
    assert again["contacts-0-name"] == ["My contact"]
    assert as_admin.post(url(f"{customer.pk}/edit/"), again).status_code == 302
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().note == "Mine"
        assert Contact.objects.get().name == "My contact"


def test_a_used_term_that_is_no_longer_in_use_stays_choosable(as_admin, tenant):
    with tenant_scope(tenant.pk):
        term = PaymentTermFactory(name="Old terms", is_active=False)
        customer = CustomerFactory(terms=term)
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))
    assert data["terms"] == [str(term.pk)]
    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302


# --- Status -------------------------------------------------------------------------------------


def test_hold_asks_for_a_reason_and_release_ends_it(as_admin, tenant):
    customer = make(tenant)

    assert as_admin.post(url(f"{customer.pk}/hold/"), {"reason": ""}).status_code == 422
    assert as_admin.post(url(f"{customer.pk}/hold/"), {"reason": "Late"}).status_code == 302
    assert "On hold" in text(as_admin.get(url(f"{customer.pk}/")))
    again = as_admin.post(url(f"{customer.pk}/hold/"), {"reason": "Late"})
    assert again.status_code == 422
    assert "meanwhile" in text(again)
    assert as_admin.post(url(f"{customer.pk}/release/")).status_code == 302


def test_reminders_are_paused_and_resumed_by_page(as_admin, tenant, today):
    customer = make(tenant)
    until = today + timedelta(days=5)

    paused = as_admin.post(url(f"{customer.pk}/pause/"), {"reason": "Promise", "until": until})
    assert paused.status_code == 302
    assert "Promise" in text(as_admin.get(url(f"{customer.pk}/")))
    assert as_admin.post(url(f"{customer.pk}/resume/")).status_code == 302
    assert as_admin.post(url(f"{customer.pk}/resume/")).status_code == 422


def test_an_open_account_is_not_archived_by_page(as_admin, tenant):
    customer = make(tenant)
    with tenant_scope(tenant.pk):
        bill(customer, "1.00")
    response = as_admin.post(url(f"{customer.pk}/archive/"))
    assert response.status_code == 422
    assert "still open" in text(response)
    page = as_admin.get(url(f"{customer.pk}/"))
    assert "so it cannot be archived" in text(page)
    assert url(f"{customer.pk}/archive/") not in page.content.decode()


def test_an_archived_customer_says_why_it_is_not_billed(as_admin, tenant):
    customer = make(tenant)
    new = f"/t/acme/invoices/new/?customer={customer.pk}"
    assert new in as_admin.get(url(f"{customer.pk}/")).content.decode()
    as_admin.post(url(f"{customer.pk}/archive/"))
    page = as_admin.get(url(f"{customer.pk}/"))
    assert new not in page.content.decode()
    assert "The customer is archived and cannot be billed." in text(page)


def test_who_may_what(client, tenant, members):
    customer = make(tenant)
    client.force_login(members["AUDITOR"])
    assert client.get(url(f"{customer.pk}/")).status_code == 200
    assert "Edit" not in text(client.get(url(f"{customer.pk}/")))
    assert client.get(url(f"{customer.pk}/edit/")).status_code == 403
    assert client.post(url("new/"), {"name": "X"}).status_code == 403
    client.force_login(members["BILLER"])
    assert client.post(url(f"{customer.pk}/pause/"), {"reason": "x"}).status_code == 403
    client.force_login(members["STRANGER"])
    assert client.get(url(f"{customer.pk}/")).status_code == 404
