"""Reading the moment "as known at" that people and commands type."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.dates import EARLIEST, LATEST


class NotAMoment(ValueError):
    """The text is no moment between 1970 and 2100."""


def parse_moment(text: str, time_zone: str) -> datetime:
    """
    Return the instant written in ISO 8601: ``2026-03-31T18:00``, ``2026-03-31 18:00+08:00``.

    Without an offset it is the company's wall clock. A minute or second means all of it, and a day
    alone its very end: what was recorded within it was known.

    :raises NotAMoment: for anything else
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAMoment(text) from None
    if not EARLIEST <= moment.date() <= LATEST:
        raise NotAMoment(text)
    has_time = len(text.strip()) > len("2026-03-31")
    if not has_time:
        moment = datetime.combine(moment.date(), time.max)
    elif not moment.microsecond:
        whole = (
            timedelta(seconds=1) if moment.second or text.count(":") > 1 else timedelta(minutes=1)
        )
        moment += whole - timedelta(microseconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
