"""Closing and reopening periods."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from core import audit
from core.dates import EARLIEST
from core.models import User
from core.tenancy import active_tenant_id
from ledger.models import Period


class PeriodOverlaps(Exception):
    """The days up to there are already closed, or belong to a period that was opened again."""


@transaction.atomic
def close_period(*, last_day: date, at: datetime, actor: User | None) -> Period:
    """
    Close every day up to and including ``last_day`` that is not in a period yet.

    Waits for postings under way; from then on none with an effective date in it is taken.

    :raises PeriodOverlaps: if a period already reaches the day
    """
    _lock_periods()
    newest = Period.objects.aggregate(newest=Max("last_day"))["newest"]
    first_day = newest + timedelta(days=1) if newest else EARLIEST
    if last_day < first_day:
        raise PeriodOverlaps(f"{last_day}")
    period = Period.objects.create(
        first_day=first_day, last_day=last_day, changed_at=at, changed_by=actor
    )
    audit.record(event="period.closed", subject=period, actor=actor, at=at)
    return period


@transaction.atomic
def reopen_period(*, period: Period, reason: str, at: datetime, actor: User | None) -> Period:
    """Open a closed period again, with a reason; an audited act by a named right."""
    return _change(period=period, is_closed=False, reason=reason, at=at, actor=actor)


@transaction.atomic
def close_again(*, period: Period, at: datetime, actor: User | None) -> Period:
    """Close a period that had been opened again."""
    return _change(period=period, is_closed=True, reason="", at=at, actor=actor)


def _change(
    *, period: Period, is_closed: bool, reason: str, at: datetime, actor: User | None
) -> Period:
    _lock_periods()
    period = Period.objects.select_for_update().get(pk=period.pk)
    period.is_closed, period.reason = is_closed, reason
    period.changed_at, period.changed_by = at, actor
    period.save(update_fields=["is_closed", "reason", "changed_at", "changed_by"])
    event = "period.closed" if is_closed else "period.reopened"
    audit.record(event=event, subject=period, actor=actor, at=at, reason=reason)
    return period


def _lock_periods() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(app.period_lock(%s))", [active_tenant_id()])
