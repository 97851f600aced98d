"""The palette, the sheet of keys and the rows of a list, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import CustomerDraft, create_customer
from invoices.operations.import_bills import ImportedBill, import_bills
from tests.conftest import NOON, make_tenant
from tests.e2e.conftest import PASSWORD, Site, sign_in

DAY = date(2026, 3, 2)
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def company() -> Tenant:
    tenant = make_tenant("yuanfan", name="Yuanfan")
    person = User.objects.create_user("admin@yuanfan.test", PASSWORD)
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    with tenant_scope(tenant.pk):
        for name in ("上海科技有限公司", "重庆物流有限公司", "Donghai Trading"):
            create_customer(draft=CustomerDraft(name=name), at=NOON, actor=person)
    return tenant


def bill_everybody(tenant: Tenant) -> None:
    """Give each customer an open bill: a customer's page then has a table of its own."""
    with tenant_scope(tenant.pk):
        bills = [
            ImportedBill(one, f"B-{one.pk}", DAY, DAY, Decimal(10), one.currency, "", "")
            for one in Customer.objects.order_by("pk")
        ]
        import_bills(bills=bills, at=NOON, actor=None)


def compose(page: Page, key: str) -> None:
    """Press a key as an input method does while it composes."""
    page.evaluate(
        "key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key, bubbles: true, cancelable: true, isComposing: true}))",
        key,
    )


@pytest.fixture
def page(site: Site, new_page: Callable[..., Page]) -> Page:
    """The home page of a company with three customers."""
    tenant, page = company(), new_page()
    sign_in(page, site, "admin@yuanfan.test")
    page.goto(f"{site.url}/t/{tenant.slug}/")
    return page


def test_the_palette_finds_by_initials_and_opens(page: Page) -> None:
    home, keys, box = page.url, page.keyboard, page.locator("#palette-q")
    keys.press("Control+k")
    expect(box).to_be_focused()
    expect(page.locator("#palette-answer")).to_contain_text("New invoice")
    keys.type("shkj")
    chosen = page.locator("#palette-answer [aria-selected=true]")
    expect(chosen).to_contain_text("上海科技有限公司C0000")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert box.get_attribute("aria-expanded") == "true"
    compose(page, "Enter")
    assert page.url == home, "an input method's Enter opens nothing"
    keys.press("ArrowUp")
    expect(chosen).to_contain_text("Receive payment from")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("h1")).to_contain_text("上海科技有限公司")
    page.wait_for_load_state()

    keys.press("/")
    expect(page.locator("#palette-list .found").first).to_contain_text("上海科技有限公司")
    keys.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_the_sheet_of_keys_and_keys_in_a_field(page: Page) -> None:
    keys, sheet = page.keyboard, page.locator("#keys-sheet")
    keys.press("?")
    expect(sheet).to_contain_text("Next row")
    keys.press("g")
    keys.press("i")
    keys.press("Escape")
    expect(sheet).to_be_hidden()

    keys.press("g")
    keys.press("c")
    page.wait_for_url("**/customers/")
    search = page.locator("#list-q")
    search.focus()
    keys.type("gi?jx/")
    expect(search).to_have_value("gi?jx/")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert "/customers/" in page.url


def test_rows_are_walked_and_records_stepped_through(page: Page) -> None:
    keys, rows = page.keyboard, page.locator(".list-table tbody tr")
    bill_everybody(Tenant.objects.get())
    keys.press("g")
    keys.press("c")
    expect(rows).to_have_count(3)
    names = rows.locator("th a").all_inner_texts()
    keys.press("j")
    keys.press("j")
    expect(rows.nth(1).locator("th a")).to_be_focused()
    keys.press("k")
    expect(rows.nth(0).locator("th a")).to_be_focused()
    keys.press("o")
    for key, name in ((None, names[0]), ("]", names[1]), ("]", names[2]), ("[", names[1])):
        if key:
            keys.press(key)
        expect(page.locator("h1")).to_contain_text(name)
        expect(page.locator(".list-table tbody tr")).not_to_have_count(0)  # open items
        page.wait_for_load_state()  # keys are bound once the page is there
    keys.press("c")
    keys.press("u")
    page.wait_for_url("**/customers/new/")


def test_letters_switched_off_do_nothing(page: Page) -> None:
    User.objects.update(single_keys=False)
    page.reload()
    home = page.url
    for key in ("?", "/", "g", "c"):
        page.keyboard.press(key)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.url == home
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()


def test_tab_passes_a_long_select_by_and_takes_what_was_looked_for(page: Page) -> None:
    keys, chosen = page.keyboard, page.locator("select[name=customer]")
    page.goto(page.url + "receipts/new/")
    box = page.locator("#id_customer-ts-control")
    box.focus()
    expect(page.locator(".ts-dropdown .option").first).to_be_visible()
    keys.press("Tab")
    expect(page.locator("[name=amount]")).to_be_focused()
    expect(chosen).to_have_value("")
    keys.press("Shift+Tab")
    keys.type("Donghai")
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text("Donghai Trading")
    keys.press("Tab")
    expect(chosen).not_to_have_value("")
