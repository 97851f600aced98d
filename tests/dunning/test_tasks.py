"""When a company's run begins: its own day and hour, in any zone, through changes of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.tenancy import tenant_scope
from dunning import operations, tasks
from dunning.models import Run
from dunning.queries import run_is_due
from tests.conftest import make_tenant
from tests.dunning.helpers import customer, debt, policy


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "instant", "is_due"),
    [
        # 2026-03-02 is a Monday everywhere below, unless said otherwise.
        ("Asia/Shanghai", "2026-03-02 00:59:59", False),
        ("Asia/Shanghai", "2026-03-02 01:00:00", True),
        ("Asia/Shanghai", "2026-03-02 15:59:59", True),
        ("Asia/Shanghai", "2026-03-02 16:00:00", False),  # Tuesday, midnight
        ("Pacific/Honolulu", "2026-03-02 18:59:59", False),  # UTC-10: 8:59:59
        ("Pacific/Honolulu", "2026-03-02 19:00:00", True),
        ("Pacific/Honolulu", "2026-03-02 01:00:00", False),  # still Sunday there, and a weekend
        ("Pacific/Kiritimati", "2026-03-01 18:59:59", False),  # UTC+14: Monday 8:59:59
        ("Pacific/Kiritimati", "2026-03-01 19:00:00", True),
        ("Pacific/Kiritimati", "2026-03-02 10:00:00", False),  # Tuesday, midnight
        ("Asia/Shanghai", "2026-03-07 05:00:00", False),  # Saturday
        ("Asia/Shanghai", "2026-03-08 05:00:00", False),  # Sunday
        # Berlin: UTC+1 in winter, +2 in summer; the wall clock decides.
        ("Europe/Berlin", "2026-03-27 07:59:59", False),
        ("Europe/Berlin", "2026-03-27 08:00:00", True),
        ("Europe/Berlin", "2026-03-30 06:59:59", False),
        ("Europe/Berlin", "2026-03-30 07:00:00", True),
    ],
)
def test_the_hour_is_the_companys_own(zone, instant, is_due):
    company = make_tenant("zones", time_zone=zone)
    with tenant_scope(company.pk):
        policy(send_hour=9)

        assert run_is_due(tenant=company, at=at(instant)) is is_due


@pytest.mark.django_db
def test_a_skipped_hour_counts_as_the_one_after_it():
    company = make_tenant("skip", time_zone="Europe/Berlin")
    with tenant_scope(company.pk):
        policy(send_hour=2, weekdays_only=False)  # 29 March 2026, 2:00 becomes 3:00

        assert not run_is_due(tenant=company, at=at("2026-03-29 00:59:59"))
        assert run_is_due(tenant=company, at=at("2026-03-29 01:00:00"))


@pytest.mark.django_db
def test_an_hour_that_comes_twice_runs_once(monkeypatch):
    company = make_tenant("twice", time_zone="Europe/Berlin")
    with tenant_scope(company.pk):
        policy(send_hour=2, weekdays_only=False)  # 25 October 2026: 2:00 at 0:00 and at 1:00 UTC

        assert not run_is_due(tenant=company, at=at("2026-10-24 23:59:59"))
        assert run_is_due(tenant=company, at=at("2026-10-25 00:00:00"))
        operations.run_reminders(day=date(2026, 10, 25), at=at("2026-10-25 00:00:00"), actor=None)
        assert not run_is_due(tenant=company, at=at("2026-10-25 01:00:00"))
        assert not run_is_due(tenant=company, at=at("2026-10-25 22:59:59"))


@pytest.mark.django_db(transaction=True)
def test_every_ten_minutes_of_three_days_in_three_zones_makes_one_run_a_day(monkeypatch):
    """Beat ticks all day, twice each time; what runs is one run per company and weekday."""
    monkeypatch.setattr(tasks.run_for_company, "delay", tasks.run_for_company)
    zones = ["Pacific/Honolulu", "Pacific/Kiritimati", "Europe/Berlin"]
    companies = [make_tenant(f"z{i}", time_zone=zone) for i, zone in enumerate(zones)]
    for company in companies:
        with tenant_scope(company.pk):
            policy(quiet_days=0)
            debt(customer(), late=3, day=date(2026, 3, 27))
    now = at("2026-03-26 10:00:00")
    monkeypatch.setattr(tasks.timezone, "now", lambda: now)
    while now < at("2026-03-31 10:00:00"):
        now += timedelta(minutes=40)
        tasks.run_reminders()
        tasks.run_reminders()

    for company in companies:
        with tenant_scope(company.pk):
            days = list(Run.objects.order_by("run_date").values_list("run_date", flat=True))
            begun = [company.day_of(run.started_at) for run in Run.objects.order_by("run_date")]
        assert begun == days
        assert all(day.weekday() < 5 for day in days)
        assert days[:3] in (
            [date(2026, 3, 26), date(2026, 3, 27), date(2026, 3, 30)],
            [date(2026, 3, 27), date(2026, 3, 30), date(2026, 3, 31)],
        )


@pytest.mark.django_db(transaction=True)
def test_a_missed_day_is_not_made_up_for(tenant, monkeypatch):
    with tenant_scope(tenant.pk):
        policy()
        debt(customer(), late=4, day=date(2026, 3, 5))
    monkeypatch.setattr(tasks.timezone, "now", lambda: at("2026-03-05 02:00:00"))
    monkeypatch.setattr(tasks.run_for_company, "delay", tasks.run_for_company)

    tasks.run_reminders()

    with tenant_scope(tenant.pk):
        assert [run.run_date for run in Run.objects.all()] == [date(2026, 3, 5)]


@pytest.mark.django_db(transaction=True)
def test_a_suspended_company_reminds_nobody(tenant, monkeypatch):
    with tenant_scope(tenant.pk):
        policy()
        debt(customer(), late=4, day=date(2026, 3, 5))
    monkeypatch.setattr(tasks.timezone, "now", lambda: at("2026-03-05 02:00:00"))
    type(tenant).objects.filter(pk=tenant.pk).update(status="SUSPENDED")

    tasks.run_for_company(tenant_id=tenant.pk)

    with tenant_scope(tenant.pk):
        assert not Run.objects.exists()
    type(tenant).objects.filter(pk=tenant.pk).update(status="ACTIVE")
    tasks.run_for_company(tenant_id=tenant.pk)
    with tenant_scope(tenant.pk):
        assert Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_unfinished_run_is_gone_on_with_the_same_day_only(tenant, monkeypatch):
    with tenant_scope(tenant.pk):
        current = policy(send_hour=9)
        Run.objects.create(
            run_date=date(2026, 3, 2), policy=current, started_at=at("2026-03-02 00:10:00")
        )

        assert run_is_due(tenant=tenant, at=at("2026-03-02 00:20:00"))  # begun by hand, before nine
        assert not run_is_due(tenant=tenant, at=at("2026-03-03 00:20:00"))


@pytest.mark.django_db
def test_without_a_policy_nothing_is_due(in_tenant):
    assert not run_is_due(tenant=in_tenant, at=at("2026-03-02 05:00:00"))
