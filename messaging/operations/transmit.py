"""The last moment: from its commit on, the message may have left the house."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from messaging.answers import FenceLost
from messaging.enums import MessageState
from messaging.limits import lease
from messaging.models import OutboundMessage
from messaging.operations.moves import event_for


@transaction.atomic(savepoint=False)
def transmit(*, message: OutboundMessage, worker: str, at: datetime) -> None:
    """
    Mark a message that this worker holds as being handed over; commit before the content is sent.

    :raises FenceLost: if it is not this worker's any more; then nothing may be sent
    """
    moved = OutboundMessage.objects.filter(
        pk=message.pk, state=MessageState.CLAIMED, worker=worker
    ).update(state=MessageState.TRANSMITTING, lease_until=at + lease())
    if not moved:
        raise FenceLost(f"Message {message.pk} is no longer held by {worker}.")
    message.state = MessageState.TRANSMITTING
    event_for(message, state=MessageState.TRANSMITTING, detail="", at=at).save()
