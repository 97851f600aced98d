"""Which schedules are due, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from customers.enums import CustomerStatus
from invoices.calculations import LineInput, Totals, totals_of
from invoices.enums import MONTHS, Frequency, ScheduleState, ScheduleTiming
from invoices.models import Schedule, ScheduleLine
from invoices.recurrence import Period, Rhythm


class HasRhythm(Protocol):
    """What a schedule, saved or typed, says about its days."""

    frequency: str
    timing: str
    start_date: date
    anchor_day: int
    end_date: date | None


@dataclass(frozen=True, slots=True)
class Coming:
    """One bill to come: when, for what, how much, tax included, in the schedule's currency."""

    period: Period
    total_amount: Decimal


def rhythm_of(schedule: HasRhythm) -> Rhythm:
    """Return the schedule's periods as pure arithmetic."""
    return Rhythm(
        start_date=schedule.start_date,
        anchor_day=schedule.anchor_day,
        months=MONTHS[Frequency(schedule.frequency)],
        in_arrears=schedule.timing == ScheduleTiming.ARREARS,
        end_date=schedule.end_date,
    )


def due_schedule_ids(*, day: date) -> list[int]:
    """Return the schedules with a period to bill by the tenant's day, of customers in use."""
    active = (
        Schedule.objects.filter(state=ScheduleState.ACTIVE, start_date__lte=day)
        .exclude(customer__status=CustomerStatus.ARCHIVED)
        .order_by("pk")
    )
    return [
        schedule.pk
        for schedule in active
        if rhythm_of(schedule).due(schedule.next_index, day=day, most=1)
        or rhythm_of(schedule).has_ended(schedule.next_index)
    ]


def schedules_billed_on(day: date) -> list[int]:
    """Return the schedules whose next bill is made on the tenant's day, of customers in use."""
    active = (
        Schedule.objects.filter(state=ScheduleState.ACTIVE)
        .exclude(customer__status=CustomerStatus.ARCHIVED)
        .only("start_date", "anchor_day", "frequency", "timing", "end_date", "next_index")
        .order_by("pk")
    )
    return [
        schedule.pk
        for schedule in active
        for period in rhythm_of(schedule).periods(schedule.next_index, 1)
        if period.bill_day == day
    ]


def totals_of_lines(lines: Sequence[ScheduleLine], *, currency: str, tax_mode: str) -> Totals:
    """Return what one bill of such lines comes to; the lines' tax codes must be loaded."""
    return totals_of(
        [
            LineInput(
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount_percent=line.discount_percent,
                tax_category=line.tax_code.category,
                tax_rate=line.tax_code.rate,
            )
            for line in lines
        ],
        discount_amount=Decimal(0),
        currency=currency,
        tax_mode=tax_mode,
    )


def coming(
    schedule: Schedule, lines: Sequence[ScheduleLine], *, tax_mode: str, count: int = 12
) -> list[Coming]:
    """Return the next bills of a schedule, the ones that are late already first."""
    total = totals_of_lines(lines, currency=schedule.currency, tax_mode=tax_mode).total_amount
    periods = rhythm_of(schedule).periods(schedule.next_index, count)
    return [Coming(period, total) for period in periods]


def with_upcoming(schedules: Sequence[Schedule], *, tax_mode: str) -> None:
    """Put the next bill to come on each schedule as ``upcoming``, None where none comes."""
    lines: dict[int, list[ScheduleLine]] = {schedule.pk: [] for schedule in schedules}
    rows = ScheduleLine.objects.filter(schedule__in=lines).select_related("tax_code")
    for line in rows.order_by("schedule_id", "position"):
        lines[line.schedule_id].append(line)
    for schedule in schedules:
        none_comes = schedule.state == ScheduleState.ENDED
        bills = (
            [] if none_comes else coming(schedule, lines[schedule.pk], tax_mode=tax_mode, count=1)
        )
        schedule.upcoming = bills[0] if bills else None  # type: ignore[attr-defined]
