"""The main job through the pages: from an empty site to a paid bill, a reminder and clean books."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from django.core.management import call_command
from django.db.models import Choices
from django.utils import timezone
from django.utils.translation import gettext, override
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from core.models import Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from dunning.operations import run_reminders
from invoices import tasks
from invoices.documents import pdf_for
from invoices.enums import InvoiceState, Settlement
from invoices.models import Charge, Invoice
from invoices.queries.delivery import DeliveryState
from ledger.models import OpenItem
from messaging import delivery
from messaging.models import OutboundMessage
from tests.e2e.conftest import PASSWORD, Site, pick, save, sign_in, text_of

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TOTAL = "5,763.06"  # 10 x 500.00 + 3 x 33.35, and 13 % tax of each line
CHARGED = "339.00"  # 2 x 150.00, and 13 %


@dataclass
class Office:
    """The company, its people's pages and the language they all read."""

    site: Site
    language: str
    new_page: Callable[..., Page]
    slug: str = "yuanfan"

    def url(self, path: str = "") -> str:
        return f"{self.site.url}/t/{self.slug}/{path}"

    def word(self, text: str) -> str:
        with override(self.language):
            return gettext(text)

    def label(self, choice: Choices) -> str:
        with override(self.language):
            return str(choice.label)

    @property
    def tenant(self) -> Tenant:
        return Tenant.objects.get(slug=self.slug)

    def desk(self, role: str, password: str = PASSWORD) -> Page:
        page = self.new_page(self.language)
        sign_in(page, self.site, f"{role}@yuanfan.test", password)
        assert page.locator("html").get_attribute("lang") == self.language
        return page


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.slow), "zh-hans"])
def test_the_main_job(language: str, site: Site, new_page: Callable[..., Page]) -> None:
    office = Office(site, language, new_page)
    admin_makes_the_company(office)

    biller = office.desk("biller")
    make_customer(office, biller)
    make_product(office, biller)
    write_invoice(office, biller)
    bill_a_charge(office, biller)
    approve_both(office)
    first, second = issue_both(office, biller)
    look_at_the_document(office, first)

    link = send(office, biller, first)
    expect_amount_due(office, link)
    receive(office, first)
    expect_aging(office, biller)
    remind(office, second)

    out = io.StringIO()
    call_command("check_books", stdout=out)
    assert "BROKEN" not in out.getvalue()


def admin_makes_the_company(office: Office) -> None:
    for role in ("admin", "approver", "cashier"):
        User.objects.create_user(f"{role}@yuanfan.test", PASSWORD, language=office.language)
    page = office.desk("admin")
    page.goto(f"{office.site.url}/companies/new/")
    page.locator("[name=name]").fill("Yuanfan 远帆")
    page.locator("[name=slug]").fill(office.slug)
    pick(page, "country", "CN")
    pick(page, "currency", "CNY")
    save(page)
    page.wait_for_url(office.url("settings/"))

    page.goto(office.url("settings/bank-accounts/new/"))
    for name, value in {
        "holder": "上海远帆科技有限公司",
        "bank": "中国工商银行漕河泾支行",
        "number": "6222021001116245702",
        "code": "102290024433",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("select[name=currency]").select_option("CNY", force=True)
    save(page)
    expect(page.locator("main table")).to_contain_text("6222021001116245702")

    for role in (Role.BILLER, Role.APPROVER, Role.CASHIER):
        page.goto(office.url("settings/people/new/"))
        page.locator("[name=email]").fill(f"{role.lower()}@yuanfan.test")
        page.locator(f"[name=roles][value={role}]").check()
        save(page)
        page.wait_for_url(office.url("settings/people/"))
        accept(office, role.lower(), is_new=role is Role.BILLER)
    User.objects.filter(email="biller@yuanfan.test").update(language=office.language)


def accept(office: Office, who: str, *, is_new: bool) -> None:
    """Somebody takes their place by the link in the mail they got; who is new, with a password."""
    mail = message_from_bytes(office.site.mails.pop(), policy=policy.default)
    assert mail["To"].addresses[0].addr_spec == f"{who}@yuanfan.test"
    body = mail.get_body(("plain",))
    assert body is not None
    [link] = re.findall(r"http://\S+/join/\S+", body.get_content())
    page = office.new_page(office.language) if is_new else office.desk(who)
    page.goto(link)
    if is_new:
        page.locator("[name=name]").fill("Bo Li")
        page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(office.url(""))


def make_customer(office: Office, page: Page) -> None:
    page.goto(office.url("customers/new/"))
    page.locator("[name=name]").fill("Donghai Trading")
    page.locator("select[name=language]").select_option(office.language)
    page.locator("[name=billing_address]").fill("88 Century Avenue\nShanghai")
    page.locator("[name$='-0-name']").fill("Li Na")
    page.locator("[name$='-0-email']").fill("ap@donghai.test")
    page.locator("[name$='-0-roles'][value=BILLING]").check()
    save(page)
    expect(page.locator("h1")).to_contain_text("Donghai Trading")
    expect(page.locator("main")).to_contain_text("ap@donghai.test")


def make_product(office: Office, page: Page) -> None:
    page.goto(office.url("invoices/products/new/"))
    for name, value in {"code": "SUP", "name": "Support day", "unit": "d"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=unit_price]").fill("500")
    save(page)
    expect(page.locator("main table")).to_contain_text("Support day")


def customer_id(office: Office) -> str:
    with tenant_scope(office.tenant.pk):
        return str(OpenItem.customer.field.related_model.objects.get().pk)


def write_invoice(office: Office, page: Page) -> None:
    page.goto(office.url("invoices/new/"))
    page.locator("input#id_customer").press("ArrowDown")
    page.locator(".choices:visible [role=option]").first.click()
    expect(page.locator("select[name=customer]")).to_have_value(customer_id(office))
    line = page.locator("tr[data-line]")
    line.nth(0).locator("[name$=-product]").fill("SUP")
    line.nth(0).locator("[name$=-product]").press("Tab")
    expect(line.nth(0).locator("[name$=-unit_price]")).to_have_value("500.00")
    expect(line.nth(0).locator("[name$=-description]")).to_have_value("Support day")
    line.nth(0).locator("[name$=-quantity]").fill("10")
    page.locator("[data-line-add]").click()
    line.nth(1).locator("[name$=-description]").fill("Travel 差旅")
    line.nth(1).locator("[name$=-quantity]").fill("3")
    line.nth(1).locator("[name$=-unit_price]").fill("33.35")
    expect(page.locator("#totals .totals-sum")).to_contain_text(f"CNY {TOTAL}")
    expect(page.locator("#lines-0-amount")).to_have_text("5,000.00")
    expect(page.locator("#lines-1-amount")).to_have_text("100.05")
    page.locator("button[name=submit]").click()
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))
    expect(page.locator(".bill-amount")).to_contain_text(TOTAL)
    expect(page.locator(".bill-chips")).to_contain_text(office.label(InvoiceState.IN_REVIEW))
    refused = page.locator("details.unavailable", has_text=office.word("Approve")).first
    expect(refused).to_be_visible()
    expect(page.get_by_role("button", name=office.word("Approve"), exact=True)).to_have_count(0)


def bill_a_charge(office: Office, page: Page) -> None:
    page.goto(office.url("invoices/charges/new/"))
    pick(page, "customer", customer_id(office))
    page.locator("[name=description]").fill("Night call")
    page.locator("[name=quantity]").fill("2")
    page.locator("[name=unit_price]").fill("150")
    save(page)
    page.wait_for_url(office.url("invoices/charges/"))
    page.get_by_role("button", name=office.word("Bill these")).click()
    page.wait_for_url(re.compile(r"/invoices/\d+/edit/$"))
    expect(page.locator("#totals .totals-sum")).to_contain_text(CHARGED)
    page.locator("button[name=submit]").click()
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))
    with tenant_scope(office.tenant.pk):
        assert Charge.objects.get().line is not None


def approve_both(office: Office) -> None:
    page = office.desk("approver")
    page.goto(office.url("invoices/review/"))
    expect(page.locator(".review-item")).to_have_count(2)
    for left in (1, 0):
        page.locator("button[name=decision][value=approve]").click()
        expect(page.locator(".review-item")).to_have_count(left)
    expect(page.locator("main")).to_contain_text(office.word("Nothing to review."))


def issue_both(office: Office, page: Page) -> tuple[Invoice, Invoice]:
    with tenant_scope(office.tenant.pk):
        pks = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))
    for pk in pks:
        page.goto(office.url(f"invoices/{pk}/"))
        page.get_by_role("button", name=office.word("Issue"), exact=True).click()
        expect(page.locator(".bill-chips")).to_contain_text(office.label(InvoiceState.ISSUED))
    with tenant_scope(office.tenant.pk):
        first, second = Invoice.objects.order_by("pk")
    assert (first.total_amount, second.total_amount) == (Decimal("5763.06"), Decimal("339.00"))
    assert first.number != second.number
    return first, second


def look_at_the_document(office: Office, invoice: Invoice) -> None:
    tasks.render_documents(tenant_id=office.tenant.pk, invoice_ids=[invoice.pk])
    with tenant_scope(office.tenant.pk):
        content = pdf_for(Invoice.objects.get(pk=invoice.pk))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert invoice.number in text
    assert TOTAL in text


def work_off_messages(office: Office, at: datetime) -> None:
    delivery.drain(tenant_id=office.tenant.pk, clock=lambda: at)


def links_in(raw: bytes) -> list[str]:
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return re.findall(r"http://\S+/b/\S+", body.get_content())


def send(office: Office, page: Page, invoice: Invoice) -> str:
    page.goto(office.url(f"invoices/{invoice.pk}/"))
    page.locator("a.btn-primary", has_text=office.word("Send")).click()
    expect(page.locator("[name=recipients]")).to_be_checked()
    page.locator("main form .card-footer button[type=submit]").click()
    expect(page.get_by_role("button", name=office.word("Undo send"))).to_be_visible()
    before = len(office.site.mails)  # the notice of a new password, to whom it belongs
    work_off_messages(office, timezone.now())
    assert not office.site.mails[before:], "nothing leaves while it can be undone"
    work_off_messages(office, timezone.now() + timedelta(seconds=11))
    [raw] = office.site.mails[before:]
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["To"].addresses[0].addr_spec == "ap@donghai.test"
    assert invoice.number in mail["Subject"]
    [attachment] = mail.iter_attachments()
    assert attachment.get_content().startswith(b"%PDF")
    page.goto(office.url(f"invoices/{invoice.pk}/"))
    expect(page.locator(".bill-chips")).to_contain_text(office.label(DeliveryState.SENT))
    [link] = set(links_in(raw))
    return link


def expect_amount_due(office: Office, link: str) -> None:
    """The customer's own browser, in which nobody ever signed in."""
    page = office.new_page(office.language)
    page.goto(link)
    expect(page.locator(".due .amount")).to_contain_text(TOTAL)
    assert page.locator("html").get_attribute("lang") == office.language


def receive(office: Office, invoice: Invoice) -> None:
    page = office.desk("cashier")
    page.goto(office.url(f"invoices/{invoice.pk}/"))
    page.get_by_role("link", name=office.word("Receive payment")).last.click()
    page.locator("[name=amount]").fill("5763.06")
    page.locator("[name=amount]").press("Tab")
    foot = page.locator("#receipt-foot")
    expect(foot.locator("dd").nth(1)).to_have_text(TOTAL)
    proposed = page.locator("tr", has_text=invoice.number).locator("input[name^=apply_]")
    expect(proposed).to_have_value(re.compile(r"^5,?763\.06$"))
    page.locator("button[data-save]").click()
    page.wait_for_url(re.compile(r"/receipts/\d+/$"))
    expect(page.locator("main")).to_contain_text(invoice.number)
    page.goto(office.url(f"invoices/{invoice.pk}/"))
    expect(page.locator(".bill-chips")).to_contain_text(office.label(Settlement.SETTLED))


def expect_aging(office: Office, page: Page) -> None:
    page.goto(office.url("reports/aging/"))
    total = page.locator("tfoot td").last
    expect(total).to_have_text(CHARGED)
    expect(page.locator(".proof-ok")).to_have_count(1)
    assert text_of(page.locator("tbody tr")).startswith("Donghai Trading")


def remind(office: Office, invoice: Invoice) -> None:
    """Three days past the due date one mail goes out, and no second."""
    tenant = office.tenant
    with tenant_scope(tenant.pk):
        due = Invoice.objects.get(pk=invoice.pk).due_date
    assert due is not None
    day = due + timedelta(days=3)
    at = timezone.now() + (day - tenant.day_of(timezone.now()))
    before = len(office.site.mails)
    for _again in range(2):
        run_reminders(day=day, at=at, actor=None, tenant_id=tenant.pk)
        work_off_messages(office, at + timedelta(minutes=1))
    [raw] = office.site.mails[before:]
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert invoice.number in body.get_content()
    assert CHARGED in body.get_content()
    with tenant_scope(tenant.pk):
        assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"ACCEPTED"}
