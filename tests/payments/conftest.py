"""Who looks at the pages of receipts, whose, and when."""

from __future__ import annotations

import pytest
from django.utils import timezone

from core.tenancy import tenant_scope
from customers.models import Customer
from tests.factories import CustomerFactory


@pytest.fixture
def today(tenant):
    return tenant.day_of(timezone.now())


@pytest.fixture
def cashier(client, members):
    client.force_login(members["CASHIER"])
    return client


@pytest.fixture
def customer(tenant) -> Customer:
    with tenant_scope(tenant.pk):
        return CustomerFactory(name="Acme Trading", code="ACME")
