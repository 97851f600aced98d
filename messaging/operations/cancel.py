"""Taking back a promise before it is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import User
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import StateRefused, locked, move
from messaging.reasons import Reason, detail

CANCELLABLE = (MessageState.QUEUED, MessageState.HELD)


@transaction.atomic
def cancel(
    *, message: OutboundMessage, reason: str, at: datetime, actor: User | None
) -> OutboundMessage:
    """
    Cancel a message that waits or is held back.

    :raises StateRefused: if a sender has it, or it has left
    """
    message = locked(message.pk)
    if message.state not in CANCELLABLE:
        raise StateRefused(message)
    move(
        message,
        MessageState.CANCELLED,
        detail=detail(Reason.CANCELLED, reason),
        at=at,
        actor=actor,
        resolved_at=at,
    )
    audit.record(
        event="message.cancelled",
        subject=message,
        actor=actor,
        at=at,
        account_id=message.account_id,
        reason=reason,
    )
    return message
