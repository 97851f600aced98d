"""The third wall: of the company's customers the database shows a viewer theirs alone."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from core.models import Membership, Team, Tenant, User
from core.models.tenant import DataScope
from core.tenancy import active_viewer, remembered, seen_by, tenant_scope, whole_company
from customers.models import Customer
from tests.factories import ContactFactory, CustomerFactory

# Tables that name a customer, or a part of what does, without a rule of their own; and why.
OPEN = {
    "core_fileimportrow": "reached through the import, which only its maker and admins see",
    "invoices_linkvisit": "days and counts of a link; its bill is not named",
}


@pytest.fixture
def people(tenant: Tenant) -> dict[str, User]:
    """ANN and BEN are a team, CEM is alone, DAN has left the team, EVA sees all."""
    with tenant_scope(tenant.pk):
        team = Team.objects.create(name="North")
    found = {}
    for name, scope in (("ANN", "OWN"), ("BEN", "TEAM"), ("CEM", "OWN"), ("DAN", "TEAM")):
        found[name] = User.objects.create_user(f"{name.lower()}@acme.test")
        Membership.objects.create(
            tenant=tenant,
            user=found[name],
            roles=["BILLER"],
            data_scope=scope,
            team=None if name == "CEM" else team,
            is_active=name != "DAN",
        )
    found["EVA"] = User.objects.create_user("eva@acme.test")
    Membership.objects.create(tenant=tenant, user=found["EVA"], roles=["ADMIN"])
    with tenant_scope(tenant.pk):
        for name, person in found.items():
            CustomerFactory(name=name, owner=person)
        CustomerFactory(name="NOBODY")
    return found


def names(viewer: User | None, tenant: Tenant) -> set[str]:
    with tenant_scope(tenant.pk, viewer=viewer and viewer.pk), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM customers_customer")
        return {row[0] for row in cursor.fetchall()}


def test_who_sees_whose_customers(tenant: Tenant, people: dict[str, User]) -> None:
    everybody = {*people, "NOBODY"}
    assert names(people["ANN"], tenant) == {"ANN"}
    assert names(people["BEN"], tenant) == {"ANN", "BEN", "DAN"}
    assert names(people["CEM"], tenant) == {"CEM"}
    assert names(people["EVA"], tenant) == everybody
    assert names(None, tenant) == everybody
    assert names(User.objects.create_user("x@rival.test"), tenant) == set()  # nobody's member


def test_a_viewer_cannot_change_or_delete_or_give_away_what_they_do_not_see(
    tenant: Tenant, people: dict[str, User]
) -> None:
    with tenant_scope(tenant.pk):
        unseen = Customer.objects.get(name="BEN")
    with tenant_scope(tenant.pk, viewer=people["ANN"].pk), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET note = 'x'")
        assert cursor.rowcount == 1
        cursor.execute("DELETE FROM customers_customer WHERE name = 'BEN'")
        assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("UPDATE customers_customer SET owner_id = %s", [people["BEN"].pk])
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            CustomerFactory(owner=people["BEN"])
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            ContactFactory(customer=unseen)


def test_blocks_widen_and_narrow_and_end(tenant: Tenant, people: dict[str, User]) -> None:
    ann, ben = people["ANN"].pk, people["BEN"].pk
    with tenant_scope(tenant.pk, viewer=ann):
        remembered()["x"] = 1
        with whole_company():
            assert Customer.objects.count() == 6
            assert "x" not in remembered()
            with seen_by(ben), tenant_scope(tenant.pk):
                assert Customer.objects.count() == 3
        with tenant_scope(tenant.pk):  # the same company again is the same view
            assert Customer.objects.count() == 1
        with pytest.raises(LookupError), whole_company():
            raise LookupError
        with pytest.raises(DatabaseError), whole_company(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert Customer.objects.count() == 1
        assert (active_viewer(), remembered()["x"]) == (ann, 1)
    with tenant_scope(tenant.pk):
        assert (active_viewer(), Customer.objects.count()) == (None, 6)


def test_the_view_ends_with_the_scope(tenant: Tenant, people: dict[str, User]) -> None:
    with transaction.atomic():
        with tenant_scope(tenant.pk, viewer=people["ANN"].pk):
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.owners(), app.viewer()")
            assert cursor.fetchone() == (None, None)


def test_admins_see_all_and_a_team_scope_needs_a_team(tenant: Tenant) -> None:
    person = User.objects.create_user("p@acme.test")
    for roles, scope in ((["ADMIN"], DataScope.OWN), (["BILLER"], DataScope.TEAM)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Membership.objects.create(tenant=tenant, user=person, roles=roles, data_scope=scope)


def test_a_team_of_another_company_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.pk):
        team = Team.objects.create(name="Theirs")
    person = User.objects.create_user("p@acme.test")
    Membership.objects.create(tenant=tenant, user=person, roles=["BILLER"], team_id=team.pk)
    with pytest.raises(DatabaseError):
        connection.check_constraints()


def test_every_table_of_customers_is_narrowed(tenant: Tenant) -> None:
    """A table with a customer, or that hangs on one that is narrowed, has a rule or a reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
            " WHERE NOT p.polpermissive AND p.polcmd = '*' AND 0 = ANY (p.polroles)"
            " AND pg_get_expr(p.polqual, c.oid) LIKE '%%app.owners()%%'"
        )
        narrowed = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.attname IN ('customer_id', 'account_id') AND c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace"
        )
        needing = {row[0] for row in cursor.fetchall()} | {"customers_customer"}
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        links = cursor.fetchall()
    assert len(needing) > 11
    while parts := {child for child, parent in links if parent in needing} - needing:
        needing |= parts
    assert needing - narrowed == set(OPEN) & needing
