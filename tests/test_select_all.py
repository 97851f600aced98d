"""Choosing all that match, on every list that can: refused once somebody else added a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from core.models import AuditEntry, Job, Tenant, User
from core.tenancy import tenant_scope
from core.urls_in import page_url
from tests.factories import CustomerFactory, InvoiceLineFactory
from tests.world import build_world, site_lists

pytestmark = pytest.mark.django_db


# Who has buttons for the ticked rows must stand here, with how one row more is made.
ANOTHER: dict[str, Callable[[], object]] = {
    "invoices": InvoiceLineFactory,
    "customers": CustomerFactory,
}


def buttons(text: str) -> list[str]:
    """Return where the buttons of the ticked rows send them."""
    bar = text.partition('<span class="selection-actions">')[2].partition("</form>")[0]
    found = re.findall(r'<button type="submit" class="btn[^>]*formaction="([^"]+)"', bar)
    return [unescape(url) for url in found]


def test_all_that_match_is_refused_with_the_new_number_once_a_row_was_added(
    tenant: Tenant, members: dict[str, User]
) -> None:
    build_world(tenant)
    client = Client()
    client.force_login(members["ADMIN"])
    tried = set()
    for key, entry in site_lists().items():
        text = client.get(page_url(tenant, entry.page)).content.decode() if entry.page else ""
        acts = buttons(text)
        if not acts:
            continue
        count = int(re.findall(r'name="matching_count" value="(\d+)"', text)[0])
        with tenant_scope(tenant.pk):
            ANOTHER[key]()
            before = (AuditEntry.objects.count(), Job.objects.count())
        for url in acts:
            for confirmed in ({}, {"confirmed": "1"}):
                data = {"matching": "1", "matching_count": str(count)} | confirmed
                answer = client.post(url, data)
                assert answer.status_code == 409, url
                said = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
                assert f"now {count + 1} match. Nothing was done." in said, url
            tried.add(url.partition("?")[0])
        with tenant_scope(tenant.pk):
            assert (AuditEntry.objects.count(), Job.objects.count()) == before
    assert len(tried) > len(ANOTHER)
