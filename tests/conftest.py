"""Fixtures every test may use: two tenants, so that leaks have somewhere to come from.

The test database is made by its owner; every test's connection then takes on ``duebook_app``, the
role of the web and worker processes, which row-level security binds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.postgresql.operations import DatabaseOperations
from pytest_django import DjangoDbBlocker

from core import mails
from core.hashers import Argon2Hasher
from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope

# Pages name their files as they are: nothing collects and hashes them for a test.
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)

# The site's own way of keeping passwords, at a fraction of its cost.
Argon2Hasher.memory_cost = 64

FLUSHES = 3

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Log in as the owner, who may create the test database."""
    owner = settings.DATABASE_OWNER
    for key in ("USER", "PASSWORD", "HOST", "PORT"):
        connection.settings_dict[key] = owner[key]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """From here on every connection acts as the app role, and a flush as the owner."""
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = "duebook_app"
    flush = DatabaseOperations.execute_sql_flush

    def flush_as_owner(self: DatabaseOperations, sql_list: list[str]) -> None:
        statements = [
            "RESET ROLE",
            "SELECT set_config('app.erase', 'on', true)",
            *sql_list,
            "SET ROLE duebook_app",
        ]
        for tries_left in reversed(range(FLUSHES)):
            try:
                flush(self, statements)
                break
            except OperationalError:  # a thread of the test's server read in another order
                if not tries_left:
                    raise

    DatabaseOperations.execute_sql_flush = flush_as_owner  # type: ignore[method-assign]
    yield
    # A thread of a test's server may still hold a connection, and the database could not go.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    connection.close()
    connection.settings_dict["OPTIONS"].pop("assume_role")


@pytest.fixture(autouse=True)
def _no_worker_for_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send mails about accounts at once: no worker runs beside a test."""
    monkeypatch.setattr("core.mails.hand_over", mails.deliver)


def make_tenant(slug: str, **fields: Any) -> Tenant:
    defaults: dict[str, Any] = {
        "name": slug.title(),
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "country": "CN",
        "created_at": NOON,
    }
    return Tenant.objects.create(slug=slug, **(defaults | fields))


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant("acme")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return make_tenant("rival", currency="EUR", time_zone="Europe/Berlin", country="DE")


@pytest.fixture
def in_tenant(tenant: Tenant, other_tenant: Tenant) -> Iterator[Tenant]:
    with tenant_scope(tenant.pk):
        yield tenant


@pytest.fixture
def members(tenant: Tenant, other_tenant: Tenant) -> dict[str, User]:
    """One person per role in ``tenant``; STRANGER is the other tenant's admin."""
    people = {}
    for role in Role:
        people[role.value] = User.objects.create_user(f"{role.value.lower()}@acme.test")
        Membership.objects.create(tenant=tenant, user=people[role.value], roles=[role.value])
    people["STRANGER"] = User.objects.create_user("stranger@rival.test")
    Membership.objects.create(tenant=other_tenant, user=people["STRANGER"], roles=[Role.ADMIN])
    return people
