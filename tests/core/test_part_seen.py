"""Who sees a part of the company is told so wherever sums stand: on pages and in files."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from core.lists import files
from core.models import Membership, Team, Tenant, User
from core.tenancy import tenant_scope
from tests.factories import CustomerFactory

PAGES = ("", "invoices/", "customers/", "receipts/", "reports/aging/")


@pytest.fixture
def desk(tenant: Tenant, members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members["MANAGER"])
    return client


def see(tenant: Tenant, members: dict[str, User], scope: str) -> None:
    with tenant_scope(tenant.pk):
        team = Team.objects.create(name="North") if scope == "TEAM" else None
        mine = Membership.objects.get(user=members["MANAGER"])
        mine.data_scope, mine.team = scope, team
        mine.save()
        CustomerFactory(owner=members["MANAGER"])


@pytest.mark.parametrize(
    ("scope", "words"),
    [("OWN", "Your customers only"), ("TEAM", "Your team&#x27;s customers"), ("ALL", "")],
)
def test_pages_with_sums(
    desk: Client, tenant: Tenant, members: dict[str, User], scope: str, words: str
) -> None:
    see(tenant, members, scope)
    for path in PAGES:
        page = desk.get(f"/t/acme/{path}")
        assert page.status_code == 200, path
        assert ('class="part-seen"' in page.content.decode()) == bool(words), path
        assert words in page.content.decode(), path


def parameters(answer: Any) -> dict[str, str]:
    content = b"".join(answer.streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[-1]
    return {str(row[0]): str(row[1]) for row in sheet.iter_rows(values_only=True)}


def test_files(
    desk: Client, tenant: Tenant, members: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    see(tenant, members, "OWN")
    for path in ("customers/?export=xlsx", "reports/aging/?export=xlsx"):
        assert parameters(desk.get(f"/t/acme/{path}"))["Shows"] == "Your customers only", path
    printed: list[str] = []

    def keep(html: str, **_more: Any) -> bytes:
        printed.append(html)
        return b"%PDF"

    monkeypatch.setattr(files, "render", keep)
    assert b"".join(desk.get("/t/acme/customers/?export=pdf").streaming_content) == b"%PDF"
    assert "<strong>Your customers only</strong>" in printed[0]
    Membership.objects.filter(user=members["MANAGER"]).update(data_scope="ALL")
    assert "Shows" not in parameters(desk.get("/t/acme/customers/?export=xlsx"))
