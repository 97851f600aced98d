"""The first steps: true by what is there, or by a person's word."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import AuditEntry, BankAccount, ChecklistMark, Membership, User
from core.roles import Role
from core.tenancy import tenant_scope
from messaging.models import OutboundMessage
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.world import build_world

HOME = "/t/acme/"


@pytest.fixture
def admin(members) -> Client:
    client = Client()
    client.force_login(members["ADMIN"])
    return client


def done(client: Client) -> list[bool]:
    return [step.is_done for step in client.get(HOME).context["steps"]]


def test_each_step_is_true_by_what_is_there(admin, tenant):
    assert done(admin) == [False] * 7
    tenant.address, tenant.email = "Street 1", "billing@acme.test"
    tenant.save()
    with tenant_scope(tenant.pk):
        BankAccount.objects.create(currency="CNY", holder="A", bank="B", number="1")
        CustomerFactory()
    assert done(admin) == [True, True, False, True, False, False, False]
    assert admin.post(f"{HOME}settings/first-steps/", {"mark": "TAXES"}).status_code == 302
    admin.post(f"{HOME}settings/first-steps/", {"mark": "NOTHING_OPEN"})
    assert done(admin) == [True] * 5 + [False, False]
    admin.post(f"{HOME}settings/first-steps/", {"mark": "TAXES", "undo": "1"})
    assert done(admin)[2] is False
    admin.post(f"{HOME}settings/first-steps/", {"mark": "NONSENSE"})
    with tenant_scope(tenant.pk):
        assert ChecklistMark.objects.count() == 1
        events = AuditEntry.objects.filter(event__startswith="checklist.")
        assert events.count() == 3


def test_a_bill_that_left_ends_the_list(admin, tenant):
    build_world(tenant)
    assert done(admin)[5] is True
    with tenant_scope(tenant.pk):
        OutboundMessage.objects.update(state="ACCEPTED", accepted_at=NOON)
        BankAccount.objects.filter(number="1").update(is_active=True)
    tenant.address, tenant.email = "Street 1", "billing@acme.test"
    tenant.save()
    assert admin.get(HOME).context["steps"] == []


def test_it_can_be_put_away_by_an_admin_only(admin, members):
    others = Client()
    others.force_login(members["BILLER"])
    assert others.get(HOME).context["steps"] == []
    assert others.post(f"{HOME}settings/first-steps/", {"mark": "PUT_AWAY"}).status_code == 403
    admin.post(f"{HOME}settings/first-steps/", {"mark": "PUT_AWAY"})
    assert admin.get(HOME).context["steps"] == []


def test_who_is_alone_is_led_to_a_colleague_first(tenant, other_tenant):
    person = User.objects.create_user("alone@acme.test")
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    client = Client()
    client.force_login(person)
    assert client.get(HOME).context["steps"][5].url == "/t/acme/settings/people/new/"


def test_who_is_alone_may_also_approve_alone(tenant, other_tenant):
    person = User.objects.create_user("alone@acme.test")
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    client = Client()
    client.force_login(person)
    page = client.get(HOME)
    assert page.context["steps"][5].other_url == "/t/acme/settings/#second-person"
    assert 'href="/t/acme/settings/#second-person"' in page.content.decode()
    client.post("/t/acme/settings/second-person/", {"needed": "no"})
    step = client.get(HOME).context["steps"][5]
    assert (step.url, step.other_url) == ("/t/acme/invoices/new/", "")
