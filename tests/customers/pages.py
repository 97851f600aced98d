"""What the tests of the pages of customers share."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import NOON
from tests.factories import CustomerFactory


def url(path: str = "", tenant: str = "acme") -> str:
    return f"/t/{tenant}/customers/{path}"


def make(tenant: Tenant, name: str = "Acme", **fields) -> Customer:
    with tenant_scope(tenant.pk):
        return CustomerFactory(name=name, created_at=NOON, **fields)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def questions(client, address: str) -> int:
    """Return how many statements a page takes, without those that open and close transactions."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return sum(1 for query in captured if query["sql"].startswith("SELECT"))


def form_of(response) -> dict[str, str | list[str]]:
    """Return the fields of the page's form as a browser would send them."""
    page = response.content.decode()
    page = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    data: dict = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or ('type="checkbox"' in tag and "checked" not in tag):
            continue
        data.setdefault(name[1], []).append(
            value[1] if value else "on" if "checkbox" in tag else ""
        )
    for name, body in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', body)
        data[name] = [chosen[1] if chosen else ""]
    for name, body in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL
    ):
        data[name] = [body.strip()]
    return data
