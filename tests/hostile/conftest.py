"""Who tries: an admin with a browser, and a program with the admin's key."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from core.models import Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.api.conftest import Program, make_key
from tests.factories import CustomerFactory, TaxCodeFactory


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    """Forget what earlier tests tried."""
    cache.clear()


@pytest.fixture
def boss(members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members[Role.ADMIN])
    return client


@pytest.fixture
def program(tenant: Tenant, members: dict[str, User]) -> Program:
    return Program(make_key(tenant, members[Role.ADMIN]))


@pytest.fixture
def customer(tenant: Tenant) -> Customer:
    """Return a customer in CNY, of a company with a usual tax."""
    with tenant_scope(tenant.pk):
        TaxCodeFactory(is_default=True)
        return CustomerFactory(name="Customer", currency="CNY")
