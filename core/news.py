"""What of a file is news to other programs: what happened just now, not a history taken over."""

from __future__ import annotations

from datetime import date, timedelta

NEWS = timedelta(days=7)


def is_news(happened: date, today: date) -> bool:
    """Test if something of this day, in a file imported today, is told as news."""
    return happened >= today - NEWS
