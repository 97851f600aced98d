"""Messages that offer to take back what they tell."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from core.models import Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.enums import CustomerStatus
from tests.documents.builders import L, draft
from tests.factories import CustomerFactory, ProductFactory
from tests.invoices.helpers import in_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client, members: dict[str, User]) -> Client:
    client.force_login(members[Role.ADMIN])
    return client


def again(thing: Any, tenant: Tenant) -> Any:
    """Return the object as it stands now."""
    with tenant_scope(tenant.pk):
        thing.refresh_from_db()
    return thing


def take_back(client: Client, page: str) -> None:
    """Press the note's button."""
    note = re.search(r'class="toast-note toast-success".*?</form>', page, re.DOTALL)
    assert note, page
    action = re.search(r'action="([^"]+)"', note[0])
    assert action
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', note[0]))
    assert client.post(action[1], fields).status_code == 302


def test_archived_and_back(boss: Client, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
    page = boss.post(f"/t/acme/customers/{customer.pk}/archive/", follow=True).content.decode()
    assert "The customer was archived." in page
    take_back(boss, page)
    assert again(customer, tenant).status == CustomerStatus.ACTIVE


def test_an_owner_given_and_the_one_before(
    boss: Client, tenant: Tenant, members: dict[str, User]
) -> None:
    biller, cashier = (members[role].memberships.get() for role in (Role.BILLER, Role.CASHIER))
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(owner=biller.user)
    page = boss.post(
        f"/t/acme/customers/{customer.pk}/owner/", {"owner": cashier.user_id}, follow=True
    ).content.decode()
    assert again(customer, tenant).owner_id == cashier.user_id
    take_back(boss, page)
    assert again(customer, tenant).owner_id == biller.user_id


def test_submitted_and_taken_back(boss: Client, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        bill = draft([L("Support", "1", "100.00")])
    page = boss.post(f"/t/acme/invoices/{bill.pk}/submit/", follow=True).content.decode()
    assert "Submitted for review." in page
    take_back(boss, page)
    assert again(bill, tenant).state == "DRAFT"


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_a_decision_and_back_into_review(
    boss: Client, tenant: Tenant, members: dict[str, User], decision: str
) -> None:
    with tenant_scope(tenant.pk):
        bill = in_review(members[Role.BILLER])
    page = boss.post(
        f"/t/acme/invoices/review/{bill.pk}/",
        {"decision": decision, "version": bill.version, "reason": "PRICE", "comment": "x"},
        follow=True,
    ).content.decode()
    assert again(bill, tenant).state in ("APPROVED", "RETURNED")
    take_back(boss, page)
    assert again(bill, tenant).state == "IN_REVIEW"
    assert (bill.approved_by_id, bill.approved_at, bill.return_reason) == (None, None, "")


def test_a_product_put_out_of_use_and_back(boss: Client, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        product = ProductFactory()
    address = f"/t/acme/invoices/products/{product.pk}/switch/"
    take_back(boss, boss.post(address, {"active": "0"}, follow=True).content.decode())
    assert again(product, tenant).is_active
