"""What came of trying to hand a mail over."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.Enum):
    """The four ends of a try; which one is certain, and which is not."""

    ACCEPTED = "accepted"  # the server took it
    RETRY = "retry"  # certainly not taken; later perhaps
    REFUSED = "refused"  # certainly not taken; never will be
    UNKNOWN = "unknown"  # contact was lost while it was being handed over


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, the reason's code (``messaging.reasons``) and the server's own words."""

    outcome: Outcome
    reason: str = ""
    words: str = ""
    is_unreachable: bool = False  # the server itself was not reached: spare the others the try


class FenceLost(Exception):
    """The message is no longer this sender's to send; nothing of it may leave the house."""
