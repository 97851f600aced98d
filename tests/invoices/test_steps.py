"""The steps a bill's page offers: what its state forbids is shown with the reason."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from core.tenancy import tenant_scope
from dunning.models import ItemHold
from dunning.operations import hold_item
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive
from tests.conftest import NOON
from tests.factories import PaymentTermPartFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(tenant, members):
    """Return the page of a bill as the role sees it."""

    def page(role, bill):
        client = Client()
        client.force_login(members[role])
        return client.get(f"/t/acme/invoices/{bill.pk}/").content.decode()

    return page


@pytest.fixture
def made(tenant, members):
    def make(act, *args, **kwargs):
        people = [members["BILLER"], members["APPROVER"]][: 1 if act in (draft, in_review) else 2]
        with tenant_scope(tenant.pk):
            return act(*people, *args, **kwargs)

    return make


def pay(tenant, bill, amount):
    with tenant_scope(tenant.pk):
        item = OpenItem.objects.get(instalment__invoice=bill)
        receive(
            draft=ReceiptDraft(bill.customer_id, NOON.date(), "CNY", Decimal(amount)),
            allocations={item.pk: Decimal(amount)},
            at=NOON,
            actor=None,
        )


def refused(page):
    """Return the steps that are shown as not possible, with their reasons."""
    found = re.findall(r'<details class="menu unavailable">(.*?)</details>', page, re.DOTALL)
    words = [re.sub(r"<svg.*?</svg>", "", one, flags=re.DOTALL) for one in found]
    return {
        re.search(r"<summary[^>]*>([^<]*)<", one)[1]: re.search(r"menu-list\">([^<]*)<", one)[1]
        for one in words
    }


def test_what_the_state_forbids_says_why(tenant, made, shown):
    not_issued = "Only an issued invoice is sent or shown to its customer."
    unapproved = {"Issue": "Only an approved invoice is issued.", "Send": not_issued}
    assert refused(shown("BILLER", made(draft))) == unapproved
    assert refused(shown("ADMIN", made(in_review))) == unapproved
    assert refused(shown("ADMIN", made(approved))) == {"Send": not_issued}

    bill = made(issued)
    assert refused(shown("ADMIN", bill)) == {}
    pay(tenant, bill, "13.00")
    undo_first = "Something was already allocated to this invoice. Undo the allocation first."
    page = shown("ADMIN", bill)
    assert refused(page) == {"Void": undo_first}
    assert f"/invoices/{bill.pk}/void/" not in page
    pay(tenant, bill, "100.00")
    page = shown("ADMIN", bill)
    assert refused(page) == {
        "Void": undo_first,
        "Receive payment": "Nothing of this invoice is open.",
    }
    assert "/receipts/new/?" not in page


def test_who_may_not_is_not_told_of_the_state(made, shown):
    told = refused(shown("AUDITOR", made(draft)))
    assert set(told) == {"Duplicate", "Edit", "Submit for review"}
    assert set(told.values()) == {"Needs the role Biller or Admin"}


def test_receiving_begins_with_what_is_open_of_the_bill(tenant, made, shown, members):
    with tenant_scope(tenant.pk):
        customer = customer_with_terms()
        PaymentTermPartFactory(term=customer.terms, position=2, days=60)
    bill = made(issued, customer=customer)
    with tenant_scope(tenant.pk):
        items = list(OpenItem.objects.filter(instalment__invoice=bill).order_by("due_date"))

    page = shown("CASHIER", bill)

    [url] = re.findall(r'href="(/t/acme/receipts/new/\?[^"]*)"', page)
    assert url.endswith("?" + "&amp;".join(f"item={item.pk}" for item in items))
    client = Client()
    client.force_login(members["CASHIER"])
    begun = client.get(url.replace("&amp;", "&"))
    assert begun.context["form"]["amount"].value() == "113.00"


def test_reminders_are_paused_from_the_bill_by_who_may(tenant, made, shown, members):
    bill = made(issued)
    with tenant_scope(tenant.pk):
        item = OpenItem.objects.get(instalment__invoice=bill)
    url = f"/t/acme/collections/items/{item.pk}/hold/"

    assert url not in shown("BILLER", bill)
    page = shown("COLLECTOR", bill)
    assert url in page
    assert "Pause reminders" in page
    with tenant_scope(tenant.pk):
        hold_item(item=item, until=None, reason="talks", at=NOON, actor=None)
    assert "Reminders are paused" in shown("COLLECTOR", bill)
    with tenant_scope(tenant.pk):  # a pause that ended is none
        ItemHold.objects.update(until=NOON.date() - timedelta(days=1))
    assert "Pause reminders" in shown("COLLECTOR", bill)
    pay(tenant, bill, "113.00")
    assert url not in shown("COLLECTOR", bill)
