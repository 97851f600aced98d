"""Everything that changes a message."""

from messaging.operations.announce import announce
from messaging.operations.cancel import CANCELLABLE, cancel
from messaging.operations.claim import claim, release_claims
from messaging.operations.decide import EvidenceMissing, leave, mark_arrived
from messaging.operations.hold import hold, release
from messaging.operations.moves import StateRefused
from messaging.operations.queue import (
    AlreadyQueued,
    MessageDraft,
    MessageInvalid,
    queue,
    queue_many,
)
from messaging.operations.reap import Reaped, reap
from messaging.operations.report import on_bounce, record_bounce, record_delay, record_delivery
from messaging.operations.resend import on_replaced, resend, send_again
from messaging.operations.settle import settle
from messaging.operations.transmit import transmit

__all__ = [
    "CANCELLABLE",
    "AlreadyQueued",
    "EvidenceMissing",
    "MessageDraft",
    "MessageInvalid",
    "Reaped",
    "StateRefused",
    "announce",
    "cancel",
    "claim",
    "hold",
    "leave",
    "mark_arrived",
    "on_bounce",
    "on_replaced",
    "queue",
    "queue_many",
    "reap",
    "record_bounce",
    "record_delay",
    "record_delivery",
    "release",
    "release_claims",
    "resend",
    "send_again",
    "settle",
    "transmit",
]
