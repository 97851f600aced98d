"""Sending again what did not arrive: the same message once more, or another in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from core import audit
from core.models import User
from messaging.enums import MessageKind, MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import StateRefused, locked, move, note
from messaging.operations.queue import MessageDraft, queue_many, require_address, wake
from messaging.queries import SUFFIX, family_key
from messaging.reasons import Reason, detail

Replaced = Callable[[OutboundMessage, OutboundMessage, datetime], None]
_ON_REPLACED: list[Replaced] = []


def on_replaced(callback: Replaced) -> Replaced:
    """
    Register ``callback(old, new, at)``, called in the transaction in which one replaces the other.

    For apps above that point at messages; they take no account lock in it.
    """
    _ON_REPLACED.append(callback)
    return callback


@transaction.atomic
def send_again(*, message: OutboundMessage, at: datetime, actor: User | None) -> OutboundMessage:
    """
    Send an unconfirmed or refused message once more, as itself: same key, same Message-ID.

    An unconfirmed one may arrive twice; a person has decided that this is better than not at all.

    :raises StateRefused: if it is neither unconfirmed nor refused
    """
    message = locked(message.pk)
    if message.state not in (MessageState.UNCONFIRMED, MessageState.FAILED):
        raise StateRefused(message)
    move(
        message,
        MessageState.QUEUED,
        detail=detail(Reason.SENT_AGAIN),
        at=at,
        actor=actor,
        attempts=0,
        worker="",
        next_attempt_at=at,
        resolved_at=None,
    )
    _record("message.sent_again", message, at, actor)
    wake()
    return message


@transaction.atomic
def resend(
    *, message: OutboundMessage, to_address: str, at: datetime, actor: User | None
) -> OutboundMessage:
    """
    Queue a new message, to an address put right, in place of one that was refused or bounced.

    It is about the same thing and carries the same content; its key is the first promise's with a
    number, which links them. Return the new message.

    :raises MessageInvalid: if the address is not exactly one
    :raises StateRefused: if the old one was neither refused nor bounced, or has been dealt with
    """
    require_address(to_address, "to_address")
    old = locked(message.pk)
    if old.state not in (MessageState.FAILED, MessageState.BOUNCED) or old.resolved_at is not None:
        raise StateRefused(old)
    [new] = queue_many([_copy(old, to_address)], at=at)
    old.resolved_at = at
    old.save(update_fields=["resolved_at"])
    note(old, detail=detail(Reason.REPLACED_BY, new.pk), at=at, actor=actor)
    note(new, detail=detail(Reason.REPLACES, old.pk), at=at, actor=actor)
    _record("message.resent", old, at, actor, to_address=[old.to_address, to_address])
    for callback in _ON_REPLACED:
        callback(old, new, at)
    return new


def _copy(old: OutboundMessage, to_address: str) -> MessageDraft:
    first = family_key(old.dedupe_key)
    earlier = OutboundMessage.objects.filter(dedupe_key__startswith=f"{first}{SUFFIX}").count()
    return MessageDraft(
        kind=MessageKind(old.kind),
        dedupe_key=f"{first}{SUFFIX}{earlier + 2}",
        about=old.about,
        account_id=old.account_id,
        to_address=to_address,
        to_name=old.to_name,
        language=old.language,
        subject=old.subject,
        body_text=old.body_text,
        body_html=old.body_html,
        from_name=old.from_name,
        reply_to=old.reply_to,
        placeholders=old.placeholders,
        attachments=[
            (attachment.file, attachment.name)
            for attachment in old.attachments.select_related("file").order_by("pk")
        ],
    )


def _record(
    event: str, message: OutboundMessage, at: datetime, actor: User | None, **changes: object
) -> None:
    audit.record(
        event=event,
        subject=message,
        actor=actor,
        at=at,
        account_id=message.account_id,
        changes=changes,
    )
