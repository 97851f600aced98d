"""The imports so far: page by page, as far back as they are kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from core.models import FileImport, Tenant, User
from core.pages.imports import RECENT
from core.tenancy import tenant_scope
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
AT = "/t/acme/import/"


def add(tenant: Tenant, by: User, count: int, name: str) -> None:
    """Add imports of one person, the newest with the greatest number."""
    with tenant_scope(tenant.pk):
        FileImport.objects.bulk_create(
            FileImport(
                kind="customers", file_name=f"{name}-{n:03}.csv", header_key="x", row_count=1,
                created_by=by, created_at=NOON,
            )
            for n in range(count)
        )  # fmt: skip


def pages(client: Client) -> list[list[str]]:
    """Follow *Older* to the end; return the names of the files on each page."""
    found, address = [], AT
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        found.append([one.file_name for one, *_rest in answer.context["recent"]])
        text = answer.content.decode()
        assert ("Newest" in text) == (address != AT)
        link = re.search(r'rel="next" href="([^"#]+)#so-far"', text)
        address = AT + link[1] if link else ""
    return found


def test_older_imports_are_a_link_away(
    client: Client, members: dict[str, User], tenant: Tenant
) -> None:
    add(tenant, members["BILLER"], RECENT, "mine")
    client.force_login(members["BILLER"])
    assert [len(page) for page in pages(client)] == [RECENT], "a full page has nothing behind it"

    add(tenant, members["ADMIN"], RECENT, "theirs")
    add(tenant, members["BILLER"], RECENT + 1, "later")
    expected = [f"later-{n:03}.csv" for n in reversed(range(RECENT + 1))]
    expected += [f"mine-{n:03}.csv" for n in reversed(range(RECENT))]
    found = pages(client)
    assert [len(page) for page in found] == [RECENT, RECENT, 1]
    assert [name for page in found for name in page] == expected

    client.force_login(members["ADMIN"])
    assert [len(page) for page in pages(client)] == [RECENT, RECENT, RECENT, 1]


@pytest.mark.parametrize("before", ["x", "-1", "", "１２", "9" * 40, "1;drop", "\x00"])
def test_what_is_no_place_is_the_first_page(
    client: Client, members: dict[str, User], tenant: Tenant, before: str
) -> None:
    add(tenant, members["ADMIN"], 2, "mine")
    client.force_login(members["ADMIN"])
    assert len(client.get(AT, {"before": before}).context["recent"]) == 2


def test_behind_the_last_there_is_the_way_back(
    client: Client, members: dict[str, User], tenant: Tenant
) -> None:
    add(tenant, members["ADMIN"], 2, "mine")
    client.force_login(members["ADMIN"])
    page = client.get(AT, {"before": "1"})
    assert not page.context["recent"]
    assert f'href="{AT}#so-far"' in page.content.decode()
