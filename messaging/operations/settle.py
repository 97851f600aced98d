"""Writing down what came of an attempt."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from django.db import transaction

from messaging.answers import Answer, FenceLost, Outcome
from messaging.calculations import back_off
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.announce import announce_message
from messaging.operations.fence import move_own
from messaging.reasons import Reason, detail


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
    fields: dict[str, Any] = {"last_error": text}
    if answer.outcome is Outcome.UNKNOWN:
        state = MessageState.UNCONFIRMED
    else:
        state = MessageState.FAILED
        if answer.outcome is Outcome.RETRY:
            if wait := back_off(message.attempts + 1):
                state, fields["next_attempt_at"] = MessageState.QUEUED, at + wait
            else:
                text = detail(Reason.GAVE_UP, answer.words)
    move_own(
        message,
        worker=worker,
        expected=MessageState(message.state),
        state=state,
        detail=text,
        at=at,
        fields=_free(message) | fields,
    )
    return state


def _accepted(message: OutboundMessage, worker: str, at: datetime, answer: Answer) -> MessageState:
    """Believe the server's yes, also when the reaper, seeing no sign of life, was quicker."""
    fields = _free(message) | {"accepted_at": at, "last_error": "", "resolved_at": None}
    for expected, reason in (
        (MessageState.TRANSMITTING, answer.reason),
        (MessageState.UNCONFIRMED, Reason.ACCEPTED_LATE),
    ):
        with contextlib.suppress(FenceLost):
            move_own(
                message,
                worker=worker,
                expected=expected,
                state=MessageState.ACCEPTED,
                detail=detail(reason, answer.words),
                at=at,
                fields=fields,
            )
            announce_message(message, MessageState.ACCEPTED, at=at)
            return MessageState.ACCEPTED
    raise FenceLost(f"Message {message.pk} was accepted, but is no longer held by {worker}.")


def _free(message: OutboundMessage) -> dict[str, Any]:
    """Return the fields of a message that no sender holds and that was tried once more."""
    return {"worker": "", "lease_until": None, "attempts": message.attempts + 1}
