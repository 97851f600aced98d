"""Sending a bill: who gets what, when it is refused, how it is taken back."""

import io
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from django.core.cache import cache
from django.urls import reverse

from core import jobs, pdf
from core.jobs import work_off_one
from core.models import AuditEntry, Job, JobRow, Tenant
from core.tenancy import tenant_scope
from customers.models import Contact
from invoices.calculations import TermPart
from invoices.documents import pdf_for
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations import links, void
from invoices.operations.links import create_link, hash_of, revoke, url_of
from invoices.operations.send import (
    AlreadySent,
    BadAddress,
    GoesByPost,
    NoDocument,
    NoRecipient,
    NotIssued,
    OnlyBounced,
    cancel_sending,
    send,
)
from invoices.operations.store_document import store_document
from invoices.queries.delivery import DeliveryState, Outcome, check_sending, with_delivery
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import resend
from messaging.placeholders import Unresolvable, resolve
from tests.conftest import NOON
from tests.documents.builders import L, bank_account, draft, issued
from tests.factories import ContactFactory, CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SITE_URL = "https://bills.test"
    cache.clear()


@pytest.fixture
def fake_pdf(monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())


def ready(*, customer=None, contacts=("ap@customer.test",), **fields):
    """Write an issued bill with a stored document and contacts for bills."""
    customer = customer or CustomerFactory(**fields.pop("customer_fields", {}))
    for address in contacts:
        ContactFactory(customer=customer, email=address)
    invoice = issued(customer=customer, **fields)
    store_document(invoice.pk, NOON)
    invoice.refresh_from_db()
    return invoice


def state_to(delivery, state, **fields):
    if state in (MessageState.ACCEPTED, MessageState.DELIVERED):
        fields.setdefault("accepted_at", NOON)
    OutboundMessage.objects.filter(pk=delivery.message_id).update(state=state, **fields)


def test_one_message_per_recipient_with_pdf_and_link(in_tenant, fake_pdf, members):
    Tenant.objects.filter(pk=in_tenant.pk).update(email="billing@acme.test")
    invoice = ready(contacts=("a@customer.test", "b@customer.test", "A@customer.test"))
    ContactFactory(customer=invoice.customer, email="ceo@customer.test", roles=["DECISION"])
    deliveries = send(invoice=invoice, at=NOON, actor=members["BILLER"])
    assert [one.message.to_address for one in deliveries] == ["a@customer.test", "b@customer.test"]
    message = deliveries[0].message
    assert message.state == MessageState.QUEUED
    assert message.dedupe_key == f"invoice:{invoice.pk}:a@customer.test:1"
    assert message.about == f"invoices.invoice:{invoice.pk}"
    assert message.account_id == invoice.customer_id
    assert message.reply_to == "billing@acme.test"
    assert message.from_name == "Acme"
    [attachment] = message.attachments.all()
    assert attachment.file == invoice.document
    assert attachment.name == f"{invoice.number}.pdf"
    assert "[[bill_link]]" in message.body_text
    assert "[[bill_link]]" in message.body_html
    assert deliveries[0].link_id != deliveries[1].link_id
    entry = AuditEntry.objects.get(event="invoice.send_requested")
    assert entry.actor == members["BILLER"]
    assert entry.account_id == invoice.customer_id


def test_the_secret_is_in_no_table(in_tenant, fake_pdf):
    [delivery] = send(invoice=ready(), at=NOON, actor=None)
    url = resolve(delivery.message.placeholders)["bill_link"]
    token = re.fullmatch(r"https://bills\.test/b/([A-Za-z0-9_-]{43})/", url)[1]
    assert delivery.link.token_hash == hash_of(token)
    stored = " ".join(
        str(value)
        for model in (PublicLink, OutboundMessage, Delivery, AuditEntry)
        for row in model.objects.values()
        for value in row.values()
    )
    assert token not in stored


def test_mail_says_what_the_pdf_says(in_tenant):
    bank_account("EUR")
    customer = CustomerFactory(currency="EUR")
    invoice = ready(customer=customer, lines=[L("Support", "3", "1234.56")])
    message = send(invoice=invoice, at=NOON, actor=None)[0].message
    paper = pypdf.PdfReader(io.BytesIO(pdf_for(invoice))).pages[0].extract_text()
    for said in ("EUR 4,185.16", "1 Apr 2026", invoice.number, "DE89 3704 0044 0532 0130 00"):
        assert said in paper.replace("\n", " ")
        assert said in message.body_text
        assert said in message.body_html
    assert "EUR 4,185.16" in message.subject
    amounts = r"[\d,]*\d\.\d\d"
    assert set(re.findall(amounts, message.body_text)) <= set(re.findall(amounts, paper))


def test_mail_in_the_language_of_the_bill(in_tenant, fake_pdf):
    customer = CustomerFactory(language="zh-hans")
    message = send(invoice=ready(customer=customer), at=NOON, actor=None)[0].message
    assert message.language == "zh-hans"
    assert 'lang="zh-hans"' in message.body_html
    assert "2026-04-01" in message.body_text


def test_names_cannot_inject(in_tenant, fake_pdf):
    Tenant.objects.filter(pk=in_tenant.pk).update(name="Acme\nBcc: x@y.test <b>")
    customer = CustomerFactory()
    ContactFactory(customer=customer, name="<b>Li</b>", email="a@b.test")
    message = send(invoice=ready(customer=customer, contacts=()), at=NOON, actor=None)[0].message
    assert "\n" not in message.subject
    assert "\n" not in message.from_name
    assert "<b>" not in message.body_html
    assert "&lt;b&gt;Li" in message.body_html


@pytest.mark.parametrize("state", ["DRAFT", "VOID"])
def test_only_issued_bills_are_sent(in_tenant, fake_pdf, state):
    invoice = draft() if state == "DRAFT" else ready()
    if state == "VOID":
        Invoice.objects.filter(pk=invoice.pk).update(state="VOID", voided_at=NOON, void_reason="x")
        invoice.refresh_from_db()
    with pytest.raises(NotIssued):
        send(invoice=invoice, recipients=[("", "a@b.test")], at=NOON, actor=None)
    with pytest.raises(NotIssued):
        create_link(invoice, NOON)
    assert not OutboundMessage.objects.exists()
    assert not PublicLink.objects.exists()


def test_refusals(in_tenant, fake_pdf):
    with pytest.raises(NoDocument):
        send(invoice=issued(), recipients=[("", "a@b.test")], at=NOON, actor=None)
    with pytest.raises(NoRecipient):
        send(invoice=ready(contacts=()), at=NOON, actor=None)
    with pytest.raises(NoRecipient):
        send(invoice=ready(), recipients=[], at=NOON, actor=None)
    with pytest.raises(BadAddress):
        send(invoice=ready(), recipients=[("", "a@b.test, c@d.test")], at=NOON, actor=None)
    with pytest.raises(BadAddress):
        send(invoice=ready(), recipients=[("", "a@b.test\nBcc: c@d.test")], at=NOON, actor=None)
    paper = ready(customer_fields={"channel": "PRINT"})
    with pytest.raises(GoesByPost):
        send(invoice=paper, at=NOON, actor=None)
    bounced = ready()
    Contact.objects.filter(customer=bounced.customer).update(bounced_at=NOON)
    with pytest.raises(OnlyBounced):
        send(invoice=bounced, at=NOON, actor=None)
    assert not OutboundMessage.objects.exists()
    send(invoice=paper, recipients=[("", "a@b.test")], at=NOON, actor=None)


def test_not_twice_unless_meant(in_tenant, fake_pdf):
    invoice = ready()
    [first] = send(invoice=invoice, at=NOON, actor=None)
    with pytest.raises(AlreadySent):
        send(invoice=invoice, at=NOON, actor=None)
    with pytest.raises(AlreadySent):
        send(invoice=invoice, recipients=[("", "AP@customer.test")], at=NOON, actor=None)
    send(invoice=invoice, recipients=[("", "new@customer.test")], at=NOON, actor=None)
    [again] = send(
        invoice=invoice, recipients=[("", "ap@customer.test")], at=NOON, actor=None, again=True
    )
    assert again.message.dedupe_key.endswith(":ap@customer.test:2")
    for ended in (MessageState.FAILED, MessageState.BOUNCED, MessageState.CANCELLED):
        for one in (first, again):
            state_to(one, ended)
        send(invoice=invoice, recipients=[("", "ap@customer.test")], at=NOON, actor=None)
        OutboundMessage.objects.update(state=MessageState.CANCELLED)


def test_scheduled_and_undone(in_tenant, fake_pdf, members):
    invoice = ready(contacts=("a@c.test", "b@c.test"))
    later = NOON + timedelta(hours=5)
    one, two = send(invoice=invoice, at=NOON, actor=None, not_before=later)
    assert one.message.next_attempt_at == later
    state_to(one, MessageState.CLAIMED, lease_until=NOON, worker="w")
    assert cancel_sending(invoice=invoice, at=NOON, actor=members["BILLER"]) == 1
    states = dict(OutboundMessage.objects.values_list("to_address", "state"))
    assert states == {"a@c.test": MessageState.CLAIMED, "b@c.test": MessageState.CANCELLED}
    assert cancel_sending(invoice=invoice, at=NOON, actor=members["BILLER"]) == 0
    assert AuditEntry.objects.filter(event="invoice.send_cancelled").count() == 1
    assert two.link is not None


def test_voiding_takes_back_what_still_waits(in_tenant, fake_pdf, members):
    invoice = ready(contacts=("a@c.test", "b@c.test"))
    left, _waiting = send(invoice=invoice, at=NOON, actor=None, not_before=NOON)
    state_to(left, MessageState.ACCEPTED)
    void(invoice=invoice, reason="Wrong customer", at=NOON, actor=members["APPROVER"])
    states = dict(OutboundMessage.objects.values_list("to_address", "state"))
    assert states == {"a@c.test": MessageState.ACCEPTED, "b@c.test": MessageState.CANCELLED}
    assert AuditEntry.objects.get(event="invoice.send_cancelled").reason == "Wrong customer"


def test_link_ends_and_is_revoked(in_tenant, fake_pdf):
    soon = issued(parts=[TermPart(1, days=2)])
    assert create_link(soon, NOON).expires_at == NOON + timedelta(days=60)
    late = issued()
    link = create_link(late, NOON - timedelta(days=100))
    # due 1 April, 30 days after it ends at midnight in Shanghai
    assert link.expires_at == datetime(2026, 5, 1, 16, tzinfo=UTC)
    assert url_of(link) == url_of(PublicLink.objects.get(pk=link.pk))
    revoke(link, NOON, None)
    assert revoke(link, NOON + timedelta(days=1), None).revoked_at == NOON
    with pytest.raises(Unresolvable):
        links.resolve(str(link.pk))


def test_link_survives_a_new_secret_key(in_tenant, settings):
    link = create_link(issued(), NOON)
    url = url_of(link)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the site, made for this test alone, long enough"
    assert url_of(link) == url
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(LookupError):
        url_of(link)


def test_tokens_are_long_and_differ(in_tenant):
    invoice = issued()
    tokens = {url_of(create_link(invoice, NOON)).split("/")[-2] for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 43 for token in tokens)


def test_a_corrected_address_stays_tied_to_the_bill(in_tenant, fake_pdf, members):
    invoice = ready()
    [delivery] = send(invoice=invoice, at=NOON, actor=None)
    state_to(delivery, MessageState.BOUNCED)
    new = resend(message=delivery.message, to_address="right@c.test", at=NOON, actor=None)
    assert Delivery.objects.get(message=new).invoice == invoice
    assert Delivery.objects.get(message=new).link == delivery.link
    assert state_of(invoice) == DeliveryState.WAITING


def state_of(invoice):
    return with_delivery(Invoice.objects.filter(pk=invoice.pk)).get().delivery


def test_delivery_is_the_most_worrying_message(in_tenant, fake_pdf):
    invoice = ready(contacts=("a@c.test", "b@c.test"))
    assert state_of(invoice) == DeliveryState.NONE
    one, two = send(invoice=invoice, at=NOON, actor=None)
    assert state_of(invoice) == DeliveryState.WAITING
    state_to(one, MessageState.DELIVERED)
    assert state_of(invoice) == DeliveryState.WAITING
    state_to(two, MessageState.ACCEPTED)
    assert state_of(invoice) == DeliveryState.SENT
    state_to(two, MessageState.DELIVERED)
    assert state_of(invoice) == DeliveryState.DELIVERED
    for state, said in (
        (MessageState.UNCONFIRMED, DeliveryState.UNCONFIRMED),
        (MessageState.FAILED, DeliveryState.REFUSED),
        (MessageState.BOUNCED, DeliveryState.BOUNCED),
    ):
        state_to(two, state, resolved_at=None)
        assert state_of(invoice) == said
        state_to(two, state, resolved_at=NOON)
        assert state_of(invoice) == DeliveryState.DELIVERED
    state_to(one, MessageState.CANCELLED)
    state_to(two, MessageState.CANCELLED)
    assert state_of(invoice) == DeliveryState.NONE


def test_check_of_a_run_costs_the_same_for_many(in_tenant, fake_pdf, django_assert_num_queries):
    good, second = ready(), ready()
    sent = ready()
    send(invoice=sent, at=NOON, actor=None)
    none, paper = ready(contacts=()), ready(customer_fields={"channel": "PRINT"})
    bounced = ready()
    Contact.objects.filter(customer=bounced.customer).update(bounced_at=NOON)
    drafted = draft()
    with django_assert_num_queries(2):
        checks = check_sending(Invoice.objects.order_by("pk"))
    assert {check.invoice.pk: check.outcome for check in checks} == {
        good.pk: Outcome.SEND,
        second.pk: Outcome.SEND,
        sent.pk: Outcome.SENT_BEFORE,
        none.pk: Outcome.NO_EMAIL,
        paper.pk: Outcome.BY_POST,
        bounced.pk: Outcome.BOUNCED,
        drafted.pk: Outcome.NOT_ISSUED,
    }


# Pages.


def page(name, tenant, *args):
    return reverse(f"invoices:{name}", args=[tenant.slug, *args])


@pytest.fixture
def bill(tenant, fake_pdf):
    with tenant_scope(tenant.pk):
        return ready(contacts=("a@c.test", "b@c.test"))


def test_send_page(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    url = page("send", tenant, bill.pk)
    shown = client.get(url).content.decode()
    assert "a@c.test" in shown
    assert bill.number in shown
    answer = client.post(
        url, {"recipients": ["a@c.test"], "extra_address": "x@y.test", "when": "now"}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant.pk):
        rows = dict(OutboundMessage.objects.values_list("to_address", "next_attempt_at"))
        assert set(rows) == {"a@c.test", "x@y.test"}
        delay = min(rows.values()) - OutboundMessage.objects.first().created_at
        assert delay == timedelta(seconds=10)
    assert "Undo send" in client.get(url).content.decode()
    client.post(page("undo_sending", tenant, bill.pk))
    with tenant_scope(tenant.pk):
        assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"CANCELLED"}


def test_send_page_once_and_again(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    url = page("send", tenant, bill.pk)
    form = {
        "recipients": ["a@c.test"],
        "when": "now",
        "once": "6f1c6b7e-6a4d-4ed6-9b9a-3c0e1e2b7f00",
    }
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 302
    assert client.post(url, form | {"once": ""}).status_code == 422
    assert client.post(url, form | {"once": "", "again": "on"}).status_code == 302
    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose at least one address"),
        ({"recipients": ["ceo@elsewhere.test"]}, "ceo@elsewhere.test"),
        ({"recipients": ["a@c.test"], "when": "later"}, "Choose the day"),
        (
            {"recipients": ["a@c.test"], "when": "later", "day": "2020-01-01", "time": "09:00"},
            "has passed",
        ),
        ({"extra_address": "x@y.test, z@y.test"}, "id_extra_address"),
    ],
)
def test_send_page_refuses(client, tenant, members, bill, form, said):
    client.force_login(members["BILLER"])
    answer = client.post(page("send", tenant, bill.pk), {"when": "now"} | form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert not OutboundMessage.objects.exists()


def test_scheduled_in_the_companys_zone(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    form = {"recipients": ["a@c.test"], "when": "later", "day": "2099-07-01", "time": "09:30"}
    assert client.post(page("send", tenant, bill.pk), form).status_code == 302
    with tenant_scope(tenant.pk):
        message = OutboundMessage.objects.get()
        assert message.next_attempt_at == datetime(2099, 7, 1, 1, 30, tzinfo=UTC)


def test_who_may_send(client, tenant, members, bill):
    for role, status in (("AUDITOR", 403), ("CASHIER", 403), ("STRANGER", 404), ("COLLECTOR", 200)):
        client.force_login(members[role])
        assert client.get(page("send", tenant, bill.pk)).status_code == status
        assert client.get(page("send_many", tenant)).status_code == status


def test_many_are_checked_then_sent_by_a_job(client, tenant, members, bill):
    with tenant_scope(tenant.pk):
        other, silent = ready(), ready(contacts=())
    client.force_login(members["BILLER"])
    url = page("send_many", tenant)
    shown = client.post(url, {"selected": [bill.pk, other.pk, silent.pk]}).content.decode()
    assert "No e-mail address" in shown
    ids = re.search(r'name="ids" value="([\d,]*)"', shown)[1]
    assert ids == f"{bill.pk},{other.pk}"
    answer = client.post(url, {"ids": f"{ids},{silent.pk}", "when": "now"})
    assert answer.status_code == 302
    with tenant_scope(tenant.pk):
        job = Job.objects.get(kind="send_invoices")
        assert JobRow.objects.filter(job=job).count() == 2
        assert not OutboundMessage.objects.exists()
        while work_off_one(job_id=job.pk, at=NOON):
            pass
        assert set(job.rows.values_list("state", flat=True)) == {"DONE"}
        assert Delivery.objects.count() == 3
        jobs.retry_failed(job=job, at=NOON)
        assert Delivery.objects.count() == 3


def test_more_than_fit_into_one_job_are_told_and_never_cut_silently(
    client, tenant, members, bill, monkeypatch
):
    monkeypatch.setattr("invoices.views.send_many.MOST_ROWS", 2)
    # The builders' bills count as imported ones, which are not offered by themselves.
    monkeypatch.setattr("invoices.views.send_many.unsent", lambda invoices: invoices)
    with tenant_scope(tenant.pk):
        others = [ready(), ready()]
    client.force_login(members["BILLER"])
    url = page("send_many", tenant)
    shown = client.get(url).content.decode()
    assert "3 invoices wait to be sent. These are the first 2;" in shown
    ids = [bill.pk, *(other.pk for other in others)]
    assert re.search(r'name="ids" value="([\d,]*)"', shown)[1] == f"{ids[0]},{ids[1]}"
    answer = client.post(url, {"ids": ",".join(map(str, ids)), "when": "now"})
    assert answer.status_code == 422
    assert "at once" in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert not Job.objects.exists()
    assert client.post(url, {"ids": f"{ids[0]},{ids[1]}", "when": "now"}).status_code == 302


def test_job_says_why_a_row_was_not_sent(tenant, members, bill):
    with tenant_scope(tenant.pk):
        send(invoice=bill, at=NOON, actor=None)
        undocumented = issued()
        ContactFactory(customer=undocumented.customer)
        job = jobs.start(
            kind="send_invoices",
            title="x",
            rows=[(bill.pk, "1"), (undocumented.pk, "2"), (10**9, "3")],
            at=NOON,
            actor=members["BILLER"],
        )
        while work_off_one(job_id=job.pk, at=NOON):
            pass
        states = list(job.rows.order_by("position").values_list("state", flat=True))
    assert states == ["SKIPPED", "FAILED", "SKIPPED"]


def test_pdf_view(client, tenant, members, bill):
    client.force_login(members["AUDITOR"])
    url = page("pdf", tenant, bill.pk)
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{bill.number}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF")
    kept = client.get(url, {"download": "1"})
    assert kept["Content-Disposition"] == f'attachment; filename="{bill.number}.pdf"'
    client.force_login(members["STRANGER"])
    assert client.get(url).status_code == 404
    with tenant_scope(tenant.pk):
        drafted = draft()
    client.force_login(members["BILLER"])
    answer = client.get(page("pdf", tenant, drafted.pk))
    assert f"draft-{drafted.pk}.pdf" in answer["Content-Disposition"]
    assert b'class="mark"' in answer.content
