"""What a member may not do is shown disabled, with the roles it takes, and leads nowhere."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import translation

from core.models import Tenant, User
from core.roles import PERMISSIONS, Role, needed_roles, permissions_of, roles_with
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.factories import CustomerFactory
from tests.invoices.helpers import approved, draft, in_review, issued
from tests.payments.pages import received
from tests.world import build_world

pytestmark = pytest.mark.django_db
DISABLED = re.compile(r'<details class="menu unavailable">(.*?)</details>', re.DOTALL)
NOT_IN_MENU = re.compile(r'<li class="menu-link menu-not">(.*?)</li>', re.DOTALL)
BILLER = "Needs the role Biller or Admin"
APPROVER = "Needs the role Approver or Admin"
CASHIER = "Needs the role Cashier or Admin"
ADMIN = "Needs the role Admin"


def plain(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"<svg.*?</svg>", "", markup, flags=re.DOTALL)))


def refused(page: str) -> dict[str, str]:
    """Return the disabled actions with their reasons; each is told of by its title too."""
    found = {}
    for one in DISABLED.findall(page):
        summary, reason = re.search(r"<summary(.*?)</summary>(.*)", one, re.DOTALL).groups()
        attributes, label = summary.split(">", 1)
        assert 'aria-disabled="true"' in attributes
        assert f'title="{plain(reason)}"' in unescape(attributes)
        assert not re.search(r"<(a|button|form|input)\b|hx-|formaction", one)
        found[plain(label)] = plain(reason)
    return found


def head(page: str) -> str:
    return page.partition('<div class="page-actions">')[2].partition('<div class="page-main">')[0]


@pytest.fixture
def seen(tenant: Tenant, members: dict[str, User]):
    """Return a page as the role sees it."""

    def page(role: str, path: str) -> str:
        client = Client()
        client.force_login(members[role])
        answer = client.get(f"/t/acme/{path}")
        assert answer.status_code == 200
        return answer.content.decode()

    return page


@pytest.fixture
def bills(tenant: Tenant, members: dict[str, User]) -> dict[str, str]:
    """Return the paths of a bill in each state."""
    biller, approver = members["BILLER"], members["APPROVER"]
    with tenant_scope(tenant.pk):
        made = {
            "draft": draft(biller),
            "in review": in_review(biller),
            "approved": approved(biller, approver),
            "issued": issued(biller, approver),
        }
    return {state: f"invoices/{bill.pk}/" for state, bill in made.items()}


class TestReasons:
    def test_the_roles_named_are_those_that_hold_it(self) -> None:
        for permission in PERMISSIONS:
            holders = {role for role in Role if permission in permissions_of([role])}
            assert set(roles_with(permission)) == holders
            assert roles_with(permission)[-1] == Role.ADMIN

    def test_they_are_said_in_the_readers_language(self) -> None:
        several = "Needs the role Biller, Approver, Collector, or Admin"
        assert needed_roles("invoices.send") == several
        assert needed_roles("settings.edit") == ADMIN
        with translation.override("zh-hans"):
            assert "开单员、审核员、催收员或管理员" in needed_roles("invoices.send")


class TestLists:
    def test_who_may_not_begin_one_is_told_who_may(self, seen) -> None:
        for path, label, link, reason in (
            ("invoices/", "New invoice", "invoices/new/", BILLER),
            ("invoices/products/", "New product", "invoices/products/new/", BILLER),
            ("invoices/charges/", "New charge", "invoices/charges/new/", BILLER),
            ("invoices/schedules/", "New schedule", "invoices/schedules/new/", BILLER),
            ("receipts/", "Receive payment", "receipts/new/", CASHIER),
            ("settings/rates/", "Add a rate", "settings/rates/new/", ADMIN),
        ):
            page = seen("AUDITOR", path)
            assert refused(head(page))[label] == reason
            assert f'href="/t/acme/{link}' not in page
            page = seen("ADMIN", path)
            assert refused(page) == {}
            assert f'href="/t/acme/{link}' in head(page)

    def test_the_customers_too(self, tenant: Tenant, seen) -> None:
        reason = "Needs the role Biller, Cashier, Collector, Manager, or Admin"
        both = {"New customer": reason, "Import": reason}
        for _beginning in range(2):  # an empty list says it again where it says what to do first
            page = seen("APPROVER", "customers/")
            assert refused(head(page)) == both
            assert "/t/acme/customers/new/" not in page
            assert "/t/acme/imports/new/" not in page
            with tenant_scope(tenant.pk):
                CustomerFactory()
        assert refused(seen("CASHIER", "customers/")) == {}

    def test_ticked_rows(self, bills, seen) -> None:
        sending = "Needs the role Biller, Approver, Collector, or Admin"
        everything = {"Submit for review": BILLER, "Approve": APPROVER}
        everything |= {"Issue": "Needs the role Biller, Approver, or Admin", "Send": sending}
        page = seen("AUDITOR", "invoices/")
        assert refused(page) == {"New invoice": BILLER} | everything
        assert not re.search(r"/invoices/\w+/(submit|approve|issue|send)", page)
        form = re.search(r'<form method="post" action="([^"]*)" class="list-form"', page)[1]
        assert form.split("?")[0] == "/t/acme/invoices/"

        page = seen("COLLECTOR", "invoices/")
        assert set(refused(page)) == {"New invoice", "Submit for review", "Approve", "Issue"}
        [button] = re.findall(r'<button[^>]*formaction="[^"]*send[^"]*"[^>]*>', page)
        assert "btn-primary" in button  # the first of those that may be pressed
        assert refused(seen("ADMIN", "invoices/")) == {}


class TestBill:
    def test_an_auditor_sees_each_step_of_the_state(self, bills, seen) -> None:
        issuing = "Needs the role Biller, Approver, or Admin"
        sending = "Needs the role Biller, Approver, Collector, or Admin"
        copy = {"Duplicate": BILLER}
        steps = {
            "draft": copy | {"Edit": BILLER, "Submit for review": BILLER},
            "in review": copy | {"Take back": BILLER, "Return": APPROVER, "Approve": APPROVER},
            "approved": copy | {"Return": APPROVER, "Issue": issuing},
            "issued": copy | {"Void": APPROVER, "Receive payment": CASHIER, "Send": sending},
        }
        for state, expected in steps.items():
            shown = head(seen("AUDITOR", bills[state]))
            assert refused(shown) == expected
            assert not re.search(r"<(a|button|form)\b", shown), state

    def test_a_biller_does_not_approve(self, bills, seen) -> None:
        page = head(seen("BILLER", bills["in review"]))
        assert refused(page)["Approve"] == APPROVER
        assert "/approve/" not in page
        assert "/withdraw/" in page

    def test_an_author_is_told_of_the_role_before_all(self, bills, seen) -> None:
        page = head(seen("BILLER", bills["issued"]))
        assert refused(page) == {"Void": APPROVER, "Receive payment": CASHIER}

    def test_the_review_queue_names_the_roles(self, bills, seen) -> None:
        page = seen("BILLER", "invoices/review/")
        assert APPROVER in page
        assert 'name="decision"' not in page


def test_a_customers_page(tenant: Tenant, seen) -> None:
    with tenant_scope(tenant.pk):
        customer: Customer = CustomerFactory()
    path = f"customers/{customer.pk}/"
    page = head(seen("AUDITOR", path))
    editing = "Needs the role Biller, Cashier, Collector, Manager, or Admin"
    assert refused(page) == {"New invoice": BILLER, "Receive payment": CASHIER}
    lines = {plain(one) for one in NOT_IN_MENU.findall(page)}
    pausing = "Needs the role Collector, Manager, or Admin"
    assert lines == {
        f"Edit{editing}",
        f"Pause reminders{pausing}",
        f"Put on hold{editing}",
        f"Assign owner{editing}",
        f"Archive{editing}",
    }
    assert not re.search(r"<(a|button|form)\b", page)

    page = head(seen("ADMIN", path))
    assert refused(page) == {}
    assert NOT_IN_MENU.findall(page) == []
    page = head(seen("CASHIER", path))
    assert refused(page) == {"New invoice": BILLER}
    assert [plain(one) for one in NOT_IN_MENU.findall(page)] == [f"Pause reminders{pausing}"]


def test_a_receipts_page(tenant: Tenant, seen) -> None:
    with tenant_scope(tenant.pk):
        customer: Customer = CustomerFactory()
    receipt = received(tenant, customer, "100.00")
    path = f"receipts/{receipt.pk}/"
    page = head(seen("BILLER", path))
    assert refused(page) == {"Reverse": CASHIER, "Receive payment": CASHIER}
    assert not re.search(r"<(a|button|form)\b", page)
    assert refused(seen("CASHIER", path)) == {}


def test_other_pages(tenant: Tenant, seen) -> None:
    schedule = build_world(tenant)["schedule"]
    reminders = "Needs the role Collector, Manager, or Admin"
    for path, labels, reason in (
        ("settings/taxes/", {"Add a tax code"}, ADMIN),
        ("settings/terms/", {"Add terms"}, ADMIN),
        ("settings/bank-accounts/", {"Add an account"}, ADMIN),
        ("collections/policy/", {"Edit"}, reminders),
        ("collections/", {"Run today's reminders now"}, reminders),
        (f"invoices/schedules/{schedule}/", {"Edit", "Pause", "End"}, BILLER),
    ):
        page = seen("AUDITOR", path)
        assert refused(head(page)) == dict.fromkeys(labels, reason)
        assert not re.search(r"<(form|button)\b", head(page))
        assert "/skip/" not in page
        page = seen("ADMIN", path)
        assert refused(page) == {}
        assert ("/skip/" in page) == ("/schedules/" in path)
