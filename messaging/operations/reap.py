"""Ending what a sender that died has left behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations.moves import move
from messaging.reasons import Reason, detail


@dataclass(frozen=True, slots=True)
class Reaped:
    """How many were put back, and how many nobody can be sure about."""

    put_back: int
    unconfirmed: int


@transaction.atomic
def reap(*, at: datetime) -> Reaped:
    """
    End every claim and handing over whose lease is over.

    Of a claim nothing left the house: it is queued again, behind those that wait. A handing over
    may have arrived: it becomes "not confirmed" and is never retried by itself. The worker's name
    stays on it, so that an answer that comes late after all is still believed.
    """
    over = OutboundMessage.objects.select_for_update(skip_locked=True, no_key=True).filter(
        state__in=(MessageState.CLAIMED, MessageState.TRANSMITTING), lease_until__lt=at
    )
    put_back = unconfirmed = 0
    for message in over.order_by("pk"):
        if message.state == MessageState.CLAIMED:
            text = detail(Reason.PUT_BACK)
            move(
                message,
                MessageState.QUEUED,
                detail=text,
                at=at,
                worker="",
                lease_until=None,
                next_attempt_at=at,
            )
            put_back += 1
        else:
            text = detail(Reason.SENDER_DIED)
            move(
                message,
                MessageState.UNCONFIRMED,
                detail=text,
                at=at,
                lease_until=None,
                last_error=text,
            )
            unconfirmed += 1
    return Reaped(put_back, unconfirmed)
