"""Coming back to a list after work on one of its rows: the same page, place and row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import NOON, make_tenant
from tests.e2e.conftest import PASSWORD, Site, save, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def company() -> Tenant:
    tenant = make_tenant("yuanfan", name="Yuanfan")
    person = User.objects.create_user("admin@yuanfan.test", PASSWORD)
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    with tenant_scope(tenant.pk):
        Customer.objects.bulk_create(
            Customer(
                code=f"C{n:04}",
                name=f"{('Donghai', 'Nordwind')[n % 2]} {n:03}",
                currency="CNY",
                status=("ACTIVE", "ON_HOLD")[n // 2 % 2],
                created_at=NOON,
            )
            for n in range(620)
        )
    return tenant


def scrolled(page: Page) -> int:
    height: int = page.evaluate("Math.round(scrollY)")
    return height


def test_filter_page_three_open_save_and_back(site: Site, new_page: Callable[..., Page]) -> None:
    tenant, page = company(), new_page(viewport={"width": 1280, "height": 700})
    sign_in(page, site, "admin@yuanfan.test")
    page.goto(f"{site.url}/t/{tenant.slug}/customers/?q=nordwind&status=ON_HOLD")
    expect(page.locator(".list-count")).to_have_text("155 results")
    for start in (51, 101):
        page.get_by_role("link", name="Next").click()
        expect(page.locator(".list-place")).to_contain_text(f"{start}–")
    url = page.url
    row = page.locator("tbody tr").nth(30)
    name = row.locator("th a").inner_text()
    row.scroll_into_view_if_needed()
    page.evaluate("scrollBy({top: 200, behavior: 'instant'})")
    place = scrolled(page)
    assert place > 300

    row.locator("th a").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("[name=short_name]").fill("NW")
    save(page)
    expect(page.locator("h1")).to_contain_text(name)
    page.locator(".crumbs a").first.click()
    page.wait_for_url(url)
    here = page.locator("tr.is-here")
    expect(here).to_have_count(1)
    expect(here.locator("th a")).to_have_text(name)
    expect(here.locator("th a")).to_be_focused()
    assert abs(scrolled(page) - place) <= 2

    the_browsers_way_back(page, name, place)


def the_browsers_way_back(page: Page, name: str, place: int) -> None:
    url, here = page.url, page.locator("tr.is-here")
    here.locator("th a").click()
    expect(page.locator("h1")).to_contain_text(name)
    page.go_back()
    page.wait_for_url(url)
    expect(here.locator("th a")).to_have_text(name)
    assert abs(scrolled(page) - place) <= 2
