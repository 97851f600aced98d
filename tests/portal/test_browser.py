"""The customer's page in a real browser: with its script, without it, and the forms on it."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.utils import timezone

from core import pdf
from core.tenancy import tenant_scope
from devtools.browser import chromium, is_required, launch_arguments
from invoices.models import PublicLink
from invoices.operations.links import create_link, url_of
from invoices.operations.store_document import store_document
from tests.conftest import NOON, make_tenant
from tests.documents.builders import L, bank_account, issued

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(chromium() is None and not is_required(), reason="no Chromium"),
]


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return launch_arguments()


@pytest.fixture(autouse=True)
def _site(settings, tmp_path, monkeypatch, live_server):
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF-1.4 x")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's own loop
    settings.SITE_URL, settings.MEDIA_ROOT = live_server.url, str(tmp_path)
    cache.clear()


@pytest.fixture
def bill(_site):
    tenant = make_tenant("acme")
    with tenant_scope(tenant.pk):
        bank_account()
        invoice = issued([L("Support", "2", "500.00")])
        store_document(invoice.pk, NOON)
        link = create_link(invoice, timezone.now())
        invoice.tenant_row, invoice.link, invoice.url = tenant, link, url_of(link)
    return invoice


def first_opened_at(bill):
    with tenant_scope(bill.tenant_row.pk):
        return PublicLink.objects.get(pk=bill.link.pk).first_opened_at


def test_looking_is_no_act_and_a_click_is_one(page, bill):
    problems = []
    page.on(
        "console", lambda message: problems.append(message.text) if message.type == "error" else 0
    )
    page.goto(bill.url)
    assert page.url.endswith(f"/b/v/{bill.link.public_id}/")
    page.wait_for_timeout(300)
    page.evaluate("document.body.dispatchEvent(new Event('pointerdown', {bubbles: true}))")
    page.wait_for_timeout(300)
    assert first_opened_at(bill) is None
    with page.expect_response("**/opened/") as told:
        page.mouse.click(5, 300)
    assert told.value.status == 204
    assert first_opened_at(bill) is not None
    assert not problems


def test_copies_plain_figures(page, bill, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(bill.url)
    page.get_by_role("button", name="Copy Account number").click()
    assert page.evaluate("navigator.clipboard.readText()") == "6222021001116245702"
    page.get_by_role("button", name="Copy Still due").click()
    assert page.evaluate("navigator.clipboard.readText()") == "1130.00"


def test_without_script(browser, bill):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(bill.url)
    assert page.get_by_text("1,130.00").first.is_visible()
    assert not page.get_by_role("button", name="Copy").count()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download PDF").click()
    assert kept.value.suggested_filename == f"{bill.number}.pdf"
    assert first_opened_at(bill) is not None
    page.get_by_role("link", name="中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    context.close()


def test_asking_for_a_new_link(page, bill):
    """The browser sends our own forms an Origin we accept, whatever the referrer policy."""
    page.goto(bill.url[:-5] + "/")
    page.get_by_role("button", name="Ask for a new link").click()
    assert page.get_by_role("heading", name="Thank you").is_visible()


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_fits_the_screen(page, bill, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(bill.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, bill, scheme):
    page.emulate_media(color_scheme=scheme)
    for url in (bill.url, bill.url[:-5] + "/"):
        page.goto(url)
        found = Axe().run(page).response["violations"]
        assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
