"""The daily job in a browser that runs no scripts: sign in, find, look, write, and pay."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core import pdf
from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Invoice
from invoices.operations.import_bills import ImportedBill, import_bills
from invoices.operations.links import create_link, url_of
from invoices.operations.store_document import store_document
from tests.conftest import NOON, make_tenant
from tests.documents.builders import DAY, L, bank_account, issued
from tests.e2e.conftest import PASSWORD, Site, sign_in
from tests.factories import TaxCodeFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(site: Site, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF-1.4 x")
    tenant = make_tenant("yuanfan", name="Yuanfan")
    person = User.objects.create_user("admin@yuanfan.test", PASSWORD)
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    with tenant_scope(tenant.pk):
        bank_account()
        TaxCodeFactory(is_default=True, rate=Decimal("0.13"))
        one = Customer.objects.create(
            code="DH", name="Donghai Trading", currency="CNY", created_at=NOON
        )
        import_bills(
            bills=[
                ImportedBill(one, f"A-{n:03}", DAY, DAY, Decimal(100 + n), "CNY", "Support")
                for n in range(60)
            ],
            at=NOON,
            actor=None,
        )
    return tenant


@pytest.fixture
def page(site: Site, new_page: Callable[..., Page], company: Tenant) -> Page:
    page = new_page(java_script_enabled=False)
    sign_in(page, site, "admin@yuanfan.test")
    expect(page.locator("nav#nav")).to_contain_text("Invoices")
    return page


def test_the_daily_job(page: Page, company: Tenant) -> None:
    lists_filters_pages_and_one_bill(page)
    a_simple_bill_is_written_and_found(page, company)
    a_payment_is_received(page)


def lists_filters_pages_and_one_bill(page: Page) -> None:
    page.locator("nav#nav").get_by_role("link", name="Invoices", exact=True).click()
    expect(page.locator(".list-count")).to_have_text("60 results")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".list-place")).to_have_text("51–60 / 60")
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="Total", exact=True).click()
    expect(page.locator("tbody th").first).to_have_text("A-000")
    page.locator("#list-q").fill("A-01")
    page.locator("#list-q").press("Enter")
    expect(page.locator(".list-count")).to_have_text("10 results")
    page.locator(".filter-menu summary").click()
    page.locator("[name=total_min]").fill("115")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.locator(".list-count")).to_have_text("5 results")
    expect(page.locator(".filter-chip")).to_have_count(2)
    page.locator("tbody th a").first.click()
    expect(page.locator("h1")).to_contain_text(re.compile("A-01[5-9]"))
    expect(page.locator(".bill-amount")).to_contain_text(re.compile("11[5-9].00"))
    page.locator(".crumbs a").first.click()
    page.get_by_role("link", name="Overdue").first.click()
    expect(page.locator(".list-count")).to_have_text("60 results")


def a_simple_bill_is_written_and_found(page: Page, company: Tenant) -> None:
    page.locator(".topbar summary", has_text="New").click()
    page.locator(".page-actions").get_by_role("link", name="New invoice").click()
    page.locator("select[name=customer]").select_option(label="Donghai Trading (DH)")
    line = page.locator("tr[data-line]").first
    for name, value in {
        "description": "Night call",
        "quantity": "2",
        "unit_price": "150",
    }.items():
        line.locator(f"[name$=-{name}]").fill(value)
    page.get_by_role("button", name="Save draft").click()
    with tenant_scope(company.pk):
        bill = Invoice.objects.get(state="DRAFT")
    assert (bill.net_amount, bill.total_amount) == (Decimal("300.00"), Decimal("339.00"))
    page.wait_for_url(re.compile(rf"/invoices/{bill.pk}/"))
    page.goto(page.url.partition("/invoices/")[0] + "/search/?q=339")
    expect(page.locator("main")).to_contain_text("Donghai Trading")


def a_payment_is_received(page: Page) -> None:
    page.locator("nav#nav").get_by_role("link", name="Customers", exact=True).click()
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Receive payment").first.click()
    page.locator("[name=amount]").fill("100")
    page.get_by_role("button", name="Show open items").click()
    expect(page.locator("tr", has_text="A-000").locator("input[name^=apply_]")).to_have_value(
        "100.00"
    )
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/receipts/\d+/$"))
    expect(page.locator("main")).to_contain_text("A-000")


def test_the_customer_reads_what_to_pay(
    site: Site, new_page: Callable[..., Page], company: Tenant
) -> None:
    with tenant_scope(company.pk):
        bill = issued([L("Support", "2", "500.00")])
        store_document(bill.pk, NOON)
        url = url_of(create_link(bill, timezone.now()))
    page = new_page(java_script_enabled=False)
    page.goto(url)
    expect(page.locator(".due .amount")).to_contain_text("1,130.00")
    expect(page.locator(".bank")).to_contain_text("6222 0210 0111 6245 702")
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download PDF").click()
    assert kept.value.suggested_filename == f"{bill.number}.pdf"
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
