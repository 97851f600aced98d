"""Real SMTP conversations, and what the outbox makes of each."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from django.core import mail as django_mail

from core import files
from core.models import Tenant
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope
from messaging.delivery import drain
from messaging.enums import MessageKind, MessageState
from messaging.operations import reap
from messaging.placeholders import Unresolvable, register
from tests.conftest import NOON
from tests.messaging.conftest import Clock, again, pdf, story
from tests.messaging.servers import Behaviour, free_port

SENT = ["QUEUED", "CLAIMED", "TRANSMITTING", "ACCEPTED"]


def send(tenant: Tenant, clock: Clock) -> None:
    assert drain(tenant_id=tenant.pk, clock=clock) is False


def test_what_the_server_takes_is_accepted_from_that_moment(tenant, queued, smtp, clock) -> None:
    message = queued()
    clock.move(minutes=3)
    send(tenant, clock)
    message = again(message)
    assert message.state == MessageState.ACCEPTED
    assert message.accepted_at == NOON + timedelta(minutes=3)
    assert (message.attempts, message.worker, message.lease_until) == (1, "", None)
    assert story(message) == SENT
    assert len(smtp.received) == 1


def test_the_mail_says_who_what_and_to_whom(tenant, queued, smtp, clock, link) -> None:
    with tenant_scope(tenant.pk):
        file = pdf()
    message = queued(
        kind=MessageKind.REMINDER,
        from_name='上海"示例"有限公司',
        to_name="李娜",
        subject="账单 INV-1",
        body_text="请付款: [[test_link]] [[other]]",
        body_html='<a href="[[test_link]]">账单</a>',
        placeholders={"test_link": "42"},
        attachments=[(file, "账单 INV-1.pdf")],
    )
    send(tenant, clock)
    mail = email.message_from_bytes(smtp.received[0], policy=policy.default)
    assert smtp.envelopes == [("billing@duebook.test", ("ap@customer.test",))]
    assert mail["Message-ID"] == message.message_id
    assert mail["X-Duebook-Message"] == message.message_id.strip("<>")
    assert mail["From"].addresses[0].display_name == '上海"示例"有限公司'
    assert mail["From"].addresses[0].addr_spec == "billing@duebook.test"
    assert mail["To"].addresses[0].display_name == "李娜"
    assert mail["Reply-To"] == "money@acme.test"
    assert mail["Subject"] == "账单 INV-1"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOON
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text.get_content().strip() == "请付款: https://secret.test/?a=1&b=42 [[other]]"
    assert 'href="https://secret.test/?a=1&amp;b=42"' in html.get_content()
    [attachment] = mail.iter_attachments()
    assert attachment.get_filename() == "账单 INV-1.pdf"
    assert attachment.get_content() == b"%PDF-1.7 the bill"
    assert "secret.test" not in again(message).body_text


def test_only_reminders_say_that_a_machine_sent_them(tenant, queued, smtp, clock) -> None:
    queued()
    send(tenant, clock)
    assert b"Auto-Submitted" not in smtp.received[0]


def test_a_greylisting_server_is_asked_again_after_a_minute(tenant, queued, smtp, clock) -> None:
    smtp.rcpt = ["451 4.7.1 Greylisted", "250 OK"]
    message = queued()
    send(tenant, clock)
    waiting = again(message)
    assert (waiting.state, waiting.attempts) == (MessageState.QUEUED, 1)
    assert waiting.next_attempt_at == NOON + timedelta(minutes=1)
    assert "Greylisted" in waiting.last_error
    clock.move(seconds=59)
    send(tenant, clock)
    assert not smtp.received
    clock.move(seconds=1)
    send(tenant, clock)
    message = again(message)
    assert (message.state, message.attempts, message.last_error) == (MessageState.ACCEPTED, 2, "")
    assert story(message) == ["QUEUED", "CLAIMED", *SENT]


def test_waiting_grows_and_ends(tenant, queued, smtp, clock) -> None:
    smtp.mail = ["421 4.3.2 Shutting down"]
    message = queued()
    waits = []
    for _attempt in range(8):
        send(tenant, clock)
        message = again(message)
        waits.append((message.next_attempt_at - clock.at) / timedelta(minutes=1))
        clock.at = max(message.next_attempt_at, clock.at)
    assert waits[:7] == [1, 5, 30, 120, 360, 360, 360]
    assert (message.state, message.attempts) == (MessageState.FAILED, 8)
    assert not smtp.received


def test_a_refused_address_fails_and_the_next_mail_goes_on(tenant, queued, smtp, clock) -> None:
    smtp.rcpt = ["550 5.1.1 No such user", "250 OK"]
    refused, taken = queued("one"), queued("two")
    send(tenant, clock)
    assert again(refused).state == MessageState.FAILED
    assert "No such user" in again(refused).last_error
    assert story(refused) == ["QUEUED", "CLAIMED", "FAILED"]
    assert again(taken).state == MessageState.ACCEPTED
    assert smtp.connections == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("554 5.7.1 Spam", MessageState.FAILED),
        ("452 4.2.2 Full", MessageState.QUEUED),
        ("421 Later", MessageState.QUEUED),
        ("now 554 Never", MessageState.FAILED),
        ("now 451 Later", MessageState.QUEUED),
    ],
)
def test_an_answer_to_the_content_is_an_answer(tenant, queued, smtp, clock, answer, state) -> None:
    smtp.data = [answer, "250 OK"]
    message, following = queued("one"), queued("two")
    send(tenant, clock)
    assert again(message).state == state
    assert story(message) == ["QUEUED", "CLAIMED", "TRANSMITTING", state.value]
    assert again(following).state == MessageState.ACCEPTED


@pytest.mark.parametrize(("answer", "arrived"), [("hang", 1), ("close", 1), ("eof", 0)])
def test_lost_contact_after_the_content_began_is_not_confirmed_and_never_retried(
    tenant, queued, smtp, clock, answer, arrived
) -> None:
    smtp.data = [answer, "250 OK"]
    message, following = queued("one"), queued("two")
    send(tenant, clock)
    message = again(message)
    assert message.state == MessageState.UNCONFIRMED
    assert message.accepted_at is None
    assert again(following).state == MessageState.ACCEPTED
    clock.move(days=3)
    with tenant_scope(tenant.pk):
        reap(at=clock.at)
    send(tenant, clock)
    assert len(smtp.received) == arrived + 1


def test_no_server_costs_one_try_for_all(tenant, queued, settings, clock) -> None:
    settings.EMAIL_BACKEND = "messaging.smtp.FencedBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    first, second = queued("one"), queued("two")
    send(tenant, clock)
    for message in (again(first), again(second)):
        assert (message.state, message.attempts) == (MessageState.QUEUED, 1)
        assert message.next_attempt_at == NOON + timedelta(minutes=1)
        assert message.last_error.startswith("unreachable")
        assert story(message) == ["QUEUED", "CLAIMED", "QUEUED"]


def test_a_server_that_closes_between_mails_is_called_again(tenant, queued, smtp, clock) -> None:
    messages = [queued(f"m{n}") for n in range(3)]
    smtp.mail = ["250 OK", "421 Enough for one connection", "250 OK"]
    send(tenant, clock)
    states = [again(message).state for message in messages]
    assert states == [MessageState.ACCEPTED, MessageState.QUEUED, MessageState.ACCEPTED]
    assert smtp.connections == 2


def test_plain_text_is_never_a_way_out(tenant, queued, smtp, clock, settings) -> None:
    settings.EMAIL_USE_TLS = True  # the server does not offer STARTTLS
    message = queued()
    send(tenant, clock)
    assert (again(message).state, smtp.received) == (MessageState.QUEUED, [])


def test_one_connection_serves_a_batch(tenant, queued, smtp, clock) -> None:
    for number in range(30):
        queued(f"m{number}")
    send(tenant, clock)
    assert (len(smtp.received), smtp.connections) == (30, 1)


def test_nothing_leaves_before_its_time(tenant, queued, smtp, clock) -> None:
    queued(not_before=NOON + timedelta(hours=1))
    queued("held", held_reason="On hold")
    send(tenant, clock)
    assert not smtp.received
    clock.move(hours=1)
    send(tenant, clock)
    assert len(smtp.received) == 1


def test_a_suspended_company_says_nothing(tenant, queued, smtp, clock) -> None:
    message = queued()
    tenant.status = TenantStatus.SUSPENDED
    tenant.save(update_fields=["status"])
    send(tenant, clock)
    assert (again(message).state, smtp.received) == (MessageState.QUEUED, [])


def test_a_damaged_attachment_fails_the_message_and_not_the_batch(
    tenant, queued, smtp, clock
) -> None:
    with tenant_scope(tenant.pk):
        file = pdf()
        Path(files._path(tenant.pk, file.sha256)).write_bytes(b"%PDF-1.7 another bill")
    damaged, good = queued("one", attachments=[(file, "a.pdf")]), queued("two")
    send(tenant, clock)
    assert again(damaged).state == MessageState.FAILED
    assert again(damaged).last_error.startswith("not-made")
    assert again(good).state == MessageState.ACCEPTED
    assert len(smtp.received) == 1


def test_a_link_that_has_ended_fails_the_message(tenant, queued, smtp, clock, link) -> None:
    message = queued(placeholders={"test_link": "1"})

    def ended(reference: str) -> str:
        raise Unresolvable("revoked")

    register("test_link", ended)
    send(tenant, clock)
    assert again(message).state == MessageState.FAILED
    assert not smtp.received


def test_any_backend_of_django_works(tenant, queued, settings, clock) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    message = queued()
    send(tenant, clock)
    assert story(message) == SENT
    assert django_mail.outbox[0].extra_headers["Message-ID"] == message.message_id


class _ProviderError(Exception):
    status_code: int | None = None


class AnymailRecipientsRefused(_ProviderError):
    pass


class Limited(_ProviderError):
    status_code = 429


class BadRequest(_ProviderError):
    status_code = 400


class Timeout(_ProviderError):
    status_code = 504


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AnymailRecipientsRefused, MessageState.FAILED),
        (Limited, MessageState.QUEUED),
        (BadRequest, MessageState.FAILED),
        (Timeout, MessageState.UNCONFIRMED),
        (ConnectionResetError, MessageState.UNCONFIRMED),
    ],
)
def test_a_providers_error_says_what_it_says(  # noqa: PLR0917 - fixtures
    tenant, queued, settings, clock, monkeypatch, error, state
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def fail(backend: object, mails: object) -> int:
        raise error("provider's words")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    message = queued()
    send(tenant, clock)
    assert again(message).state == state
    assert "provider's words" in again(message).last_error


def test_a_slow_server_gets_a_part_of_the_batch_and_the_rest_is_given_back(
    tenant, queued, smtp, clock, monkeypatch
) -> None:
    messages = [queued(f"m{number}") for number in range(3)]
    monkeypatch.setattr("messaging.delivery.mail_for", _slow(clock))
    drain(tenant_id=tenant.pk, clock=clock, seconds=1)
    assert [again(message).state for message in messages] == ["ACCEPTED", "QUEUED", "QUEUED"]
    assert story(messages[2]) == ["QUEUED", "CLAIMED", "QUEUED"]


def _slow(clock: Clock):
    from messaging.mails import mail_for  # noqa: PLC0415 - the real one, before it is replaced

    def slow(*args: object, **kwargs: object) -> object:
        clock.move(seconds=61)
        return mail_for(*args, **kwargs)  # type: ignore[arg-type]

    return slow


def test_nothing_leaves_once_the_fence_is_lost(tenant, queued, smtp, clock, monkeypatch) -> None:
    lost, kept = queued("one"), queued("two")

    def paused(*args: object, **kwargs: object) -> object:
        """Sleep through the lease, as a laptop does, once."""
        monkeypatch.setattr("messaging.delivery.mail_for", original)
        with tenant_scope(tenant.pk):
            reap(at=clock.at + timedelta(minutes=5))
        return original(*args, **kwargs)  # type: ignore[arg-type]

    original = __import__("messaging.mails", fromlist=["mail_for"]).mail_for
    monkeypatch.setattr("messaging.delivery.mail_for", paused)
    send(tenant, clock)
    assert not smtp.received
    assert [again(lost).state, again(kept).state] == [MessageState.QUEUED] * 2
    assert "TRANSMITTING" not in story(lost) + story(kept)
    clock.move(minutes=6)
    send(tenant, clock)
    assert len(smtp.received) == 2


def test_behaviour_is_used_up_in_order() -> None:
    behaviour = Behaviour(rcpt=["451", "250"])
    assert [Behaviour.take(behaviour.rcpt) for _ in range(3)] == ["451", "250", "250"]
