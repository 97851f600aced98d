"""Tenancy: the traps that were measured (row-level security with Django), each as a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import environ
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from core.models import Tenant
from core.startup import require_safe_database_role
from core.tenancy import NoActiveTenant, WrongTenant, active_tenant_id, tenant_scope
from customers.models import Customer
from tests.conftest import make_tenant
from tests.factories import CustomerFactory

APP_LOGIN = environ.Env().db("DATABASE_URL")


@pytest.fixture
def both(tenant: Tenant, other_tenant: Tenant) -> tuple[Tenant, Tenant]:
    for owner in (tenant, other_tenant):
        with tenant_scope(owner.pk):
            CustomerFactory(name=f"of {owner.slug}")
    return tenant, other_tenant


def names_by_sql() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM customers_customer ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_without_a_tenant_python_is_loud_and_sql_is_empty(both: tuple[Tenant, Tenant]) -> None:
    with pytest.raises(NoActiveTenant):
        Customer.objects.count()
    assert names_by_sql() == []
    assert Customer._base_manager.count() == 0


def test_each_wall_holds_without_the_other(both: tuple[Tenant, Tenant]) -> None:
    ours, theirs = both
    with tenant_scope(ours.pk):
        assert names_by_sql() == ["of acme"]  # raw SQL: the database's wall alone
        with connection.cursor() as cursor:  # the setting forged: the manager's wall alone
            cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(theirs.pk)])
        assert list(Customer.objects.all()) == []


def test_writing_anothers_row_is_refused_by_python_and_by_sql(both: tuple[Tenant, Tenant]) -> None:
    ours, theirs = both
    with tenant_scope(theirs.pk):
        foreign = Customer.objects.get()
    with tenant_scope(ours.pk):
        with pytest.raises(WrongTenant):
            foreign.save()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE customers_customer SET name = 'x' WHERE id = %s", [foreign.pk])
            assert cursor.rowcount == 0
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                cursor.execute("UPDATE customers_customer SET tenant_id = %s", [theirs.pk])


def test_scopes_of_two_tenants_do_not_nest(both: tuple[Tenant, Tenant]) -> None:
    ours, theirs = both
    with tenant_scope(ours.pk):
        with tenant_scope(ours.pk):
            assert active_tenant_id() == ours.pk
        with pytest.raises(WrongTenant), tenant_scope(theirs.pk):
            pass
        assert names_by_sql() == ["of acme"]


def test_leaving_a_scope_inside_a_transaction_leaves_no_tenant(both: tuple[Tenant, Tenant]) -> None:
    with transaction.atomic():
        with tenant_scope(both[0].pk):
            pass
        assert names_by_sql() == []


def test_an_error_leaves_no_tenant_behind(both: tuple[Tenant, Tenant]) -> None:
    def fail() -> None:
        with tenant_scope(both[0].pk):
            raise LookupError

    with transaction.atomic(), pytest.raises(LookupError):
        fail()
    with pytest.raises(NoActiveTenant):
        active_tenant_id()
    assert names_by_sql() == []


@pytest.mark.django_db(transaction=True)
def test_the_setting_ends_with_the_transaction_on_a_reused_connection() -> None:
    tenant = make_tenant("acme")
    with tenant_scope(tenant.pk):
        CustomerFactory()
    assert connection.connection is not None  # the same one, as a pool would hand it on
    assert names_by_sql() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenant()")  # '' after SET LOCAL ended, read as no tenant
        assert cursor.fetchone() == (None,)


@pytest.mark.django_db(transaction=True)
def test_another_thread_starts_without_a_tenant() -> None:
    tenant, seen = make_tenant("acme"), []

    def look() -> None:
        try:
            active_tenant_id()
        except NoActiveTenant:
            seen.append("none")

    with tenant_scope(tenant.pk):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == ["none"]


def test_on_commit_handlers_run_without_a_tenant(
    tenant: Tenant, django_capture_on_commit_callbacks
) -> None:
    seen = []
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(tenant.pk):
        transaction.on_commit(lambda: seen.append(names_by_sql()))
    assert seen == [[]]


@pytest.fixture
def as_app(tenant: Tenant) -> Iterator[psycopg.Connection]:
    """A login of the app's own role, on the test database."""
    app_user = psycopg.conninfo.make_conninfo(
        dbname=connection.settings_dict["NAME"],
        user=APP_LOGIN["USER"],
        host=APP_LOGIN["HOST"] or APP_LOGIN.get("OPTIONS", {}).get("host"),
        port=APP_LOGIN["PORT"] or None,
        password=APP_LOGIN["PASSWORD"] or None,
    )
    with psycopg.connect(app_user, autocommit=True) as login:
        yield login


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE duebook_owner",
        "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customers_customer NO FORCE ROW LEVEL SECURITY",
        "SET row_security = off; SELECT * FROM customers_customer",
        "DROP POLICY customer_policy ON customers_customer",
        "TRUNCATE customers_customer CASCADE",
        "CREATE TABLE public.mine (id int)",
        "CREATE FUNCTION app.tenant() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "INSERT INTO customers_customer (tenant_id, code, name) VALUES (1, 'x', 'x')",
    ],
)
def test_the_apps_own_login_is_refused(as_app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error):
        as_app.execute(statement)


@pytest.mark.django_db
def test_start_up_check_tells_safe_from_unsafe_roles() -> None:
    require_safe_database_role_keeping_connection()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            with pytest.raises(ImproperlyConfigured, match="duebook_owner"):
                require_safe_database_role_keeping_connection()
        finally:
            cursor.execute("SET ROLE duebook_app")


def require_safe_database_role_keeping_connection() -> None:
    close, connection.close = connection.close, lambda: None  # type: ignore[method-assign]
    try:
        require_safe_database_role()
    finally:
        connection.close = close  # type: ignore[method-assign]


EXEMPT = {
    "core_membership",  # asked before a tenant is known: who may enter which
}


def test_every_tenant_table_has_its_walls(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, a.attnotnull,"
            " (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid"
            "   AND p.polroles <> ARRAY[c.relowner] AND p.polcmd = '*'"
            "   AND p.polwithcheck IS NOT NULL AND p.polqual IS NOT NULL),"
            " EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique"
            "   AND i.indkey::text = a.attnum || ' ' || id.attnum)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " JOIN pg_attribute id ON id.attrelid = c.oid AND id.attname = 'id'"
            " WHERE n.nspname = 'public' AND c.relkind = 'r'"
        )
        tables = {row[0]: row[1:] for row in cursor.fetchall()}
    assert len(tables) > 30
    broken = {
        name: walls
        for name, walls in tables.items()
        if name not in EXEMPT and walls != (True, True, 1, True)
    }
    assert broken == {}


def test_every_unique_rule_and_link_names_the_tenant(tenant: Tenant) -> None:
    """A unique rule without the tenant tells of others' rows; a plain link passes the wall."""
    allowed = {"outbound_message_id", "publiclink_public_id", "publiclink_token_hash"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x"
            " JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " WHERE x.indisunique AND NOT x.indisprimary AND NOT a.attnum = ANY (x.indkey)"
        )
        unique = cursor.fetchall()
        cursor.execute(
            "SELECT con.conname FROM pg_constraint con"
            " JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attname = 'tenant_id'"
            " JOIN pg_attribute b ON b.attrelid = con.confrelid AND b.attname = 'tenant_id'"
            " WHERE con.contype = 'f' AND array_length(con.conkey, 1) = 1"
        )
        links = cursor.fetchall()
    random_by_nature = ("message_id", "public_id", "token_hash", "secret_hash", "one_to_one")
    bad = [
        row
        for row in unique
        if row[0] not in EXEMPT
        and row[1] not in allowed
        and not any(word in row[2] for word in random_by_nature)
    ]
    # A one-to-one column is unique by itself; its id is globally unique, so it tells nothing.
    bad = [row for row in bad if not row[2].rstrip(")").endswith(("_id", "item_id"))]
    assert bad == []
    assert links == []


def test_no_numeric_column_takes_nan(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.atttypid = 'numeric'::regtype"
            " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid"
            "   AND k.contype = 'c' AND pg_get_constraintdef(k.oid) LIKE '%%' || a.attname"
            "   || '%%NaN%%')"
        )
        assert cursor.fetchall() == []
