"""The home page: every number is what its list shows, and only what the role may see."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import jobs
from core.models import JobRow
from core.models.job import RowState
from core.roles import ROLE_PERMISSIONS, Role
from core.tenancy import tenant_scope
from dunning.operations import run_reminders
from invoices import operations
from invoices.enums import InvoiceState
from invoices.models import Schedule
from messaging.models import OutboundMessage
from payments.operations import ReceiptDraft, receive
from reports.queries import home as queries
from reports.views import home as view
from tests.dunning.helpers import credit, customer, debt, pay, policy
from tests.factories import InvoiceFactory
from tests.invoices import helpers as bills
from tests.reports.counting import questions

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(view.timezone, "now", lambda: NOW)


def agreement(of, day, **fields):
    return Schedule.objects.create(
        customer=of,
        name="Support",
        frequency="MONTHLY",
        timing="ADVANCE",
        start_date=day,
        anchor_day=day.day,
        currency="CNY",
        created_at=NOW,
        **fields,
    )


def get(client, user):
    client.force_login(user)
    return client.get("/t/acme/")


@pytest.fixture
def busy(tenant, members):
    """Something of every kind of work."""
    with tenant_scope(tenant.pk):
        biller, approver = members["BILLER"], members["APPROVER"]
        bills.in_review(biller)
        bills.in_review(biller)
        bills.approved(biller, approver)
        policy()
        held = customer(name="Held Ltd", reminders_paused=True)
        debt(held, "500.00", late=3, day=TODAY, label="INV-H")
        debt(held, "40.00", late=70, day=TODAY, currency="EUR", rate="8", label="INV-E")
        debt(customer(name="Late Ltd"), "800.00", late=14, day=TODAY, label="INV-L")
        run_reminders(day=TODAY, at=NOW, actor=None)
        OutboundMessage.objects.update(state="BOUNCED")
        receive(
            draft=ReceiptDraft(
                customer_id=held.pk, received_on=TODAY, currency="CNY", amount=Decimal("10.00")
            ),
            at=NOW,
            actor=members["CASHIER"],
        )
        job = jobs.start(
            kind="send_invoices", title="Sending", rows=[(1, "a"), (2, "b")], at=NOW, actor=biller
        )
        JobRow.objects.filter(job=job, position=1).update(state=RowState.FAILED)
    return tenant


@pytest.fixture
def busier(busy, members):
    """The kinds of work that are no money yet, and their neighbours that must not be counted."""
    biller, approver = members["BILLER"], members["APPROVER"]
    with tenant_scope(busy.pk):
        for state in ("in_review", "approved"):
            made = bills.in_review(biller)
            if state == "approved":
                made = operations.approve(invoice=made, at=NOW, actor=approver)
            operations.return_(invoice=made, reason="PRICE", at=NOW, actor=approver)
        bills.issued(biller, approver, issue_at=NOW)
        agreement(bills.customer_with_terms(), date(2026, 3, 3))
        agreement(bills.customer_with_terms(), date(2026, 3, 4))  # not tomorrow
        agreement(bills.customer_with_terms(), date(2026, 3, 3), state="PAUSED")
        agreement(bills.customer_with_terms(status="ARCHIVED"), date(2026, 3, 3))
    return busy


def tiles(response):
    return {str(tile.label): tile for tile in response.context["tiles"]}


def test_every_count_is_what_its_list_shows(client, members, busier):
    response = get(client, members["ADMIN"])
    shown = tiles(response)

    assert set(shown) == {
        "To review",
        "Returned",
        "To issue",
        "To send",
        "Schedules that run tomorrow",
        "Mails to decide on",
        "Receipts to allocate",
        "Reminders held today",
        "failed row: Sending",
    }
    for tile in shown.values():
        page = client.get(tile.url)
        assert page.status_code == 200, tile
        found = page.context["list"].total if "list" in page.context else page.context["matching"]
        assert found == tile.count, tile
    assert shown["To review"].count == 2
    assert shown["Returned"].count == 2
    assert shown["Schedules that run tomorrow"].count == 1
    assert shown["Reminders held today"].count == 2


def test_no_two_landmarks_bear_one_name(client, members, busy):
    page = get(client, members["ADMIN"]).content.decode()

    landmarks = re.findall(r'<(?:section|nav|aside)\b[^>]*>|<[^>]*role="region"[^>]*>', page)
    names = [re.findall(r' aria-label(?:ledby)?="([^"]*)"', tag) for tag in landmarks]
    named = [name for [name] in names]
    assert "debtors" in named
    assert len(named) == len(set(named))


def test_the_money_is_what_the_aging_shows(client, members, busy):
    response = get(client, members["MANAGER"])

    for account in response.context["accounts"]:
        [section] = client.get(account.url).context["sections"]
        assert section.totals.total == account.strip.row.total
        assert section.totals.overdue == account.strip.row.overdue
        receipts = client.get(account.received_url).context["list"]
        assert sum(one.amounts[0] for one in receipts.sums) == account.received
    cny, eur = response.context["accounts"]
    assert (cny.currency, eur.currency) == ("CNY", "EUR")  # its own currency first
    assert cny.strip.row.overdue == Decimal("1300.00")
    assert cny.strip.row.total == Decimal("1290.00")  # less the receipt that is not used
    assert cny.strip.overdue_percent == Decimal("100.0")
    assert sum(part.width for part in cny.strip.parts) == 1000
    assert cny.received == Decimal("10.00")


def test_whose_debts_weigh_most(tenant):
    with tenant_scope(tenant.pk):
        first, second, third = (customer(name=name) for name in ("A", "B", "C"))
        debt(first, "500.00", late=3, day=TODAY)
        debt(first, "100.00", late=80, day=TODAY)
        debt(first, "9000.00", late=0, day=TODAY)  # due today is not late
        debt(second, "90.00", late=3, day=TODAY, currency="EUR", rate="8")  # 720 at its rate
        debt(third, "99999.00", late=1, day=TODAY, currency="USD", rate=None)  # no rate was known
        for _ in range(12):
            debt(customer(), "1.00", late=1, day=TODAY)
        found = queries.latest_debtors(day=TODAY)

    assert [(one.name, one.currency, one.amount) for one in found[:2]] == [
        ("B", "EUR", Decimal("90.00")),
        ("A", "CNY", Decimal("600.00")),
    ]
    assert len(found) == 10
    assert found[1].items == 2
    assert found[1].oldest_due_date == TODAY - timedelta(days=80)


def test_each_role_sees_its_own_part(client, members, busy):
    for role in Role:
        response = get(client, members[role.value])
        assert response.status_code == 200
        may_see_money = "reports.view" in ROLE_PERMISSIONS[role.value]
        assert ("accounts" in response.context) == may_see_money
        assert ("events" in response.context) == (role in (Role.ADMIN, Role.MANAGER, Role.AUDITOR))
    assert get(client, members["STRANGER"]).status_code == 404


def test_at_most_fifteen_queries(client, members, busy):
    get(client, members["ADMIN"])
    with CaptureQueriesContext(connection) as few:
        client.get("/t/acme/")
    with tenant_scope(busy.pk):
        for _ in range(10):
            buyer = customer()
            pay(debt(buyer, late=5, day=TODAY), "1.00")
            credit(buyer, "5.00")
            bills.in_review(members["BILLER"])
    with CaptureQueriesContext(connection) as many:
        client.get("/t/acme/")

    assert len(questions(few)) == len(questions(many)) <= 15


def test_nothing_waits(client, members, tenant):
    with tenant_scope(tenant.pk):
        InvoiceFactory(state=InvoiceState.DRAFT)

    response = get(client, members["ADMIN"])

    assert response.context["tiles"] == []
    assert response.context["steps"]
