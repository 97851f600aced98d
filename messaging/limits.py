"""How long a sender may hold a message; how much one drain does."""

from datetime import timedelta

from django.conf import settings

BATCH = 25  # messages claimed by one statement
DRAIN_SECONDS = 45.0  # a drain ends after this long and wakes the next


def lease() -> timedelta:
    """
    Return how long a claim, and then a handing over, may last before the reaper ends it.

    MESSAGE_LEASE_SECONDS, 120 unless set; ``messaging.checks`` wants it above two SMTP timeouts.
    """
    return timedelta(seconds=getattr(settings, "MESSAGE_LEASE_SECONDS", 120))


def sender_prefix() -> str:
    """Return what the names of this process's senders begin with; a campaign knows its own."""
    return getattr(settings, "MESSAGE_SENDER_PREFIX", "")
