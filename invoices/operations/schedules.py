"""Schedules: written, paused, ended, a period skipped; and the drafts they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import User
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import lock_account, lock_accounts
from invoices.enums import InvoiceSource, ScheduleState
from invoices.models import Invoice, Schedule, ScheduledPeriod, ScheduleLine
from invoices.operations.drafts import LineDraft, head_for, save_draft
from invoices.operations.errors import (
    ChecksFailed,
    CustomerArchived,
    EditedMeanwhile,
    ScheduleRefusal,
)
from invoices.operations.review import submit
from invoices.queries.schedules import rhythm_of
from invoices.recurrence import Period, Rhythm

PERIODS_PER_RUN = 12
FIELDS = (
    "customer_id",
    "name",
    "frequency",
    "timing",
    "start_date",
    "anchor_day",
    "end_date",
    "currency",
    "po_number",
    "reference",
    "submit_drafts",
)


class ScheduleEditedMeanwhile(ScheduleRefusal):
    """Somebody saved the schedule after it was opened here."""

    message = EditedMeanwhile.message


class PeriodsAlreadyBilled(ScheduleRefusal):
    """Start, rhythm or customer of a schedule stay once a period is billed or skipped."""

    message = _(
        "Customer, currency, rhythm and start stay as they are once a period was billed or "
        "skipped. End this schedule and write a new one."
    )


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What a schedule says; see the model for the meaning of the days."""

    customer_id: int
    name: str
    frequency: str
    timing: str
    start_date: date
    anchor_day: int
    currency: str
    end_date: date | None = None
    po_number: str = ""
    reference: str = ""
    submit_drafts: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleLineDraft:
    """One line of every bill to come; ``{period}`` in the text becomes the period."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_code_id: int
    product_id: int | None = None
    unit: str = ""
    discount_percent: Decimal = Decimal(0)


@transaction.atomic
def save_schedule(
    *,
    schedule: Schedule | None,
    draft: ScheduleDraft,
    lines: Sequence[ScheduleLineDraft],
    version: int | None = None,
    at: datetime,
    actor: User | None,
) -> Schedule:
    """
    Write a schedule with its lines; bills already made keep what they say.

    :raises ScheduleEditedMeanwhile: if the version is not the present one
    :raises PeriodsAlreadyBilled: if days, rhythm or customer change after the first bill
    :raises CustomerArchived: if the customer is no longer billed
    """
    own_ids = [schedule.customer_id] if schedule else []
    customer = lock_accounts([draft.customer_id, *own_ids])[draft.customer_id]
    if customer.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived(str(customer))
    is_new = schedule is None
    fresh = Schedule(created_at=at, created_by=actor) if schedule is None else _locked(schedule)
    if version is not None and version != fresh.version:
        raise ScheduleEditedMeanwhile(str(fresh))
    before = {name: getattr(fresh, name) for name in FIELDS}
    fresh.edited_by = actor
    if not is_new and fresh.next_index:
        _refuse_new_rhythm(fresh, draft)
    for name in FIELDS:
        setattr(fresh, name, getattr(draft, name))
    if is_new:
        fresh.save()
    else:
        fresh.version += 1
        fresh.save(update_fields=[*FIELDS, "edited_by", "version"])
        fresh.lines.all().delete()
    ScheduleLine.objects.bulk_create(
        ScheduleLine(
            schedule=fresh,
            position=position,
            product_id=line.product_id,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            tax_code_id=line.tax_code_id,
        )
        for position, line in enumerate(lines, start=1)
    )
    after = {name: getattr(fresh, name) for name in FIELDS}
    changes = {} if is_new else audit.differences(before, after, FIELDS)
    _record("schedule.created" if is_new else "schedule.saved", fresh, at, actor, changes)
    return fresh


@transaction.atomic
def set_schedule_state(
    *, schedule: Schedule, state: ScheduleState, at: datetime, actor: User | None
) -> Schedule:
    """
    Pause, resume or end a schedule. Periods missed in a pause are made up when it is resumed.

    :raises ScheduleRefusal: if it has ended, or is in that state already
    """
    lock_account(schedule.customer_id)
    schedule = _locked(schedule)
    if schedule.state in (ScheduleState.ENDED, state):
        raise ScheduleRefusal(f"{schedule} is {schedule.state}.")
    schedule.state = state
    schedule.version += 1
    schedule.save(update_fields=["state", "version"])
    event = {
        ScheduleState.PAUSED: "schedule.paused",
        ScheduleState.ACTIVE: "schedule.resumed",
        ScheduleState.ENDED: "schedule.ended",
    }[state]
    _record(event, schedule, at, actor)
    return schedule


@transaction.atomic
def skip_period(
    *, schedule: Schedule, index: int, at: datetime, actor: User | None
) -> ScheduledPeriod:
    """
    Leave the next period unbilled, for good.

    ``index`` is the period the person saw as the next: a second click skips nothing more.

    :raises ScheduleRefusal: if another period is the next by now, or none comes any more
    """
    lock_account(schedule.customer_id)
    schedule = _locked(schedule)
    rhythm = rhythm_of(schedule)
    if (
        schedule.next_index != index
        or schedule.state == ScheduleState.ENDED
        or rhythm.has_ended(index)
    ):
        raise ScheduleRefusal(f"{schedule}: {index} is not the next period.")
    period = rhythm.period(index)
    record = _period_record(schedule, period, at)
    _move_on(schedule, rhythm, index + 1)
    changes = {"first_day": period.first_day, "last_day": period.last_day}
    _record("schedule.skipped", schedule, at, actor, changes)
    return record


@transaction.atomic
def make_drafts(*, schedule: Schedule, day: date, at: datetime) -> list[Invoice]:
    """
    Make the draft of every period that is to be billed by the tenant's day, oldest first.

    At most twelve; the rest the next time. Each (schedule, period) is made once, ever: twice, late
    or beside another run makes nothing twice. Their author is who saved the schedule last,
    so that nobody approves what their own schedule bills. A schedule that was given to another
    customer meanwhile waits for the next run.
    """
    customer = lock_account(schedule.customer_id)
    schedule = _locked(schedule)
    if schedule.customer_id != customer.pk:
        return []
    if schedule.state != ScheduleState.ACTIVE or customer.status == CustomerStatus.ARCHIVED:
        return []
    rhythm = rhythm_of(schedule)
    lines = list(schedule.lines.order_by("position"))
    due = rhythm.due(schedule.next_index, day=day, most=PERIODS_PER_RUN)
    done = set(
        ScheduledPeriod.objects.filter(
            schedule=schedule, index__in=[period.index for period in due]
        ).values_list("index", flat=True)
    )
    drafts = [
        _make_draft(schedule, customer, lines, period, at)
        for period in due
        if period.index not in done
    ]
    if due or rhythm.has_ended(schedule.next_index):
        _move_on(schedule, rhythm, due[-1].index + 1 if due else schedule.next_index)
    return drafts


def _make_draft(
    schedule: Schedule,
    customer: Customer,
    lines: Sequence[ScheduleLine],
    period: Period,
    at: datetime,
) -> Invoice:
    record = _period_record(schedule, period, at)
    name = period.text(customer.language)
    invoice = save_draft(
        invoice=None,
        head=replace(
            head_for(customer),
            currency=schedule.currency,
            po_number=schedule.po_number,
            reference=schedule.reference,
        ),
        lines=[
            LineDraft(
                description=line.description.replace("{period}", name),
                quantity=line.quantity,
                unit_price=line.unit_price,
                tax_code_id=line.tax_code_id,
                product_id=line.product_id,
                service_from=period.first_day,
                service_to=period.last_day,
                unit=line.unit,
                discount_percent=line.discount_percent,
            )
            for line in lines
        ],
        at=at,
        actor=None,
        source=InvoiceSource.SCHEDULE,
        author=schedule.edited_by or schedule.created_by,
    )
    record.invoice = invoice
    record.save(update_fields=["invoice"])
    _record("schedule.billed", schedule, at, None, {"period": name, "invoice": str(invoice)})
    if schedule.submit_drafts:
        try:
            return submit(invoice=invoice, at=at, actor=None)
        except ChecksFailed as failed:  # stays a draft; the page shows what stands against it
            _record("schedule.not_submitted", schedule, at, None, {"checks": str(failed)})
    return invoice


def _refuse_new_rhythm(schedule: Schedule, draft: ScheduleDraft) -> None:
    fixed = ("customer_id", "frequency", "timing", "start_date", "anchor_day", "currency")
    if any(getattr(schedule, name) != getattr(draft, name) for name in fixed):
        raise PeriodsAlreadyBilled(str(schedule))


def _locked(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)


def _period_record(schedule: Schedule, period: Period, at: datetime) -> ScheduledPeriod:
    return ScheduledPeriod.objects.create(
        schedule=schedule,
        index=period.index,
        first_day=period.first_day,
        last_day=period.last_day,
        created_at=at,
    )


def _move_on(schedule: Schedule, rhythm: Rhythm, next_index: int) -> None:
    schedule.next_index = next_index
    if rhythm.has_ended(next_index):
        schedule.state = ScheduleState.ENDED
    schedule.save(update_fields=["next_index", "state"])


def _record(
    event: str,
    schedule: Schedule,
    at: datetime,
    actor: User | None,
    changes: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        event=event,
        subject=schedule,
        actor=actor,
        at=at,
        account_id=schedule.customer_id,
        changes=changes,
    )
