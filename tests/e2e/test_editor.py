"""The bill editor with the keyboard alone, with an input method, and with tabs that are closed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from playwright.sync_api import BrowserContext, Page, expect

from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Invoice, TypedBill
from tests.e2e.conftest import PASSWORD, Site, sign_in
from tests.e2e.editor import bill_with, company, lines_of, saved

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PER_KEY = 60  # milliseconds, as a person types
# Counted in the tab, whatever page it is on.
COUNT_MOUSE = """{
  const one = () => { sessionStorage.mouse = Number(sessionStorage.mouse ?? 0) + 1; };
  const kinds = ["mousedown", "mouseup", "mousemove", "pointerdown", "wheel"];
  for (const kind of kinds) addEventListener(kind, one, true);
}"""
MOUSE = """const count = () => { sessionStorage.mouse = Number(sessionStorage.mouse ?? 0) + 1; };
for (const name of ["mousedown", "mouseup", "mousemove", "pointerdown", "wheel"])
  addEventListener(name, count, true);"""
MOUSE = "Number(sessionStorage.mouse ?? 0)"
# A tab that is killed says nothing any more.
DIE_SILENTLY = """for (const name of ["pagehide", "beforeunload", "visibilitychange"])
  addEventListener(name, (event) => event.stopImmediatePropagation(), true);"""
STORED = "sessionStorage['duebook.typed'] ?? ''"
PASTE = """text => { const data = new DataTransfer(); data.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste",
    {clipboardData: data, bubbles: true, cancelable: true})); }"""


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
    assert page.evaluate(MOUSE) == 0
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


def test_chinese_is_composed_in_every_field(site: Site, page: Page, tenant: Tenant) -> None:
    """The browser's own composition, as an input method starts and ends it."""
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    method = page.context.new_cdp_session(page)
    rows, open_list = page.locator("tr[data-line]:visible"), page.locator(".choices:visible")

    def composing(letters: str, chosen: str) -> None:
        method.send(
            "Input.imeSetComposition",
            {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)},
        )
        for key in ("Enter", "Tab"):
            method.send(
                "Input.dispatchKeyEvent",
                {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": 229},
            )
        expect(open_list).to_have_count(0)
        expect(rows).to_have_count(1)
        method.send("Input.insertText", {"text": chosen})

    customer = page.locator("input#id_customer")
    customer.focus()
    composing("shanghai", "上海")
    expect(open_list.locator("[role=option]").first).to_contain_text("上海科技")
    page.keyboard.press("Tab")
    expect(customer).to_have_value("上海科技有限公司")
    product = page.locator("[name=lines-0-product]")
    product.focus()
    composing("zixun", "咨询")
    expect(product).to_have_value("咨询")
    page.keyboard.press("Enter")
    expect(product).to_have_value("CON")
    for name in ("description", "unit"):
        page.locator(f"[name=lines-0-{name}]").fill("")
        page.locator(f"[name=lines-0-{name}]").focus()
        composing("tian", "天")
        expect(page.locator(f"[name=lines-0-{name}]")).to_have_value("天")
    assert "/invoices/" in page.url
    with tenant_scope(tenant.pk):
        assert not Invoice.objects.exclude(state="DRAFT").exists()


def wait_for_stored(page: Page, words: str) -> None:
    """Wait until what was typed is in the tab's own store."""
    for _try in range(60):
        if words in page.evaluate(STORED):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{words} was not stored")


def wait_for_row(tenant: Tenant, rows: Callable[[], QuerySet[Any]]) -> None:
    """Wait for what a closed page sent: the server may still be busy with it."""
    for _try in range(100):
        with tenant_scope(tenant.pk):
            if rows().exists():
                return
        time.sleep(0.1)
    pytest.fail("What was typed last did not arrive.")


def test_a_closed_tab_loses_nothing(site: Site, page: Page, tenant: Tenant) -> None:
    context: BrowserContext = page.context
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.locator("[name=lines-0-description]").fill("Half a line")
    page.locator("[name=note]").fill("Do not lose me")
    expect(page.locator("#save-state")).to_contain_text("Kept")
    page.locator("[name=note]").press_sequentially(" and me")
    page.close(run_before_unload=False)  # within the second before it saves by itself
    wait_for_row(tenant, lambda: TypedBill.objects.filter(fields__note="Do not lose me and me"))

    page = context.new_page()
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.get_by_role("link", name="Go on with it").click()
    expect(page.locator("[name=note]")).to_have_value("Do not lose me and me")
    expect(page.locator("[name=lines-0-description]")).to_have_value("Half a line")
    page.locator("input#id_customer").fill("dong")
    page.locator("input#id_customer").press("Tab")
    page.locator("[name=lines-0-unit_price]").fill("=1000/8")
    page.locator("[name=lines-0-quantity]").fill("2")
    expect(page.locator("[name=lines-0-unit_price]")).to_have_value("125.00")
    expect(page.locator("[data-total]")).to_contain_text("282.50")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(page).to_have_url(re.compile(r"/invoices/\d+/edit/$"))
    expect(page.locator("[name=currency]")).to_have_value("CNY")  # what the customer's has become
    with tenant_scope(tenant.pk):
        assert not TypedBill.objects.exists()


def test_a_killed_tab_loses_nothing(site: Site, page: Page, tenant: Tenant) -> None:
    """It had no time to say that it goes, nor to save by itself; another bill is opened first."""
    other = bill_with(tenant, "Another bill")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.evaluate(f"() => {{ {DIE_SILENTLY} }}")
    page.locator("[name=lines-0-description]").fill("Half a line")
    wait_for_stored(page, "Half a line")
    with tenant_scope(tenant.pk):
        assert not TypedBill.objects.exists()
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{other.pk}/edit/")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.wait_for_url("**/invoices/new/?kept=*")
    expect(page.locator("[name=lines-0-description]")).to_have_value("Half a line")
    assert page.evaluate(STORED) == ""


def test_a_long_bill_is_sent_while_its_tab_closes(site: Site, page: Page, tenant: Tenant) -> None:
    """What a closing page sends is cut at 64 KB."""
    context: BrowserContext = page.context
    bill = bill_with(tenant, *(f"Line {n} of a long bill" for n in range(60)))
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    expect(page.locator("tr[data-line]:visible")).to_have_count(61)
    page.locator("[name=note]").press_sequentially("Typed last")
    page.close(run_before_unload=False)
    wait_for_row(tenant, lambda: Invoice.objects.filter(note="Typed last"))
    page = context.new_page()
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    expect(page.locator("[name=note]")).to_have_value("Typed last")


def test_two_editors_choose(
    site: Site, page: Page, tenant: Tenant, new_page: Callable[..., Page]
) -> None:
    bill = bill_with(tenant, "Consulting")
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
    assert panel.locator("tbody tr").all_inner_texts() == ["Note to the customer\tTheirs\tMine"]
    page.locator("[name=po_number]").fill("PO 7, typed while it asks")
    wait_for_stored(page, "PO 7")
    page.reload()  # whatever happens meanwhile, both are still there
    expect(panel).to_contain_text("Theirs")
    expect(page.locator("[name=note]")).to_have_value("Mine")
    expect(page.locator("[name=po_number]")).to_have_value("PO 7, typed while it asks")
    panel.get_by_role("button", name="Take mine").click()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    bill = saved(tenant)
    assert (bill.note, bill.po_number) == ("Mine", "PO 7, typed while it asks")


def test_two_editors_and_theirs_is_taken(
    site: Site, page: Page, tenant: Tenant, new_page: Callable[..., Page]
) -> None:
    bill = bill_with(tenant, "Consulting")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    with tenant_scope(tenant.pk):
        Invoice.objects.filter(pk=bill.pk).update(note="Theirs", version=2)
    page.locator("[name=note]").fill("Mine")
    page.locator("#conflict").get_by_role("button", name="Take theirs").click()
    expect(page.locator("#toasts")).to_contain_text("thrown away")
    expect(page.locator("[name=note]")).to_have_value("Theirs")
    page.reload()
    expect(page.locator("[name=note]")).to_have_value("Theirs")
    expect(page.locator("#conflict section")).to_have_count(0)


def test_a_bill_too_long_to_send_is_not_left_unasked(
    site: Site, page: Page, tenant: Tenant
) -> None:
    bill = bill_with(tenant, *["咨询" * 450] * 9)
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    leaves = """() => { const event = new Event("beforeunload", {cancelable: true});
      dispatchEvent(event); return !event.defaultPrevented; }"""
    assert page.evaluate(leaves)
    page.locator("[name=note]").press_sequentially("x")
    assert not page.evaluate(leaves)
    expect(page.locator("#save-state")).to_contain_text("Saved")
    assert page.evaluate(leaves)


def test_signed_out_while_typing(site: Site, page: Page, tenant: Tenant) -> None:
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    page.context.clear_cookies(name="session")
    page.locator("[name=note]").fill("Typed after the session ended")
    link = page.get_by_role("link", name="Sign in and go on")
    expect(link).to_be_visible()
    page.locator("[name=note]").fill("Typed after the notice")
    page.get_by_role("button", name="Save draft").click()
    page.locator("[name=login]").fill("admin@yuanfan.test")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.btn-primary[type=submit]").click()
    page.wait_for_url("**/invoices/new/?kept=*")
    expect(page.locator("[name=note]")).to_have_value("Typed after the notice")


def test_the_customer_that_is_shown_is_the_bills(site: Site, page: Page, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        Customer.objects.update(currency="EUR")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    customer = page.locator("input#id_customer")
    customer.fill("shkj")
    customer.press("Tab")
    expect(customer).to_have_value("上海科技有限公司")
    customer.fill("Donghai")  # and away from it before the answer is there
    page.locator("[name=po_number]").click()
    expect(customer).to_have_value("上海科技有限公司")
    product = page.locator("[name=lines-0-product]")
    product.fill("CON")
    product.press("Tab")
    expect(page.locator("[name=lines-0-description]")).to_have_value("咨询服务")
    expect(page.locator("[name=lines-0-unit_price]")).to_have_value("")  # its price is in CNY


def test_rows_are_pasted_moved_and_put_back(site: Site, page: Page, tenant: Tenant) -> None:
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/new/")
    product = page.locator("[name=lines-0-product]")
    product.focus()
    page.evaluate(PASTE, 'CON\t"First\nand more"\t2\nXXX\tSecond\t1\t\t5')
    rows = page.locator("tr[data-line]:visible")
    expect(rows).to_have_count(2)
    expect(page.locator("#toasts")).to_contain_text("2: XXX")
    expect(rows.nth(0).locator("textarea")).to_have_value("First\nand more")
    rows.nth(1).locator("textarea").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows.nth(0).locator("textarea")).to_have_value("Second")
    expect(page.locator("#announcer")).to_have_text("Line moved: it is now 1 of 2.")
    page.keyboard.press("Control+Delete")
    expect(rows).to_have_count(1)
    sent = page.evaluate("[...new FormData(document.getElementById('editor')).keys()]")
    assert [name for name in sent if name.startswith("lines-1-")] == ["lines-1-DELETE"]
    page.get_by_role("button", name="Undo").last.click()
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator("textarea")).to_have_value("Second")
