"""What may be promised, and that each promise stands once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import TestCase

from core.models import Tenant
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import AlreadyQueued, MessageDraft, MessageInvalid, queue_many
from messaging.placeholders import UnknownPlaceholder
from tests.conftest import NOON
from tests.messaging.conftest import pdf, put, story


def draft(key: str, **fields: object) -> MessageDraft:
    return MessageDraft(
        **{
            "kind": "INVOICE",
            "dedupe_key": key,
            "about": "x:1",
            "account_id": 1,
            "to_address": "a@b.test",
            "subject": "S",
            "body_text": "B",
        }
        | fields
    )


def test_a_promise_is_one_row_with_its_attachments_and_its_first_event(in_tenant: Tenant) -> None:
    message = put(attachments=[(pdf(), "INV-1.pdf")])
    assert message.state == MessageState.QUEUED
    assert message.message_id.endswith("@duebook.test>")
    assert message.next_attempt_at == NOON
    assert [attachment.name for attachment in message.attachments.all()] == ["INV-1.pdf"]
    assert story(message) == ["QUEUED"]


def test_the_same_promise_again_is_refused_with_the_row_that_stands(in_tenant: Tenant) -> None:
    first = put("invoice:1:issued")
    with pytest.raises(AlreadyQueued) as refusal:
        put("invoice:1:issued", subject="Other words")
    assert refusal.value.existing == first
    assert OutboundMessage.objects.get().subject == "Invoice INV-1"


def test_many_are_promised_together_or_not_at_all(in_tenant: Tenant) -> None:
    put("two")
    with pytest.raises(AlreadyQueued):
        queue_many([draft("one"), draft("two")], at=NOON)
    assert OutboundMessage.objects.count() == 1


def test_many_cost_as_many_statements_as_one(in_tenant: Tenant, django_assert_num_queries) -> None:
    file = pdf()
    with django_assert_num_queries(8):
        queue_many([draft("one", attachments=[(file, "a.pdf")])], at=NOON)
    with django_assert_num_queries(8):
        queue_many([draft(f"m{n}", attachments=[(file, "a.pdf")]) for n in range(50)], at=NOON)


def test_a_later_time_and_a_reason_to_hold_are_kept(in_tenant: Tenant) -> None:
    later = put(not_before=NOON + timedelta(hours=3))
    assert later.next_attempt_at == NOON + timedelta(hours=3)
    held = put("two", held_reason="No address for 3 months")
    assert (held.state, story(held)) == (MessageState.HELD, ["HELD"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to_address", "a@b.test, c@d.test"),
        ("to_address", "a@b.test;c@d.test"),
        ("to_address", "Li Na <a@b.test>"),
        ("to_address", "a@b.test\nBcc: thief@evil.test"),
        ("to_address", ""),
        ("reply_to", "a@b.test\r\nX: y"),
        ("to_name", "Li\nNa"),
        ("from_name", "Acme\r\nBcc: thief@evil.test"),
        ("subject", "Hello\nBcc: thief@evil.test"),
        ("subject", "Hello\u2028there"),
        ("subject", ""),
        ("subject", "x" * 251),
        ("held_reason", "a\nb"),
        ("dedupe_key", ""),
    ],
)
def test_what_cannot_be_a_header_is_refused_by_name(in_tenant: Tenant, field, value) -> None:
    with pytest.raises(MessageInvalid) as refusal:
        put(**({"key": value} if field == "dedupe_key" else {field: value}))
    assert refusal.value.field == field
    assert not OutboundMessage.objects.exists()


@pytest.mark.parametrize("name", ["", "a\nb.pdf", "../b.pdf", "c\\d.pdf"])
def test_an_attachment_needs_a_plain_name(in_tenant: Tenant, name) -> None:
    with pytest.raises(MessageInvalid):
        put(attachments=[(pdf(), name)])


def test_a_placeholder_nobody_knows_is_refused_at_once(in_tenant: Tenant) -> None:
    with pytest.raises(UnknownPlaceholder):
        put(placeholders={"nobodys_link": "1"})


def put_and_roll_back(key: str) -> None:
    with transaction.atomic():
        put(key)
        transaction.set_rollback(True)


def test_one_worker_is_woken_per_commit_and_none_by_a_rollback(in_tenant: Tenant) -> None:
    before = len(connection.run_on_commit)
    with TestCase.captureOnCommitCallbacks() as callbacks:
        put("one")
        put_and_roll_back("two")
        put("three")
    assert len(callbacks) == 1
    assert len(connection.run_on_commit) == before + 1


def test_a_wake_up_asked_for_in_a_savepoint_that_failed_is_asked_for_again(
    in_tenant: Tenant,
) -> None:
    with TestCase.captureOnCommitCallbacks() as callbacks:
        put_and_roll_back("one")
        put("two")
    assert len(callbacks) == 1
