"""An invitation is withdrawn while nobody came by it."""

from django.test import Client

from core.models import Membership, User
from core.operations import add_person
from core.tenancy import tenant_scope
from tests.conftest import NOON

PEOPLE = "/t/acme/settings/people/"


def test_an_invitation_is_withdrawn_and_its_link_ends(tenant, members, client):
    client.force_login(members["ADMIN"])
    client.post(f"{PEOPLE}new/", {"email": "new@acme.test", "roles": ["BILLER"]})
    held = Membership.objects.get(user__email="new@acme.test")
    before = held.user.password
    assert f"{PEOPLE}{held.pk}/withdraw/" in client.get(PEOPLE).content.decode()
    assert client.post(f"{PEOPLE}{held.pk}/withdraw/").status_code == 302
    assert not Membership.objects.filter(pk=held.pk).exists()
    assert User.objects.get(email="new@acme.test").password != before
    assert "Invitation withdrawn" in client.get("/t/acme/settings/history/").content.decode()


def test_who_came_stays(tenant, members):
    members["BILLER"].set_password("a long enough word")
    members["BILLER"].save()
    held = Membership.objects.get(user=members["BILLER"])
    client = Client()
    client.force_login(members["ADMIN"])
    client.post(f"{PEOPLE}{held.pk}/withdraw/")
    assert Membership.objects.filter(pk=held.pk).exists()


def test_another_company_s_link_stays_good(tenant, other_tenant, members):
    for company in (tenant, other_tenant):
        with tenant_scope(company.pk):
            add_person(tenant=company, email="two@x.test", roles=["BILLER"], at=NOON, actor=None)
    held = Membership.objects.get(user__email="two@x.test", tenant=tenant)
    client = Client()
    client.force_login(members["ADMIN"])
    before = User.objects.get(email="two@x.test").password
    client.post(f"{PEOPLE}{held.pk}/withdraw/")
    assert User.objects.get(email="two@x.test").password == before
