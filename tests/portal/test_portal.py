"""The customer's page: who gets in, what is shown, and that looking changes nothing."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import pdf
from core.models import AuditEntry, Tenant
from core.tenancy import tenant_scope
from invoices.calculations import TermPart
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations.links import create_link, revoke, url_of
from invoices.operations.send import send
from invoices.operations.store_document import store_document
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import OpenItem
from ledger.operations import DocumentDraft, ItemDraft, allocate, post
from messaging.models import OutboundMessage
from tests.conftest import NOON
from tests.documents.builders import DAY, L, bank_account, issued
from tests.factories import ContactFactory, CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SITE_URL = "http://testserver"
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    cache.clear()


@pytest.fixture
def bill(tenant, other_tenant):
    with tenant_scope(tenant.pk):
        bank_account()
        customer = CustomerFactory(name="Kunde & Söhne")
        ContactFactory(customer=customer, email="ap@customer.test")
        invoice = issued([L("Support", "2", "500.00")], customer=customer)
        store_document(invoice.pk, NOON)
        invoice.refresh_from_db()
        [delivery] = send(invoice=invoice, at=NOON, actor=None)
        OutboundMessage.objects.update(state="ACCEPTED", accepted_at=NOON)
        invoice.link, invoice.url = delivery.link, url_of(delivery.link)
        return invoice


def path_of(url):
    return url.removeprefix("http://testserver")


def state_of_the_world(tenant):
    with tenant_scope(tenant.pk):
        return {
            model.__name__: list(model.objects.order_by("pk").values())
            for model in (PublicLink, Delivery, Invoice, OutboundMessage, AuditEntry, OpenItem)
        }


def pay(invoice, amount):
    """Receive money and allocate it to the bill."""
    amount = Decimal(amount)
    [credit] = post(
        DocumentDraft(
            customer_id=invoice.customer_id,
            journal_kind=JournalKind.RECEIPT,
            reference="RC-1",
            currency=invoice.currency,
            rate=None,
            effective_date=DAY,
            items=[ItemDraft(ItemKind.RECEIPT, "RC-1", -amount, DAY, DAY)],
            lines=[(Account.BANK, amount)],
        ),
        at=NOON,
    )
    debit = OpenItem.objects.filter(instalment__invoice=invoice).order_by("pk").first()
    allocate(credit_item=credit, debit_item=debit, amount=amount, effective_date=DAY, at=NOON)


def open_page(client, bill):
    return client.get(path_of(bill.url), follow=True)


def test_the_token_is_traded_for_a_cookie_and_a_clean_address(client, bill):
    answer = client.get(path_of(bill.url))
    assert answer.status_code == 302
    clean = f"/b/v/{bill.link.public_id}/"
    assert answer["Location"] == clean
    cookie = answer.cookies["bill"]
    assert cookie["httponly"]
    assert cookie["path"] == clean
    assert cookie["samesite"] == "Lax"
    token = bill.url.split("/")[-2]
    assert token not in cookie.value
    page = client.get(clean)
    assert page.status_code == 200
    assert token not in page.content.decode()
    for one in (answer, page):
        assert one["Referrer-Policy"] == "no-referrer"
        assert "no-store" in one["Cache-Control"]
        assert "noindex" in one["X-Robots-Tag"]


def test_first_what_is_due_and_when_then_how_to_pay(client, bill):
    html = open_page(client, bill).content.decode()
    main = html[html.index("<main") :]
    assert main.index("1,130.00") < main.index("1 Apr 2026") < main.index("6222 0210")
    assert "Kunde &amp; Söhne" in html
    assert "never change them by e-mail" in html
    assert "Open" in html


def test_amounts_are_those_of_the_ledger_now(client, tenant, bill):
    with tenant_scope(tenant.pk):
        pay(bill, "130.00")
    html = open_page(client, bill).content.decode()
    assert "1,000.00" in html
    assert "−130.00" in html
    assert "Partly paid" in html
    with tenant_scope(tenant.pk):
        pay(bill, "1000.00")
    html = open_page(client, bill).content.decode()
    assert ">Paid<" in html
    assert "Nothing is due any more" in html
    assert "6222 0210" not in html


def test_overdue_and_void(client, tenant, bill, monkeypatch):
    later = NOON + timedelta(days=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert ">Overdue<" in open_page(client, bill).content.decode()
    with tenant_scope(tenant.pk):
        Invoice.objects.filter(pk=bill.pk).update(state="VOID", voided_at=NOON, void_reason="x")
    html = open_page(client, bill).content.decode()
    assert ">Void<" in html
    assert "do not pay" in html
    assert "6222 0210" not in html


def test_instalments_with_what_is_left_of_each(client, tenant, bill):
    with tenant_scope(tenant.pk):
        parts = issued(
            [L("x", "1", "100.00", tax="0")], parts=[TermPart(1, days=10), TermPart(1, days=40)]
        )
        pay(parts, "50.00")
        url = url_of(create_link(parts, NOON))
    html = client.get(path_of(url), follow=True).content.decode()
    assert "11 Apr 2026" in html[: html.index("How to pay")]
    assert html.count("50.00") >= 4


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, tenant, bill, method):
    before = state_of_the_world(tenant)
    clean = f"/b/v/{bill.link.public_id}/"
    for path in (path_of(bill.url), clean, f"{clean}pdf/", f"{clean}pdf/?download=1", "/b/x/"):
        with CaptureQueriesContext(connection) as queries:
            getattr(client, method)(path)
        assert not [q for q in queries if re.match(r"INSERT|UPDATE|DELETE", q["sql"])]
    assert client.get(f"{clean}opened/").status_code == 405
    assert state_of_the_world(tenant) == before


def test_a_persons_act_is_kept_once(client, tenant, bill, monkeypatch):
    open_page(client, bill)
    clean = f"/b/v/{bill.link.public_id}/"
    assert client.post(f"{clean}opened/").status_code == 204
    monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(hours=1))
    answer = client.post(f"{clean}pdf/")
    assert answer["Content-Disposition"] == f'attachment; filename="{bill.number}.pdf"'
    with tenant_scope(tenant.pk):
        assert PublicLink.objects.get(pk=bill.link.pk).first_opened_at == NOON


def test_pdf_is_the_stored_one(client, tenant, bill):
    open_page(client, bill)
    answer = client.get(f"/b/v/{bill.link.public_id}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    assert bill.number.encode() in answer.content


def test_posts_need_the_pages_token(tenant, bill):
    strict = Client(enforce_csrf_checks=True)
    strict.get(path_of(bill.url), follow=True)
    assert strict.post(f"/b/v/{bill.link.public_id}/opened/").status_code == 403


# Doors that stay shut: one page for all of them.


def bodies(client, bill, tenant, other_tenant):
    """The answers to every kind of link that does not open."""
    clean = f"/b/v/{bill.link.public_id}/"
    answers = {
        "cut": client.get(path_of(bill.url)[:-9] + "/"),
        "guessed": client.get(f"/b/{'A' * 43}/"),
        "odd": client.get("/b/%00%F0%9F%98%80/"),
        "no cookie": Client().get(clean),
        "no such page": client.get("/b/v/00000000-0000-4000-8000-000000000000/"),
        "pdf without cookie": Client().get(f"{clean}pdf/"),
        "opened without cookie": Client().get(f"{clean}pdf/?download=1"),
    }
    with tenant_scope(other_tenant.pk):
        foreign = issued(customer=CustomerFactory())
        foreign_link = create_link(foreign, NOON)
    stolen = Client()
    stolen.get(path_of(bill.url))
    stolen.cookies["bill"]["path"] = "/"
    answers["other bill with this bill's cookie"] = stolen.get(f"/b/v/{foreign_link.public_id}/")
    return answers


def test_everything_shut_looks_the_same(client, tenant, other_tenant, bill, monkeypatch):
    answers = bodies(client, bill, tenant, other_tenant)
    held = Client()
    held.get(path_of(bill.url), follow=True)
    clean = f"/b/v/{bill.link.public_id}/"
    with tenant_scope(tenant.pk):
        revoke(bill.link, NOON, None)
    answers["revoked"] = client.get(path_of(bill.url))
    answers["revoked, with cookie"] = held.get(clean)
    answers["revoked, PDF with cookie"] = held.get(f"{clean}pdf/")
    with tenant_scope(tenant.pk):
        second = create_link(Invoice.objects.get(pk=bill.pk), NOON)
        url = path_of(url_of(second))
    held.get(url)
    Tenant.objects.filter(pk=tenant.pk).update(status="SUSPENDED")
    answers["suspended"] = client.get(url)
    answers["suspended, with cookie"] = held.get(f"/b/v/{second.public_id}/")
    Tenant.objects.filter(pk=tenant.pk).update(status="ACTIVE")
    assert client.get(url).status_code == 302
    monkeypatch.setattr(timezone, "now", lambda: second.expires_at)
    answers["ended"] = client.get(url)
    pages = {
        name: (answer.status_code, re.sub(rb'value="[^"]{64}"', b"", answer.content))
        for name, answer in answers.items()
    }
    assert {status for status, _body in pages.values()} == {404}, pages
    assert len({body for _status, body in pages.values()}) == 1
    assert b"Ask for a new link" in next(iter(pages.values()))[1]
    for name in ("Acme", bill.number, "Kunde"):
        assert name.encode() not in next(iter(pages.values()))[1]


def test_a_draft_is_never_reachable(client, tenant, bill):
    """No operation links a draft; were there such a link, it would open nothing."""
    with tenant_scope(tenant.pk):
        link = create_link(issued(), NOON)
        url = path_of(url_of(link))
    assert client.get(url).status_code == 302
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.links.FROZEN", ())
        assert client.get(url).status_code == 404
        assert client.get(f"/b/v/{link.public_id}/").status_code == 404


# A new link.


def asked(client, path):
    answer = client.post(path)
    assert answer.status_code == 200
    return re.sub(rb'value="[^"]{64}"', b"", answer.content)


def new_mails(tenant):
    with tenant_scope(tenant.pk):
        return list(
            OutboundMessage.objects.filter(dedupe_key__startswith="newlink:")
            .order_by("pk")
            .values_list("to_address", flat=True)
        )


def test_new_link_goes_only_to_whom_the_bill_went(client, tenant, bill, monkeypatch):
    with tenant_scope(tenant.pk):
        PublicLink.objects.filter(pk=bill.link.pk).update(expires_at=NOON)
        ContactFactory(customer=bill.customer, email="later@elsewhere.test")
    assert client.get(path_of(bill.url)).status_code == 404
    real = asked(client, path_of(bill.url))
    assert new_mails(tenant) == ["ap@customer.test"]
    forged = asked(client, f"/b/{'B' * 43}/")
    assert real == forged == asked(client, "/b/v/00000000-0000-4000-8000-000000000000/")
    assert new_mails(tenant) == ["ap@customer.test"]
    with tenant_scope(tenant.pk):
        message = OutboundMessage.objects.get(dedupe_key__startswith="newlink:")
        link = PublicLink.objects.get(pk=int(message.placeholders["bill_link"]))
        assert Delivery.objects.get(message=message).link == link
        assert AuditEntry.objects.get(event="invoice.link_renewed").via == "LINK"
        assert not message.attachments.exists()
    assert client.get(path_of(url_of(link))).status_code == 302


def test_a_revoked_link_is_never_renewed_though_the_page_says_the_same(client, tenant, bill):
    with tenant_scope(tenant.pk):
        not_mailed = create_link(bill, NOON)
        revoke(bill.link, NOON, None)
    real = asked(client, path_of(bill.url))
    assert real == asked(client, f"/b/{'B' * 43}/")
    assert new_mails(tenant) == []

    # Nor does its holder get one because somebody asks with a link that still stands.
    with tenant_scope(tenant.pk):
        asked(client, path_of(url_of(not_mailed)))
    assert new_mails(tenant) == []


def test_whoever_holds_no_revoked_link_is_still_helped(client, tenant, bill):
    with tenant_scope(tenant.pk):
        first = Delivery.objects.get(link=bill.link).message
        message = OutboundMessage.objects.get(pk=first.pk)
        message.pk, message.to_address = None, "second@customer.test"
        message.dedupe_key += "-second"
        message.message_id = "second@customer.test"
        message.save(force_insert=True)
        link = create_link(bill, NOON)
        Delivery.objects.create(invoice=bill, message=message, link=link, created_at=NOON)
        not_mailed = create_link(bill, NOON)
        revoke(bill.link, NOON, None)
        asked(client, path_of(url_of(not_mailed)))
    assert new_mails(tenant) == ["second@customer.test"]


def test_at_most_one_an_hour_and_five_a_day(client, tenant, bill, monkeypatch):
    for minute, count in ((0, 1), (1, 1), (59, 1), (61, 2), (62, 2)):
        now = NOON + timedelta(minutes=minute)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        asked(client, path_of(bill.url))
        assert len(new_mails(tenant)) == count
    for hour in range(3, 20):
        now = NOON + timedelta(hours=hour)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        cache.clear()
        asked(client, path_of(bill.url))
    assert len(new_mails(tenant)) == 5


def test_one_network_address_asks_at_most_twenty_times(client, tenant, bill, monkeypatch):
    calls = []
    monkeypatch.setattr("portal.views.gone.renew_link", lambda **words: calls.append(words))
    for _ in range(30):
        asked(client, path_of(bill.url))
    assert len(calls) == 20


def test_behind_a_proxy_each_client_is_counted_and_none_may_choose_its_address(
    client, tenant, bill, monkeypatch, settings
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    calls = []
    monkeypatch.setattr("portal.views.gone.renew_link", lambda **words: calls.append(words))
    for turn in range(25):
        forged = f"203.0.113.{turn}, 198.51.100.7"  # the proxy adds the last one
        client.post(path_of(bill.url), headers={"x-forwarded-for": forged})
    assert len(calls) == 20
    client.post(path_of(bill.url), headers={"x-forwarded-for": "198.51.100.8"})
    assert len(calls) == 21
    assert client.post(path_of(bill.url), headers={"x-forwarded-for": "x"}).status_code == 200


def test_no_new_link_to_a_void_bill_nor_to_a_bounced_address(client, tenant, bill):
    with tenant_scope(tenant.pk):
        OutboundMessage.objects.update(state="BOUNCED")
    asked(client, path_of(bill.url))
    assert not new_mails(tenant)
    with tenant_scope(tenant.pk):
        OutboundMessage.objects.update(state="ACCEPTED", accepted_at=NOON)
        Invoice.objects.filter(pk=bill.pk).update(state="VOID", voided_at=NOON, void_reason="x")
    asked(client, path_of(bill.url))
    assert not new_mails(tenant)


# The page itself.


def test_languages(client, bill):
    english = open_page(client, bill)
    assert english["Content-Language"] == "en"
    clean = f"/b/v/{bill.link.public_id}/"
    chinese = client.get(clean, {"lang": "zh-hans"})
    assert chinese["Content-Language"] == "zh-hans"
    assert 'lang="zh-hans"' in chinese.content.decode()
    assert "2026-04-01" in chinese.content.decode()
    assert client.get(clean, {"lang": "xx'><script>"})["Content-Language"] == "en"


def test_small_and_without_anything_from_outside(client, bill):
    html = open_page(client, bill).content
    files = [finders.find(name) for name in ("css/portal.css", "js/portal.js", "favicon.svg")]
    assert len(html) + sum(Path(name).stat().st_size for name in files) < 60_000
    text = html.decode()
    assert "style=" not in text
    assert "<style" not in text
    assert not re.search(r'<script(?! type="module" src="/static)', text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_queries_do_not_grow_with_lines(client, tenant, bill):
    def count(lines):
        with tenant_scope(tenant.pk):
            invoice = issued([L(f"l{n}") for n in range(lines)])
            url = path_of(url_of(create_link(invoice, NOON)))
        fresh = Client()
        clean = fresh.get(url)["Location"]
        with CaptureQueriesContext(connection) as queries:
            assert fresh.get(clean).status_code == 200
        return len(queries)

    assert count(1) == count(30) <= 18


def test_code_asks_for_what_is_left(client, tenant, bill):
    with tenant_scope(tenant.pk):
        bank_account("EUR")
        invoice = issued(customer=CustomerFactory(currency="EUR"))
        url = path_of(url_of(create_link(invoice, NOON)))
        html = client.get(url, follow=True).content.decode()
    assert "data:image/svg+xml" in html
    first = re.search(r'src="(data:image/svg[^"]+)"', html)[1]
    with tenant_scope(tenant.pk):
        pay(invoice, "13.00")
    html = client.get(url, follow=True).content.decode()
    assert re.search(r'src="(data:image/svg[^"]+)"', html)[1] != first
