"""Keeping a message back, and letting it go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import User
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import StateRefused, locked, move
from messaging.operations.queue import wake
from messaging.reasons import Reason, detail


@transaction.atomic
def hold(
    *, message: OutboundMessage, reason: str, at: datetime, actor: User | None
) -> OutboundMessage:
    """
    Keep a message that waits back until it is released.

    :raises StateRefused: if it does not wait
    """
    message = locked(message.pk)
    move(
        message,
        MessageState.HELD,
        detail=detail(Reason.HELD, reason),
        at=at,
        actor=actor,
        held_reason=reason,
    )
    _record("message.held", message, reason, at, actor)
    return message


@transaction.atomic
def release(
    *, message: OutboundMessage, reason: str, at: datetime, actor: User | None
) -> OutboundMessage:
    """
    Let a message that is held back go; it leaves at once, or at the time it was promised for.

    :raises StateRefused: if it is not held back
    """
    message = locked(message.pk)
    if message.state != MessageState.HELD:
        raise StateRefused(message)
    move(
        message,
        MessageState.QUEUED,
        detail=detail(Reason.FREED, reason),
        at=at,
        actor=actor,
        held_reason="",
        next_attempt_at=max(message.next_attempt_at, at),
    )
    _record("message.released", message, reason, at, actor)
    wake()
    return message


def _record(
    event: str, message: OutboundMessage, reason: str, at: datetime, actor: User | None
) -> None:
    audit.record(
        event=event,
        subject=message,
        actor=actor,
        at=at,
        account_id=message.account_id,
        reason=reason,
    )
