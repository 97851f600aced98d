"""The list pattern, shown on a list of customers."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from core.lists import keyset
from core.models import Tenant, User
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.list_site")]
URL = "/t/acme/demo/"


def make(count: int, start: int = 0, **fields: Any) -> list[Customer]:
    rows = [
        Customer(
            **(
                {
                    "code": f"C{n:04}",
                    "name": f"Customer {n % 7}",
                    "currency": ("CNY", "EUR", "JPY")[n % 3],
                    "credit_limit": None if n % 5 == 0 else Decimal(n * 10),
                    "reminders_paused_until": None if n % 4 else date(2026, 1, 1) + timedelta(n),
                    "created_at": NOON,
                }
                | fields
            )
        )
        for n in range(start, start + count)
    ]
    return Customer.objects.bulk_create(rows)


@pytest.fixture
def many(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant.pk):
        make(173)
    return tenant


@pytest.fixture
def get(client: Client, members: dict[str, User]) -> Any:
    client.force_login(members["BILLER"])

    def fetch(query: str = "", **headers: str) -> Any:
        response = client.get(URL + query, headers=headers)
        assert response.status_code == 200, query
        return response

    return fetch


def codes(response: Any) -> list[str]:
    return re.findall(r'rowheader" data-label="Code"><a [^>]*>([^<]*)</a>', response.content.decode())


def link(response: Any, rel: str) -> str:
    found = re.search(f'rel="{rel}" href="([^"]*)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else ""


def test_shows_the_page(get: Any, many: Tenant) -> None:
    response = get()
    assert len(codes(response)) == 50
