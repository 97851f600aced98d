"""Writing down what came of an attempt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from messaging.answers import Answer, FenceLost, Outcome
from messaging.calculations import back_off
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import event_for
from messaging.reasons import Reason, detail

_FREE: dict[str, Any] = {"worker": "", "lease_until": None}


@transaction.atomic(savepoint=False)
def settle(*, message: OutboundMessage, worker: str, answer: Answer, at: datetime) -> MessageState:
    """
    Set the state that follows from the answer, if the message is still this worker's.

    A definite "later" waits longer each time and fails after the last attempt. Nothing certain
    after the handing over began: not confirmed, and a person decides.

    :raises FenceLost: if it is not this worker's any more
    """
    if answer.outcome is Outcome.ACCEPTED:
        return _accepted(message, worker, at, answer)
    text = detail(answer.reason, answer.words)
    fields: dict[str, Any] = _FREE | {"last_error": text}
    if answer.outcome is Outcome.UNKNOWN:
        state = MessageState.UNCONFIRMED
    else:
        state = MessageState.FAILED
        if answer.outcome is Outcome.RETRY:
            if wait := back_off(message.attempts + 1):
                state, fields["next_attempt_at"] = MessageState.QUEUED, at + wait
            else:
                text = detail(Reason.GAVE_UP, answer.words)
    _set(message, worker, (message.state,), state, fields)
    event_for(message, state=state, detail=text, at=at).save()
    return state


def _accepted(message: OutboundMessage, worker: str, at: datetime, answer: Answer) -> MessageState:
    """Believe the server's yes, also when the reaper, seeing no sign of life, was quicker."""
    fields = _FREE | {"accepted_at": at, "last_error": "", "resolved_at": None}
    reason = answer.reason
    try:
        _set(message, worker, (MessageState.TRANSMITTING,), MessageState.ACCEPTED, fields)
    except FenceLost:
        _set(message, worker, (MessageState.UNCONFIRMED,), MessageState.ACCEPTED, fields)
        reason = Reason.ACCEPTED_LATE
    text = detail(reason, answer.words)
    event_for(message, state=MessageState.ACCEPTED, detail=text, at=at).save()
    return MessageState.ACCEPTED


def _set(
    message: OutboundMessage,
    worker: str,
    states: tuple[str, ...],
    state: MessageState,
    fields: dict[str, Any],
) -> None:
    moved = OutboundMessage.objects.filter(pk=message.pk, state__in=states, worker=worker).update(
        state=state, attempts=F("attempts") + 1, **fields
    )
    if not moved:
        raise FenceLost(f"Message {message.pk} is no longer held by {worker}.")
