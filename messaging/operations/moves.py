"""The one place where a message changes its state, and the event that tells of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.models import User
from messaging.enums import NEXT_STATES, MessageState
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations.announce import announce_message


class StateRefused(Exception):
    """The message is in a state this cannot be done in; ``message`` is the row as it is now."""

    def __init__(self, message: OutboundMessage) -> None:
        """Keep the row, so that a page can say what became of it."""
        super().__init__(f"Message {message.pk} is {message.state}.")
        self.message = message


def locked(message_id: int) -> OutboundMessage:
    """Return the row, read under its lock."""
    return OutboundMessage.objects.select_for_update(no_key=True).get(pk=message_id)


def require_next(message: OutboundMessage, state: MessageState) -> None:
    """
    Refuse a change that ``enums.NEXT_STATES`` does not know.

    :raises StateRefused: with the row
    """
    if state not in NEXT_STATES[MessageState(message.state)]:
        raise StateRefused(message)


def move(
    message: OutboundMessage,
    state: MessageState,
    *,
    detail: str,
    at: datetime,
    actor: User | None = None,
    **fields: Any,
) -> OutboundMessage:
    """
    Set the state and the named fields of a row that is locked, and write the event.

    :raises StateRefused: if the one state may not follow the other
    """
    require_next(message, state)
    message.state = state
    for name, value in fields.items():
        setattr(message, name, value)
    message.save(update_fields=["state", *fields])
    note(message, detail=detail, at=at, actor=actor)
    announce_message(message, state, at=at)
    return message


def note(
    message: OutboundMessage, *, detail: str, at: datetime, actor: User | None = None
) -> MessageEvent:
    """Append an event in the state the message has."""
    event = event_for(message, state=message.state, detail=detail, at=at, actor=actor)
    event.save()
    return event


def event_for(
    message: OutboundMessage, *, state: str, detail: str, at: datetime, actor: User | None = None
) -> MessageEvent:
    """Return an unsaved event, for bulk work."""
    return MessageEvent(message=message, state=state, detail=detail, happened_at=at, actor=actor)
