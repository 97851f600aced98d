"""Schedules: every period once, ever; in the tenant's own days."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction

from core.models import Tenant
from core.tenancy import tenant_scope
from invoices import operations
from invoices.enums import ScheduleState
from invoices.models import Invoice, Schedule, ScheduledPeriod
from invoices.queries.schedules import coming, due_schedule_ids
from invoices.recurrence import Period, Rhythm
from tests.conftest import NOON, make_tenant
from tests.factories import TaxCodeFactory
from tests.invoices.helpers import customer_with_terms

D = Decimal


def rhythm(start, *, months=1, anchor=None, in_arrears=False, end=None):
    return Rhythm(start, anchor or start.day, months, in_arrears, end)


def test_month_ends_are_counted_from_the_anchor():
    first = [p.first_day for p in rhythm(date(2026, 1, 31)).periods(0, 5)]
    assert first == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    ]
    leap = rhythm(date(2027, 8, 31), months=6)
    assert leap.first_day(1) == date(2028, 2, 29)
    assert rhythm(date(2026, 2, 28), anchor=31).first_day(1) == date(2026, 3, 31)


@pytest.mark.parametrize("months", [1, 3, 6, 12])
def test_periods_touch_without_gap_or_overlap(months):
    periods = rhythm(date(2026, 1, 31), months=months).periods(0, 30)
    for earlier, later in pairwise(periods):
        assert (later.first_day - earlier.last_day).days == 1


def test_advance_and_arrears():
    ahead, behind = rhythm(date(2026, 1, 15)), rhythm(date(2026, 1, 15), in_arrears=True)
    assert ahead.period(0) == Period(0, date(2026, 1, 15), date(2026, 2, 14), date(2026, 1, 15))
    assert behind.period(0).bill_day == date(2026, 2, 15)
    assert [p.index for p in behind.due(0, day=date(2026, 3, 14), most=12)] == [0]


def test_no_period_begins_after_the_end():
    ending = rhythm(date(2026, 1, 1), end=date(2026, 3, 1))
    assert [p.index for p in ending.periods(0, 12)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("language", "start", "months", "text"),
    [
        ("en", date(2026, 3, 1), 1, "March 2026"),
        ("zh-hans", date(2026, 3, 1), 1, "2026年3月"),
        ("en", date(2026, 3, 15), 1, "2026-03-15 to 2026-04-14"),
        ("zh-hans", date(2026, 1, 1), 3, "2026-01-01至2026-03-31"),
    ],
)
def test_period_in_words(language, start, months, text):
    assert rhythm(start, months=months).period(0).text(language) == text


def schedule(actor=None, *, customer=None, lines=None, **fields) -> Schedule:
    values = {
        "customer_id": (customer or customer_with_terms()).pk,
        "name": "Support",
        "frequency": "MONTHLY",
        "timing": "ADVANCE",
        "start_date": date(2026, 1, 31),
        "anchor_day": 31,
        "currency": "CNY",
    }
    code = TaxCodeFactory()
    line = operations.ScheduleLineDraft("Support {period}", D(2), D("50"), code.pk)
    return operations.save_schedule(
        schedule=None,
        draft=operations.ScheduleDraft(**(values | fields)),
        lines=lines or [line],
        at=NOON,
        actor=actor,
    )


def make(agreement, day=date(2026, 3, 2)):
    return operations.make_drafts(schedule=agreement, day=day, at=NOON)


def test_missed_periods_are_made_up_in_order_and_only_once(in_tenant: Tenant):
    agreement = schedule(po_number="PO-7")
    first = make(agreement)

    assert [bill.lines.get().service_from for bill in first] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
    ]
    bill = first[0]
    assert (bill.source, bill.author, bill.total_amount) == ("SCHEDULE", None, D("113.00"))
    assert (bill.po_number, bill.state) == ("PO-7", "DRAFT")
    assert bill.lines.get().description == "Support 2026-01-31 to 2026-02-27"
    assert make(agreement) == []
    Schedule.objects.update(next_index=0)  # as if the counter had been lost
    assert make(agreement) == []
    assert Invoice.objects.count() == ScheduledPeriod.objects.count() == 2


def test_the_database_keeps_one_bill_per_period(in_tenant: Tenant):
    make(schedule())
    row = ScheduledPeriod.objects.first()
    with pytest.raises(IntegrityError, match="one_bill_per_period"), transaction.atomic():
        ScheduledPeriod.objects.create(
            schedule=row.schedule,
            index=row.index,
            first_day=row.first_day,
            last_day=row.last_day,
            created_at=NOON,
        )


def test_a_long_downtime_is_caught_up_twelve_at_a_time(in_tenant: Tenant):
    agreement = schedule(start_date=date(2024, 1, 1), anchor_day=1)
    assert len(make(agreement)) == 12
    assert len(make(agreement)) == 12
    assert len(make(agreement)) == 3
    assert make(agreement) == []


def test_a_deleted_draft_is_not_made_again(in_tenant: Tenant):
    agreement = schedule(start_date=date(2026, 3, 1), anchor_day=1)
    operations.delete_draft(invoice=make(agreement)[0], at=NOON, actor=None)
    assert make(agreement) == []
    assert ScheduledPeriod.objects.get().invoice is None


def test_paused_ended_and_archived_make_nothing(in_tenant: Tenant):
    agreement = schedule()
    for state in (ScheduleState.PAUSED, ScheduleState.ENDED):
        operations.set_schedule_state(schedule=agreement, state=state, at=NOON, actor=None)
        assert make(agreement) == []
        assert due_schedule_ids(day=date(2026, 3, 2)) == []
    with pytest.raises(operations.ScheduleRefusal):
        operations.set_schedule_state(
            schedule=agreement, state=ScheduleState.ACTIVE, at=NOON, actor=None
        )
    other = schedule()
    other.customer.status = "ARCHIVED"
    other.customer.save()
    assert make(other) == []
    assert due_schedule_ids(day=date(2026, 3, 2)) == []


def test_resumed_makes_up_what_was_missed(in_tenant: Tenant):
    agreement = schedule()
    for state in (ScheduleState.PAUSED, ScheduleState.ACTIVE):
        operations.set_schedule_state(schedule=agreement, state=state, at=NOON, actor=None)
    assert len(make(agreement)) == 2


def test_skip_leaves_one_period_out_for_good(in_tenant: Tenant):
    agreement = schedule()
    operations.skip_period(schedule=agreement, index=0, at=NOON, actor=None)
    with pytest.raises(operations.ScheduleRefusal):
        operations.skip_period(schedule=agreement, index=0, at=NOON, actor=None)
    assert [bill.lines.get().service_from for bill in make(agreement)] == [date(2026, 2, 28)]


def test_a_schedule_ends_by_itself(in_tenant: Tenant):
    agreement = schedule(end_date=date(2026, 2, 27))
    assert len(make(agreement)) == 1
    agreement.refresh_from_db()
    assert agreement.state == ScheduleState.ENDED


def test_drafts_may_go_to_review_at_once_unless_a_check_stops_them(in_tenant: Tenant, members):
    sent = make(schedule(submit_drafts=True))
    assert {bill.state for bill in sent} == {"IN_REVIEW"}
    assert operations.approve(invoice=sent[0], at=NOON, actor=members["APPROVER"])
    stopped = schedule(submit_drafts=True, customer=customer_with_terms(po_required=True))
    assert {bill.state for bill in make(stopped)} == {"DRAFT"}


def resave(agreement, actor, **fields):
    names = ("customer_id", "frequency", "timing", "start_date", "anchor_day", "currency")
    draft = {name: getattr(agreement, name) for name in names} | {"name": "New"} | fields
    return operations.save_schedule(
        schedule=agreement,
        draft=operations.ScheduleDraft(**draft),
        lines=[operations.ScheduleLineDraft("New", D(1), D("70"), TaxCodeFactory().pk)],
        at=NOON,
        actor=actor,
    )


@pytest.mark.parametrize("hand", ["created", "saved last", "saved earlier"])
def test_nobody_approves_what_their_own_schedule_bills(in_tenant: Tenant, members, hand):
    approver, biller = members["APPROVER"], members["BILLER"]
    agreement = schedule(approver if hand == "created" else biller)
    if hand != "created":
        resave(agreement, approver)
    if hand == "saved earlier":
        resave(agreement, biller)
    agreement.refresh_from_db()
    bill = make(agreement)[0]
    assert bill.author == (biller if hand == "saved earlier" else approver)
    assert bill.edited_by is None
    bill = operations.submit(invoice=bill, at=NOON, actor=None)
    with pytest.raises(operations.OwnWork):
        operations.approve(invoice=bill, at=NOON, actor=approver)
    assert operations.approve(invoice=bill, at=NOON, actor=members["ADMIN"])


def test_a_schedule_given_to_another_customer_waits_for_the_next_run(in_tenant: Tenant):
    stale = schedule()
    resave(stale, None, customer_id=customer_with_terms().pk)
    assert make(stale) == []
    fresh = Schedule.objects.get(pk=stale.pk)
    assert {bill.customer_id for bill in make(fresh)} == {fresh.customer_id}


def test_rhythm_stays_once_something_was_billed(in_tenant: Tenant):
    agreement = schedule()
    make(agreement)
    agreement.refresh_from_db()
    line = operations.ScheduleLineDraft("New {period}", D(1), D("70"), TaxCodeFactory().pk)
    common = {
        "customer_id": agreement.customer_id,
        "name": "New name",
        "frequency": "MONTHLY",
        "timing": "ADVANCE",
        "start_date": date(2026, 1, 31),
        "anchor_day": 31,
        "currency": "CNY",
    }

    def save(**fields):
        return operations.save_schedule(
            schedule=agreement,
            draft=operations.ScheduleDraft(**(common | fields)),
            lines=[line],
            version=1,
            at=NOON,
            actor=None,
        )

    with pytest.raises(operations.ScheduleRefusal):
        save(frequency="YEARLY")
    assert save(end_date=date(2027, 1, 1)).version == 2
    with pytest.raises(operations.ScheduleRefusal):
        save()


def test_preview_shows_the_next_twelve(in_tenant: Tenant):
    agreement = schedule(frequency="QUARTERLY", start_date=date(2026, 1, 1), anchor_day=1)
    lines = list(agreement.lines.select_related("tax_code"))
    bills = coming(agreement, lines, tax_mode="DOCUMENT")
    assert len(bills) == 12
    assert (bills[1].period.bill_day, bills[1].total_amount) == (date(2026, 4, 1), D("113.00"))


@pytest.mark.parametrize(
    ("zone", "made"), [("Pacific/Kiritimati", 1), ("Pacific/Pago_Pago", 0), ("UTC", 0)]
)
def test_the_run_goes_by_each_tenants_own_day(db, monkeypatch, zone, made):
    from invoices import tasks  # noqa: PLC0415

    tenant = make_tenant("zone", time_zone=zone)
    with tenant_scope(tenant.pk):
        schedule(start_date=date(2026, 4, 1), anchor_day=1)
    monkeypatch.setattr(
        tasks.timezone, "now", lambda: datetime(2026, 3, 31, 12, tzinfo=UTC), raising=True
    )
    tasks.run_schedules()
    tasks.run_schedules()
    with tenant_scope(tenant.pk):
        assert Invoice.objects.count() == made


def test_one_broken_schedule_does_not_stop_the_others(in_tenant, monkeypatch):
    from core import tenancy  # noqa: PLC0415
    from invoices import tasks  # noqa: PLC0415

    broken, fine = schedule(), schedule()
    broken.lines.update(description="{period", quantity=D("9999999999"), unit_price=D("9999999999"))
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOON)
    token = tenancy._active_tenant_id.set(None)
    try:
        tasks.run_schedules()
    finally:
        tenancy._active_tenant_id.reset(token)
        tenancy._set_local(in_tenant.pk, None)
    assert Invoice.objects.filter(scheduled_periods__schedule=fine).count() == 2
    assert not ScheduledPeriod.objects.filter(schedule=broken).exists()
