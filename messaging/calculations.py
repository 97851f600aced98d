"""When to try again. Arithmetic only."""

from __future__ import annotations

from datetime import timedelta

MAX_ATTEMPTS = 8
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)


def back_off(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts that failed; None after the last."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]


MAX_WEBHOOK_TRIES = 10
STOP_AFTER = timedelta(days=5)  # of failing without a break
_WEBHOOK_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_LONGEST_REST = timedelta(minutes=5)


def webhook_back_off(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries that failed; None after the last."""
    return _WEBHOOK_WAITS[max(tries, 1) - 1] if tries < MAX_WEBHOOK_TRIES else None


def rest(failures: int) -> timedelta:
    """Return how long an address is left alone after so many failures, of any event, in a row."""
    doublings = min(max(failures, 1) - 1, 10)
    return min(timedelta(seconds=5 * int(2**doublings)), _LONGEST_REST)
