"""What a person decides about a message that did not arrive, or perhaps did."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.models import User
from messaging.enums import UNDECIDED, MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import StateRefused, locked, move, note
from messaging.reasons import Reason, detail


class EvidenceMissing(Exception):
    """Somebody says that it arrived, and not how they know."""


@transaction.atomic
def mark_arrived(
    *, message: OutboundMessage, evidence: str, at: datetime, actor: User
) -> OutboundMessage:
    """
    Believe a person, who says how they know, that an unconfirmed message arrived.

    It counts as sent from now on, not from when it may have left.

    :raises EvidenceMissing: without a word of how they know
    :raises StateRefused: if it is not unconfirmed
    """
    if not evidence.strip():
        raise EvidenceMissing
    message = locked(message.pk)
    if message.state != MessageState.UNCONFIRMED:
        raise StateRefused(message)
    move(
        message,
        MessageState.DELIVERED,
        detail=detail(Reason.EVIDENCE, evidence),
        at=at,
        actor=actor,
        accepted_at=at,
        resolved_at=at,
        worker="",
    )
    _record("message.arrived", message, evidence, at, actor)
    return message


@transaction.atomic
def leave(
    *, message: OutboundMessage, note_text: str, at: datetime, actor: User
) -> OutboundMessage:
    """
    Take a message off the list of those that wait for a decision; its state stays what it is.

    :raises StateRefused: if it does not wait for a decision
    """
    message = locked(message.pk)
    if message.state not in UNDECIDED or message.resolved_at is not None:
        raise StateRefused(message)
    message.resolved_at = at
    message.save(update_fields=["resolved_at"])
    note(message, detail=detail(Reason.LEFT, note_text), at=at, actor=actor)
    _record("message.left", message, note_text, at, actor)
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
