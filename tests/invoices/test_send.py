"""Sending a bill: who gets what, when it is refused, how it is taken back."""

import io
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest

from core.models import AuditEntry, Tenant
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
from invoices.queries.delivery import DeliveryState, Outcome, check_sending, with_delivery
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import resend
from messaging.placeholders import Unresolvable, resolve
from tests.conftest import NOON
from tests.documents.builders import L, bank_account, draft, issued
from tests.factories import ContactFactory, CustomerFactory
from tests.invoices.sending import ready, state_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


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
