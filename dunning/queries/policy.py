"""The policy in force, and whether its hour has come."""

from __future__ import annotations

from datetime import datetime

from core.dates import instant_of
from core.models import Tenant
from dunning.calculations import Step, Terms
from dunning.enums import Tone
from dunning.models import Policy, Run

SATURDAY = 5


def active_policy() -> Policy | None:
    """Return the policy in force; None where reminders are not set up."""
    return Policy.objects.filter(is_active=True).first()


def terms_of(policy: Policy) -> Terms:
    """Return what a run with this version goes by."""
    steps = tuple(
        Step(step.offset_days, step.level, Tone(step.tone))
        for step in policy.steps.order_by("offset_days")
    )
    return Terms(steps, policy.minimum_amount, policy.quiet_days)


def active_terms() -> Terms | None:
    """Return the terms in force; None where reminders are not set up."""
    policy = active_policy()
    return terms_of(policy) if policy else None


def run_is_due(*, tenant: Tenant, at: datetime) -> bool:
    """
    Test if today's run is to be started, or gone on with, at the instant.

    Today is the tenant's. The hour is the wall clock's, through changes to and from summer time: a
    skipped hour counts as the one after it. Only today is asked for: a day on which nothing ran is
    not made up for, since what it would have said is no longer true.
    """
    day = tenant.day_of(at)
    run = Run.objects.filter(run_date=day).first()
    if run is not None:
        return run.finished_at is None
    policy = active_policy()
    if policy is None or (policy.weekdays_only and day.weekday() >= SATURDAY):
        return False
    return instant_of(day, policy.send_hour, tenant.time_zone) <= at
