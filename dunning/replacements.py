"""A reminder that went astray and was sent again by another message."""

from __future__ import annotations

from datetime import datetime

from dunning.models import Notice
from messaging.models import OutboundMessage


def follow_message(old: OutboundMessage, new: OutboundMessage, at: datetime) -> None:
    """Let the notice point at the message that took the other's place."""
    Notice.objects.filter(message=old).update(message=new)
