"""The periods of a schedule, counted from its start. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.dates import add_months


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the periods of a schedule begin and end, and on which day each is billed."""

    start_date: date
    anchor_day: int
    months: int
    in_arrears: bool
    end_date: date | None = None

    def first_day(self, index: int) -> date:
        """Return the first day of period ``index``: counted from the start, never from a run."""
        return add_months(self.start_date, index * self.months, self.anchor_day)

    def period(self, index: int) -> Period:
        """Return the period of that index."""
        first, following = self.first_day(index), self.first_day(index + 1)
        return Period(
            index=index,
            first_day=first,
            last_day=following - timedelta(days=1),
            bill_day=following if self.in_arrears else first,
        )

    def has_ended(self, index: int) -> bool:
        """Test if no period of that index comes any more: none begins after the end."""
        return self.end_date is not None and self.first_day(index) > self.end_date

    def periods(self, index: int, count: int) -> list[Period]:
        """Return up to ``count`` periods from that index on."""
        return [
            self.period(number)
            for number in range(index, index + count)
            if not self.has_ended(number)
        ]

    def due(self, index: int, *, day: date, most: int) -> list[Period]:
        """Return the periods from that index on that are to be billed by the day, oldest first."""
        return [period for period in self.periods(index, most) if period.bill_day <= day]


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a schedule."""

    index: int
    first_day: date
    last_day: date
    bill_day: date

    def text(self, language: str) -> str:
        """Return the period as a bill's line names it, in the document's language."""
        first, last = self.first_day, self.last_day
        whole_month = first.day == 1 and (last + timedelta(days=1)).day == 1
        one_month = whole_month and (first.year, first.month) == (last.year, last.month)
        if language.lower().startswith("zh"):
            if one_month:
                return f"{first.year}年{first.month}月"
            return f"{first:%Y-%m-%d}至{last:%Y-%m-%d}"
        if one_month:
            return f"{MONTHS[first.month - 1]} {first.year}"
        return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
