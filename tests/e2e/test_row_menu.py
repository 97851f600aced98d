"""What can be done with a row without leaving the list: by key and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.models import Membership, User
from core.roles import Role
from core.tenancy import tenant_scope
from invoices.enums import InvoiceState
from invoices.models import Invoice
from tests.conftest import make_tenant
from tests.e2e.conftest import PASSWORD, Site, sign_in
from tests.invoices.helpers import draft

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def drafts(site: Site, new_page: Callable[..., Page]) -> tuple[Page, Any]:
    """The list of a company's bills: one draft and one issued."""
    tenant, page = make_tenant("yuanfan", name="Yuanfan"), new_page()
    person = User.objects.create_user("admin@yuanfan.test", PASSWORD)
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    with tenant_scope(tenant.pk):
        draft(person)
    sign_in(page, site, "admin@yuanfan.test")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/?view=drafts")
    return page, tenant


def test_a_draft_is_submitted_from_its_row_and_edited_by_a_key(drafts: Any) -> None:
    page, tenant = drafts
    keys, menu = page.keyboard, page.locator("#row-menu")
    there = page.url
    keys.press("j")
    keys.press(".")
    expect(menu).to_contain_text("Submit for review")
    expect(menu).to_contain_text("Duplicate")
    menu.get_by_role("button", name="Submit for review").click()
    expect(page.locator("#toasts")).to_contain_text("Submitted for review.")
    expect(menu).to_be_hidden()
    assert page.url == there, "the list is where the person stays"
    with tenant_scope(tenant.pk):
        assert Invoice.objects.get().state == InvoiceState.IN_REVIEW

    page.goto(there.partition("?")[0])
    row = page.locator(".list-table tbody tr")
    row.hover()
    row.get_by_role("button", name="What can be done with the row").click()
    menu.get_by_role("button", name="Take back").click()
    expect(page.locator("#toasts")).to_contain_text("The invoice is a draft again.")
    page.locator(".list-table tbody tr th a").first.focus()
    keys.press("e")
    page.wait_for_url("**/edit/")
