"""A customer's page and its account."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from core.models import AuditEntry
from core.tenancy import tenant_scope
from customers import operations, queries
from customers.operations import CustomerDraft
from ledger.queries.account import account
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill, receipt, settle
from tests.customers.pages import make, questions, text, url
from tests.factories import ContactFactory, CustomerFactory


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

    only = text(as_admin.get(url(f"{customer.pk}/?type=documents")))
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


def test_a_long_account_has_pages_and_shows_the_latest(as_admin, tenant, monkeypatch):
    monkeypatch.setattr("ledger.views.account.SIZE", 2)
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        for n in range(5):
            bill(customer, "10.00", label=f"INV-{n}")
    address = url(f"{customer.pk}/account/")

    shown = text(as_admin.get(address))
    assert [f"INV-{n}" in shown for n in range(5)] == [False, False, True, True, True]
    assert "Carried over from the page before 20.00" in shown
    assert "3–5 / 5" in shown  # a whole page at least, never a rest of one row

    earlier = text(as_admin.get(address + "?page=1"))
    assert [f"INV-{n}" in earlier for n in range(5)] == [True, True, False, False, False]
    assert "Carried over" not in earlier
    assert "50.00" in earlier  # the closing balance is of the account, not of the page
    assert text(as_admin.get(address + "?page=x")) == earlier  # nonsense is the first page
    assert "INV-4" in as_admin.get(address + "?page=1&export=csv").content.decode()


def test_the_account_as_known_earlier(tenant):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        bill(customer, "10.00")
        day = NOON.date()
        assert account(customer.pk, "CNY", None, day, known=NOON).closing == 10
        assert account(customer.pk, "CNY", None, day, known=NOON - timedelta(1)).closing == 0
