"""Who looks at the pages of customers, and when."""

from __future__ import annotations

import pytest
from django.utils import timezone


@pytest.fixture
def today(tenant):
    return tenant.day_of(timezone.now())


@pytest.fixture
def as_admin(client, members):
    client.force_login(members["ADMIN"])
    return client
