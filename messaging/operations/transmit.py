"""The last moment: from its commit on, the message may have left the house."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from messaging.enums import MessageState
from messaging.limits import lease
from messaging.models import OutboundMessage
from messaging.operations.fence import move_own


@transaction.atomic(savepoint=False)
def transmit(*, message: OutboundMessage, worker: str, at: datetime) -> None:
    """
    Mark a message that this worker holds as being handed over; commit before the content is sent.

    :raises FenceLost: if it is not this worker's any more; then nothing may be sent
    """
    move_own(
        message,
        worker=worker,
        expected=MessageState.CLAIMED,
        state=MessageState.TRANSMITTING,
        detail="",
        at=at,
        fields={"lease_until": at + lease()},
    )
    message.state = MessageState.TRANSMITTING
