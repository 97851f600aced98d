"""Who works in a company: adding, roles, the last admin, links that let nobody else in."""

import threading

import pytest
from django.db import connection
from django.test import Client

from core.models import AuditEntry, Membership, User
from core.operations import (
    AlreadyMember,
    LastAdmin,
    NoRole,
    add_person,
    change_person,
    set_password_path,
)
from core.roles import PERMISSIONS, Role
from core.tenancy import tenant_scope
from tests.conftest import NOON, make_tenant
from tests.opened import seen_at

pytestmark = pytest.mark.django_db
WORD = "correct horse battery"


def add(tenant, email="new@acme.test", roles=("BILLER",), **fields):
    return add_person(tenant=tenant, email=email, roles=list(roles), at=NOON, actor=None, **fields)


def change(membership, roles, *, is_active=True):
    return change_person(
        membership=membership, roles=roles, is_active=is_active, at=NOON, actor=None
    )


def works(path):
    """Test if a link to set a password still opens its form."""
    return Client().get(path).status_code == 302


def test_somebody_unknown_is_made_without_a_password(in_tenant):
    membership = add(in_tenant, "Li.Na@Acme.test", name="Li Na", roles=["APPROVER", "BILLER"])
    user = membership.user
    assert (user.email, user.name, user.language) == ("li.na@acme.test", "Li Na", "en")
    assert not user.has_usable_password()
    assert membership.roles == ["BILLER", "APPROVER"]
    assert works(set_password_path(user))
    entry = AuditEntry.objects.get(event="person.added")
    assert entry.changes == {"roles": [[], ["BILLER", "APPROVER"]]}


def test_a_known_person_keeps_password_and_name(in_tenant):
    known = User.objects.create_user("known@rival.test", WORD, name="Known")
    assert add(in_tenant, "KNOWN@rival.test", name="Other").user == known
    known.refresh_from_db()
    assert known.name == "Known"
    assert known.check_password(WORD)


def test_a_link_another_company_holds_does_not_open_this_one(tenant, other_tenant):
    with tenant_scope(other_tenant.pk):
        theirs = add(other_tenant)
    link = set_password_path(theirs.user)
    assert works(link)
    with tenant_scope(tenant.pk):
        add(tenant)
    assert not works(link)


def test_nobody_is_added_twice_or_without_a_role(in_tenant):
    add(in_tenant)
    with pytest.raises(AlreadyMember):
        add(in_tenant, "NEW@acme.test")
    for roles in ([], ["KING"], ["BILLER", "KING"]):
        with pytest.raises(NoRole):
            add(in_tenant, "x@acme.test", roles=roles)
    assert not User.objects.filter(email="x@acme.test").exists()


def test_the_last_admin_stays(in_tenant, members):
    admin = Membership.objects.get(user=members["ADMIN"])
    for roles, is_active in (["BILLER"], True), (["ADMIN"], False):
        with pytest.raises(LastAdmin):
            change(admin, roles, is_active=is_active)
    admin.refresh_from_db()
    assert (admin.roles, admin.is_active) == (["ADMIN"], True)
    biller = Membership.objects.get(user=members["BILLER"])
    change(biller, ["ADMIN"])
    change(admin, ["BILLER"])
    with pytest.raises(LastAdmin):
        change(biller, ["BILLER"])


def test_an_admin_who_left_does_not_count(in_tenant, members):
    biller = Membership.objects.get(user=members["BILLER"])
    change(biller, ["ADMIN"])
    change(biller, ["ADMIN"], is_active=False)
    with pytest.raises(LastAdmin):
        change(Membership.objects.get(user=members["ADMIN"]), ["BILLER"])


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_do_not_both_succeed():
    tenant = make_tenant("acme")
    rows = [
        Membership.objects.create(
            tenant=tenant, user=User.objects.create_user(f"{name}@acme.test"), roles=["ADMIN"]
        )
        for name in "ab"
    ]
    start, outcomes = threading.Barrier(2, timeout=10), []

    def demote(membership):
        try:
            start.wait()
            with tenant_scope(tenant.pk):
                change(membership, ["BILLER"])
            outcomes.append("done")
        except LastAdmin:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["done", "refused"]


def test_changes_are_audited_with_before_and_after(in_tenant, members):
    biller = Membership.objects.get(user=members["BILLER"])
    change(biller, ["BILLER", "CASHIER"])
    change(biller, ["BILLER", "CASHIER"])
    entry = AuditEntry.objects.get(event="person.changed")
    assert entry.changes == {"roles": [["BILLER"], ["BILLER", "CASHIER"]]}


# Pages


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def test_the_page_shows_the_members_and_every_permission_by_role(admin, members):
    page = admin.get("/t/acme/settings/people/")
    content = page.content.decode()
    assert "cashier@acme.test" in content
    assert "stranger@rival.test" not in content
    table = content.split('id="matrix-heading"')[1]
    assert table.count("<tr>") == len(PERMISSIONS) + 1
    carried = sum(1 + len(set(roles) - {Role.ADMIN}) for _text, roles in PERMISSIONS.values())
    assert table.count(">yes</span>") == carried


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": "nobody", "roles": ["CASHIER"]}, "email"),
        ({"email": "n@acme.test"}, "roles"),
        ({"email": "n@acme.test", "roles": ["KING"]}, "roles"),
        ({"email": "biller@acme.test", "roles": ["CASHIER"]}, "email"),
    ],
)
def test_bad_input_is_said_at_the_field_and_kept(admin, data, field):
    answer = admin.post("/t/acme/settings/people/new/", data)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert f'value="{data["email"]}"' in answer.content.decode()


def test_the_last_admin_is_told_so(admin, members):
    own = members["ADMIN"].memberships.get()
    url = f"/t/acme/settings/people/{own.pk}/"
    answer = admin.post(url, {"roles": ["BILLER"]} | seen_at(admin, url))
    assert answer.status_code == 422
    assert "last admin" in answer.content.decode()


def test_who_was_deactivated_cannot_open_the_company(admin, members):
    biller = members["BILLER"].memberships.get()
    url = f"/t/acme/settings/people/{biller.pk}/"
    answer = admin.post(url, {"roles": ["BILLER"]} | seen_at(admin, url))
    assert answer.status_code == 302
    theirs = Client()
    theirs.force_login(members["BILLER"])
    assert theirs.get("/t/acme/jobs/").status_code == 404


def test_members_of_another_company_are_not_there(admin, members):
    foreign = members["STRANGER"].memberships.get()
    answer = admin.post(f"/t/acme/settings/people/{foreign.pk}/", {"roles": ["ADMIN"]})
    assert answer.status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_nobody_but_an_admin(client, members, role):
    client.force_login(members[role])
    assert client.get("/t/acme/settings/people/").status_code == 403
    assert client.post("/t/acme/settings/people/new/", {}).status_code == 403


def test_a_person_in_two_companies_has_their_roles_by_the_address(client, members, other_tenant):
    user = members["ADMIN"]
    Membership.objects.create(tenant=other_tenant, user=user, roles=["AUDITOR"])
    client.force_login(user)
    assert client.get("/t/acme/settings/people/").status_code == 200
    assert client.get("/t/rival/settings/people/").status_code == 403
    assert client.get("/t/rival/settings/").status_code == 200
