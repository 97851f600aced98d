"""What the recipient's side reports later: delivered, delayed, returned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from core import audit
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import StateRefused, locked, move, note
from messaging.reasons import Reason, detail

Bounced = Callable[[OutboundMessage, str, datetime], None]
_ON_BOUNCE: list[Bounced] = []

_RUNNING = (MessageState.CLAIMED, MessageState.TRANSMITTING)
_MAY_BOUNCE = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNCONFIRMED)


def on_bounce(callback: Bounced) -> Bounced:
    """
    Register ``callback(message, diagnostic, at)``, called in the transaction that marks a bounce.

    For apps above that keep addresses; they take no account lock in it.
    """
    _ON_BOUNCE.append(callback)
    return callback


@transaction.atomic
def record_bounce(*, message: OutboundMessage, diagnostic: str, at: datetime) -> OutboundMessage:
    """
    Mark a message that was taken, or may have been, as returned by the recipient's side.

    Of a message that waits to be sent again the report tells of an earlier attempt: it is kept as
    an event and changes nothing. The same report twice changes nothing either.

    :raises StateRefused: while a sender has it; the report is worth keeping and telling again
    """
    message = locked(message.pk)
    if message.state in _RUNNING:
        raise StateRefused(message)
    if message.state not in _MAY_BOUNCE:
        note(message, detail=detail(Reason.LATE_REPORT, diagnostic), at=at)
        return message
    text = detail(Reason.BOUNCED, diagnostic)
    move(
        message,
        MessageState.BOUNCED,
        detail=text,
        at=at,
        last_error=text,
        resolved_at=None,
        worker="",
    )
    audit.record(
        event="message.bounced",
        subject=message,
        actor=None,
        at=at,
        account_id=message.account_id,
        reason=diagnostic,
    )
    for callback in _ON_BOUNCE:
        callback(message, diagnostic, at)
    return message


@transaction.atomic
def record_delivery(*, message: OutboundMessage, words: str, at: datetime) -> OutboundMessage:
    """
    Mark a message as delivered because the recipient's mail server says so.

    :raises StateRefused: while a sender has it
    """
    message = locked(message.pk)
    if message.state in _RUNNING:
        raise StateRefused(message)
    text = detail(Reason.DELIVERED, words)
    if message.state not in (MessageState.ACCEPTED, MessageState.UNCONFIRMED):
        note(message, detail=text, at=at)
        return message
    accepted_at = message.accepted_at or at
    return move(
        message,
        MessageState.DELIVERED,
        detail=text,
        at=at,
        accepted_at=accepted_at,
        worker="",
    )


@transaction.atomic
def record_delay(*, message: OutboundMessage, words: str, at: datetime) -> OutboundMessage:
    """Keep a report of a delay as an event; the state stays."""
    message = locked(message.pk)
    note(message, detail=detail(Reason.DELAYED, words), at=at)
    return message
