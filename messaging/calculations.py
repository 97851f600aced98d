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
