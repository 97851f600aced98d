"""Days: the tenant's own today, months counted from an anchor, due dates. No clock is read here."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 12, 31)


def day_in_zone(at: datetime, time_zone: str) -> date:
    """Return the calendar day the instant falls on in the time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def instant_of(day: date, hour: int, time_zone: str, minute: int = 0) -> datetime:
    """
    Return the instant, in UTC, of a wall-clock time on a day in the time zone.

    A time skipped by the change to summer time becomes the instant it would have been; of a time
    that comes twice the first is meant (PEP 495, fold 0).
    """
    return datetime.combine(day, time(hour, minute), ZoneInfo(time_zone)).astimezone(UTC)


def end_of_month(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(anchor: date, months: int, anchor_day: int | None = None) -> date:
    """
    Return the day ``months`` after the anchor, on the anchor's day or the month's last.

    Counted from the anchor, never from the last result: 31 January gives 28 February and then 31
    March. ``anchor_day`` 31 means every month's last day.
    """
    count = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor_day or anchor.day, last))


def days_late(due_date: date, day: date) -> int:
    """Return how many days after its due date the day is; 0 on the due date and before."""
    return max((day - due_date).days, 0)


def due_date(
    issue_date: date, *, days: int, months: int = 0, end_of_month_first: bool = False
) -> date:
    """
    Return the due date: months after the issue date, to the month's end if so agreed, then days.

    "30 days end of month" is ``days=30, end_of_month_first=True``: 10 May, to 31 May, to 30 June.
    """
    base = add_months(issue_date, months) if months else issue_date
    if end_of_month_first:
        base = end_of_month(base)
    return base + timedelta(days=days)
