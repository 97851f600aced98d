"""What people decide, and what the recipient's side reports."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry, Tenant, User
from core.tenancy import tenant_scope
from messaging import bounces
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import (
    EvidenceMissing,
    MessageInvalid,
    StateRefused,
    cancel,
    claim,
    hold,
    leave,
    mark_arrived,
    on_bounce,
    on_replaced,
    record_bounce,
    record_delay,
    record_delivery,
    release,
    resend,
    send_again,
)
from messaging.operations import report as report_operation
from messaging.queries import for_about, for_account, line_of, undecided_count
from tests.conftest import NOON
from tests.messaging.conftest import again, pdf, put, story

LATER = NOON + timedelta(hours=1)


def in_state(state: MessageState, key: str = "one", **fields: object) -> OutboundMessage:
    """Return a message that is in a state; how it came there does not matter here."""
    message = put(key, **fields)
    extra = {"accepted_at": NOON} if state in ("ACCEPTED", "DELIVERED") else {}
    if state in ("CLAIMED", "TRANSMITTING"):
        extra = {"lease_until": LATER, "worker": "w"}
    if state == "HELD":
        extra = {"held_reason": "on hold"}
    OutboundMessage.objects.filter(pk=message.pk).update(state=state, **extra)
    return again(message)


@pytest.fixture
def person(in_tenant: Tenant, members: dict[str, User]) -> User:
    return members["COLLECTOR"]


def test_it_arrived_needs_to_know_how_one_knows(person) -> None:
    message = in_state(MessageState.UNCONFIRMED)
    with pytest.raises(EvidenceMissing):
        mark_arrived(message=message, evidence=" ", at=LATER, actor=person)
    message = mark_arrived(message=message, evidence="Li Na answered", at=LATER, actor=person)
    assert (message.state, message.accepted_at) == (MessageState.DELIVERED, LATER)
    event = message.events.order_by("pk").last()
    assert (event.detail, event.actor) == ("evidence: Li Na answered", person)
    entry = AuditEntry.objects.get(event="message.arrived")
    assert (entry.account_id, entry.reason, entry.actor) == (7, "Li Na answered", person)
    assert undecided_count() == 0


def test_sending_again_keeps_key_and_message_id(person) -> None:
    message = in_state(MessageState.UNCONFIRMED)
    sent = send_again(message=message, at=LATER, actor=person)
    assert sent.pk == message.pk
    assert (sent.state, sent.message_id) == (MessageState.QUEUED, message.message_id)
    assert (sent.attempts, sent.next_attempt_at) == (0, LATER)


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.BOUNCED])
def test_another_address_makes_another_message_in_its_place(person, state) -> None:
    seen = []
    old = in_state(state, attachments=[(pdf(), "INV-1.pdf")])
    callback = on_replaced(lambda *pair: seen.append(pair))
    try:
        new = resend(message=old, to_address="right@customer.test", at=LATER, actor=person)
    finally:
        from messaging.operations.resend import _ON_REPLACED  # noqa: PLC0415 - to tidy up

        _ON_REPLACED.remove(callback)
    old = again(old)
    assert (old.state, old.resolved_at) == (state, LATER)
    assert (new.state, new.to_address, new.about) == ("QUEUED", "right@customer.test", old.about)
    assert (new.dedupe_key, new.message_id != old.message_id) == ("one~2", True)
    assert [attachment.name for attachment in new.attachments.all()] == ["INV-1.pdf"]
    assert [message.pk for message in line_of(old)] == [new.pk]
    assert [message.pk for message in line_of(new)] == [old.pk]
    assert seen == [(old, new, LATER)]
    assert undecided_count() == 0
    OutboundMessage.objects.filter(pk=new.pk).update(state=MessageState.FAILED)
    third = resend(message=new, to_address="third@customer.test", at=LATER, actor=person)
    assert third.dedupe_key == "one~3"


def test_a_message_is_replaced_once_and_by_one_address(person) -> None:
    message = in_state(MessageState.BOUNCED)
    with pytest.raises(MessageInvalid):
        resend(message=message, to_address="a@b.test, c@d.test", at=LATER, actor=person)
    resend(message=message, to_address="a@b.test", at=LATER, actor=person)
    with pytest.raises(StateRefused):
        resend(message=message, to_address="a@b.test", at=LATER, actor=person)


def test_leaving_it_keeps_the_state_and_empties_the_list(person) -> None:
    message = in_state(MessageState.UNCONFIRMED)
    assert undecided_count() == 1
    message = leave(message=message, note_text="Called them", at=LATER, actor=person)
    assert (message.state, undecided_count()) == (MessageState.UNCONFIRMED, 0)
    with pytest.raises(StateRefused):
        leave(message=message, note_text="", at=LATER, actor=person)


def test_holding_back_and_letting_go(person) -> None:
    message = hold(message=put(), reason="Dispute", at=LATER, actor=person)
    assert (message.state, message.held_reason) == (MessageState.HELD, "Dispute")
    message = release(message=message, reason="Solved", at=LATER, actor=person)
    assert (message.state, message.next_attempt_at) == (MessageState.QUEUED, LATER)
    assert story(message) == ["QUEUED", "HELD", "QUEUED"]


ALLOWED = {
    "cancel": {"QUEUED", "HELD"},
    "hold": {"QUEUED"},
    "release": {"HELD"},
    "mark_arrived": {"UNCONFIRMED"},
    "send_again": {"UNCONFIRMED", "FAILED"},
    "resend": {"FAILED", "BOUNCED"},
    "leave": {"UNCONFIRMED", "FAILED", "BOUNCED"},
}
ACTS = {
    "cancel": lambda one, actor: cancel(message=one, reason="x", at=LATER, actor=actor),
    "hold": lambda one, actor: hold(message=one, reason="x", at=LATER, actor=actor),
    "release": lambda one, actor: release(message=one, reason="x", at=LATER, actor=actor),
    "mark_arrived": lambda one, actor: mark_arrived(
        message=one, evidence="x", at=LATER, actor=actor
    ),
    "send_again": lambda one, actor: send_again(message=one, at=LATER, actor=actor),
    "resend": lambda one, actor: resend(message=one, to_address="a@b.test", at=LATER, actor=actor),
    "leave": lambda one, actor: leave(message=one, note_text="x", at=LATER, actor=actor),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_refused_in_every_other_state(person, act) -> None:
    for state in MessageState:
        message = in_state(state, key=state.value)
        if state in ALLOWED[act]:
            ACTS[act](message, person)
        else:
            with pytest.raises(StateRefused):
                ACTS[act](message, person)
            assert again(message).state == state


def test_a_bounce_is_marked_once_and_told_to_whoever_keeps_addresses(in_tenant) -> None:
    told = []
    callback = on_bounce(lambda *what: told.append(what))
    try:
        message = in_state(MessageState.ACCEPTED)
        for _time in range(2):
            message = record_bounce(message=message, diagnostic="550 No such user", at=LATER)
    finally:
        report_operation._ON_BOUNCE.remove(callback)
    assert message.state == MessageState.BOUNCED
    assert told == [(message, "550 No such user", LATER)]
    assert undecided_count() == 1


def test_a_report_about_an_earlier_attempt_changes_nothing(in_tenant) -> None:
    message = in_state(MessageState.QUEUED)
    record_bounce(message=message, diagnostic="550", at=LATER)
    assert again(message).state == MessageState.QUEUED
    assert message.events.order_by("pk").last().detail == "late-report: 550"


def test_a_report_comes_too_early_while_the_message_is_being_sent(in_tenant) -> None:
    put()
    [message] = claim(worker="w", limit=1, at=NOON)
    with pytest.raises(StateRefused):
        record_bounce(message=message, diagnostic="550", at=LATER)


def test_delivery_and_delay_are_believed(in_tenant) -> None:
    message = in_state(MessageState.ACCEPTED)
    record_delay(message=message, words="4.4.1", at=LATER)
    assert again(message).state == MessageState.ACCEPTED
    record_delivery(message=message, words="2.0.0", at=LATER)
    assert again(message).state == MessageState.DELIVERED


def test_questions_for_timelines(in_tenant, django_assert_num_queries) -> None:
    one, two = put("one"), put("two", about="invoices.invoice:12", account_id=8)
    assert [message.pk for message in for_account(7)] == [one.pk]
    assert [message.pk for message in for_about("invoices.invoice:1")] == [one.pk]
    assert [message.pk for message in for_about("invoices.invoice:")] == [two.pk, one.pk]


DSN = """\
From: MAILER-DAEMON@mx.test
To: billing@duebook.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; ap@customer.test
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ap@customer.test>:
    User unknown

--B
Content-Type: {returned}

From: billing@duebook.test
{header}: {id}
Subject: Invoice

--B--
"""


def dsn(message_id: str, **parts: str) -> bytes:
    text = DSN.format(
        **(
            {"action": "failed", "returned": "message/rfc822", "header": "Message-ID"}
            | parts
            | {"id": message_id}
        )
    )
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("header", "shown"), [("Message-ID", "<a@b>"), ("X-Duebook-Message", "a@b")]
)
def test_a_report_is_read(returned, header, shown) -> None:
    report = bounces.parse(dsn(shown, returned=returned, header=header))
    assert report.message_ids == ("<a@b>",)
    assert report.action == "failed"
    assert report.diagnostic == "5.1.1 smtp; 550 5.1.1 <ap@customer.test>: User unknown"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage \xff\xfe",
        b"Subject: Away\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <a@b>\r\n\r\nI am.",
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n\r\nx\r\n--B--\r\n",
        dsn("<a@b>").replace(b"Action: failed\r\n", b""),
    ],
)
def test_an_answer_is_no_bounce(content) -> None:
    with pytest.raises(bounces.NotAReport):
        bounces.parse(content)


def test_a_report_that_names_nothing_is_refused() -> None:
    with pytest.raises(bounces.UnknownMessage):
        bounces.parse(dsn("nothing", header="X-Other"))


def receive(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
    call_command("receive_bounce")


def test_the_command_finds_the_company_and_marks_the_bounce(tenant, monkeypatch, capsys) -> None:
    with tenant_scope(tenant.pk):
        message = in_state(MessageState.ACCEPTED)
    receive(dsn(message.message_id), monkeypatch)
    message = again(message)
    assert message.state == MessageState.BOUNCED
    assert "User unknown" in message.last_error
    receive(dsn(message.message_id), monkeypatch)
    assert again(message).state == MessageState.BOUNCED


@pytest.mark.parametrize(("action", "state"), [("delayed", "ACCEPTED"), ("delivered", "DELIVERED")])
def test_the_command_knows_other_reports(tenant, monkeypatch, capsys, action, state) -> None:
    with tenant_scope(tenant.pk):
        message = in_state(MessageState.ACCEPTED)
    receive(dsn(message.message_id, action=action), monkeypatch)
    assert again(message).state == state


def test_the_command_says_what_it_cannot_do(tenant, monkeypatch, capsys) -> None:
    receive(b"Subject: hello\r\n\r\nhello", monkeypatch)
    assert "Not a delivery report" in capsys.readouterr().out
    with pytest.raises(CommandError) as refusal:
        receive(dsn("<stranger@elsewhere>"), monkeypatch)
    assert refusal.value.returncode == 65
    with tenant_scope(tenant.pk):
        message = in_state(MessageState.CLAIMED)
    with pytest.raises(CommandError) as refusal:
        receive(dsn(message.message_id), monkeypatch)
    assert refusal.value.returncode == 75
