"""The bill editor with the keyboard alone, with an input method, and with tabs that are closed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import CustomerDraft, create_customer
from invoices.models import Invoice, TypedBill
from tests.conftest import NOON, make_tenant
from tests.e2e.conftest import PASSWORD, Site, sign_in
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.helpers import draft

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PER_KEY = 60  # milliseconds, as a person types
COUNT_MOUSE = """window.mouse = 0;
for (const name of ["mousedown", "mouseup", "mousemove", "pointerdown"])
  addEventListener(name, () => { window.mouse += 1; }, true);"""


def company() -> Tenant:
    tenant = make_tenant("yuanfan", name="Yuanfan")
    for role in (Role.ADMIN, Role.BILLER):
        person = User.objects.create_user(f"{role.lower()}@yuanfan.test", PASSWORD)
        Membership.objects.create(tenant=tenant, user=person, roles=[role])
    with tenant_scope(tenant.pk):
        for name in ("上海科技有限公司", "Donghai Trading"):
            create_customer(draft=CustomerDraft(name=name), at=NOON, actor=person)
        code = TaxCodeFactory(is_default=True, rate=Decimal("0.13"))
        for product, name, price in (("CON", "咨询服务", "800"), ("TRA", "Travel", "120.50")):
            ProductFactory(
                code=product, name=name, unit="h", unit_price=Decimal(price), tax_code=code
            )
    return tenant


@pytest.fixture
def tenant(site: Site) -> Tenant:
    return company()


@pytest.fixture
def page(site: Site, tenant: Tenant, new_page: Callable[..., Page]) -> Iterator[Page]:
    """The home page of a company; at the end nothing is under way to the server any more."""
    page = new_page()
    sign_in(page, site, "admin@yuanfan.test")
    page.goto(f"{site.url}/t/{tenant.slug}/")
    yield page
    for one in page.context.pages:
        expect(one.locator("form[data-unsaved]")).to_have_count(0)
        one.wait_for_timeout(400)


def saved(tenant: Tenant) -> Invoice:
    with tenant_scope(tenant.pk):
        return Invoice.objects.get()


def lines_of(tenant: Tenant) -> list[tuple[str, Decimal, Decimal]]:
    with tenant_scope(tenant.pk):
        rows = Invoice.objects.get().lines.order_by("position")
        return list(rows.values_list("description", "quantity", "unit_price"))


class Typist:
    """Somebody at the keyboard, at 60 ms a key."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def keys(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name, delay=PER_KEY)

    def text(self, words: str) -> None:
        self.page.keyboard.type(words, delay=PER_KEY)


def test_three_lines_by_keyboard_alone(page: Page, tenant: Tenant) -> None:
    page.add_init_script(COUNT_MOUSE)
    start, keys, text = time.monotonic(), Typist(page).keys, Typist(page).text
    keys("c", "i")
    customer = page.locator("input#id_customer")
    expect(customer).to_be_focused()
    text("shkj")
    keys("Tab")
    expect(customer).to_have_value("上海科技有限公司")
    product = page.locator("[name=lines-0-product]")
    while not product.evaluate("one => one === document.activeElement"):
        keys("Tab")
    text("zxfw")
    keys("Tab")
    expect(page.locator("[name=lines-0-description]")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "咨询服务"
    text("Workshop")
    keys("Tab", "Tab")
    text("2.5")
    keys(*["Tab"] * 5)
    expect(page.locator("[name=lines-1-product]")).to_be_focused()
    text("tra")
    keys("Enter", "Control+d")
    expect(page.locator("[name=lines-2-description]")).to_be_focused()
    text("Train")
    keys("Control+Enter")
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))
    assert page.evaluate("window.mouse") == 0
    assert time.monotonic() - start <= 25
    assert saved(tenant).state == "IN_REVIEW"
    assert lines_of(tenant) == [
        ("Workshop", Decimal("2.5"), Decimal(800)),
        ("Travel", Decimal(1), Decimal("120.5")),
        ("Train", Decimal(1), Decimal("120.5")),
    ]


def compose(page: Page, key: str, code: int = 229, **more: bool) -> None:
    """Press a key as an input method does while it composes: 229 is all that some browsers say."""
    page.evaluate(
        "([key, keyCode, more]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key, keyCode, bubbles: true, cancelable: true, ...more}))",
        [key, code, more],
    )


def test_an_input_method_composes_undisturbed(site: Site, page: Page, tenant: Tenant) -> None:
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    rows = page.locator("tr[data-line]:visible")
    tax = page.locator("[name=lines-0-tax_code]")
    page.locator("[name=lines-0-description]").fill("咨询")
    tax.focus()
    for way in ({"code": 229}, {"code": 13, "isComposing": True}):
        for key in ("Tab", "Enter"):
            compose(page, key, **way)
    expect(rows).to_have_count(1)
    product = page.locator("[name=lines-0-product]")
    product.focus()
    page.keyboard.type("zx")
    expect(page.locator(".choices:visible [role=option]")).to_have_count(1)
    compose(page, "Enter", isComposing=True)
    compose(page, "Tab")
    for key in ("n", "d", "Delete"):
        compose(page, key, altKey=key == "n", ctrlKey=key != "n")
    expect(product).to_have_value("zx")
    expect(rows).to_have_count(1)
    assert "/new/" in page.url
    product.press("Tab")
    expect(product).to_have_value("CON")


def test_a_closed_tab_loses_nothing(site: Site, page: Page, tenant: Tenant) -> None:
    context: BrowserContext = page.context
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.locator("[name=lines-0-description]").fill("Half a line")
    page.locator("[name=note]").fill("Do not lose me")
    expect(page.locator("#save-state")).to_contain_text("Kept")
    page.locator("[name=note]").press_sequentially(" and me")
    page.close(run_before_unload=False)  # within the second before it saves by itself

    page = context.new_page()
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.get_by_role("link", name="Go on with it").click()
    expect(page.locator("[name=note]")).to_have_value(re.compile("Do not lose me"))
    expect(page.locator("[name=lines-0-description]")).to_have_value("Half a line")
    page.locator("input#id_customer").fill("dong")
    page.locator("input#id_customer").press("Tab")
    page.locator("[name=lines-0-unit_price]").fill("=1000/8")
    page.locator("[name=lines-0-quantity]").fill("2")
    expect(page.locator("[name=lines-0-unit_price]")).to_have_value("125.00")
    expect(page.locator("[data-total]")).to_contain_text("282.50")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(page).to_have_url(re.compile(r"/invoices/\d+/edit/$"))
    with tenant_scope(tenant.pk):
        assert not TypedBill.objects.exists()


def test_two_editors_choose(
    site: Site, page: Page, tenant: Tenant, new_page: Callable[..., Page]
) -> None:
    with tenant_scope(tenant.pk):
        bill = draft(None, customer=Customer.objects.order_by("pk").first())
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    other = new_page()
    sign_in(other, site, "biller@yuanfan.test")
    other.goto(page.url)
    other.locator("[name=note]").fill("Theirs")
    expect(other.locator("#save-state")).to_contain_text("Saved")
    page.locator("[name=note]").fill("Mine")
    panel = page.locator("#conflict")
    expect(panel).to_contain_text("Theirs")
    expect(panel).to_contain_text("biller@yuanfan.test")
    panel.get_by_role("button", name="Take mine").click()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    assert saved(tenant).note == "Mine"


def test_signed_out_while_typing(site: Site, page: Page, tenant: Tenant) -> None:
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.context.clear_cookies(name="session")
    page.locator("[name=note]").fill("Typed after the session ended")
    link = page.get_by_role("link", name="Sign in and go on")
    expect(link).to_be_visible()
    link.click()
    page.locator("[name=login]").fill("admin@yuanfan.test")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.btn-primary[type=submit]").click()
    page.wait_for_url("**/invoices/new/?kept=*")
    expect(page.locator("[name=note]")).to_have_value("Typed after the session ended")


def test_rows_are_pasted_moved_and_put_back(site: Site, page: Page, tenant: Tenant) -> None:
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    product = page.locator("[name=lines-0-product]")
    product.focus()
    page.evaluate(
        "text => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " document.activeElement.dispatchEvent(new ClipboardEvent('paste',"
        " {clipboardData: data, bubbles: true, cancelable: true})); }",
        'CON\t"First\nand more"\t2\nXXX\tSecond\t1\t\t5',
    )
    rows = page.locator("tr[data-line]:visible")
    expect(rows).to_have_count(2)
    expect(page.locator("#toasts")).to_contain_text("2: XXX")
    expect(rows.nth(0).locator("textarea")).to_have_value("First\nand more")
    rows.nth(1).locator("textarea").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows.nth(0).locator("textarea")).to_have_value("Second")
    page.keyboard.press("Control+Delete")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Undo").last.click()
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator("textarea")).to_have_value("Second")
