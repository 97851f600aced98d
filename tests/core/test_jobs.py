"""Bulk work: each row once, whatever happens to the workers; cancel, retry; the pages."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils.module_loading import autodiscover_modules

from core import jobs, tasks
from core.models import AuditEntry, ExchangeRate, Job, JobRow
from core.models.job import JobState, RowState
from core.tenancy import tenant_scope
from tests.conftest import NOON, make_tenant

LATER = NOON + timedelta(minutes=5)


class Killed(BaseException):
    """What a worker that is shot does not live to handle."""


@pytest.fixture(autouse=True)
def kinds():
    """Let tests register kinds of work, and forget them afterwards."""
    autodiscover_modules("jobs")  # what is imported only once is not to be forgotten
    kept = dict(jobs._KINDS)
    yield
    jobs._KINDS.clear()
    jobs._KINDS.update(kept)


def leave_trace(row):
    """Do something that shows when it was done twice: a second one breaks a unique constraint."""
    ExchangeRate.objects.create(
        currency="USD", day=date(2026, 1, 1) + timedelta(days=row.subject_id), rate=7
    )


def traces():
    return ExchangeRate.objects.count()


def start(kind="trace", rows=3, actor=None):
    labels = [(number, f"Row {number}") for number in range(1, rows + 1)]
    return jobs.start(kind=kind, title="Trace", rows=labels, at=NOON, actor=actor)


def states(job):
    return list(job.rows.order_by("position").values_list("state", flat=True))


@pytest.fixture
def trace():
    @jobs.job_kind("trace")
    def handler(row, job, at):
        leave_trace(row)
        return f"Done {row.subject_id}"


def work_off(job, at=LATER):
    while jobs.work_off_one(job_id=job.pk, at=at):
        pass
    job.refresh_from_db()


def test_each_row_is_done_and_says_so(in_tenant, trace):
    job = start()
    work_off(job)
    assert states(job) == ["DONE", "DONE", "DONE"]
    assert (job.state, job.finished_at) == (JobState.DONE, LATER)
    assert list(job.rows.order_by("position").values_list("message", flat=True)) == [
        "Done 1",
        "Done 2",
        "Done 3",
    ]
    assert traces() == 3
    work_off(job)
    assert traces() == 3


def test_refused_skipped_and_broken_rows_change_nothing_and_stop_nobody(in_tenant, caplog):
    @jobs.job_kind("mixed")
    def handler(row, job, at):
        leave_trace(row)
        if row.subject_id == 1:
            raise jobs.RowRefused("No address")
        if row.subject_id == 2:
            raise jobs.RowSkipped("Sent already")
        if row.subject_id == 3:
            ExchangeRate.objects.create(currency="USD", day=date(2026, 1, 4), rate=0)
        return ""

    job = start("mixed", rows=4)
    work_off(job)
    assert states(job) == ["FAILED", "SKIPPED", "FAILED", "DONE"]
    assert job.rows.get(position=1).message == "No address"
    assert "Something went wrong" in job.rows.get(position=3).message
    assert "constraint" not in job.rows.get(position=3).message
    assert traces() == 1
    assert job.state == JobState.DONE


def test_an_unknown_kind_of_work_fails_in_words(in_tenant):
    job = start("gone", rows=1)
    work_off(job)
    assert states(job) == ["FAILED"]
    assert job.rows.get().message == "This kind of work is not known any more."


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_a_row_loses_nothing_and_does_nothing_twice():
    tenant = make_tenant("acme")
    shots = iter([True, False, False, False])

    @jobs.job_kind("shot")
    def handler(row, job, at):
        leave_trace(row)
        if row.subject_id == 2 and next(shots):
            raise Killed
        return ""

    with tenant_scope(tenant.pk):
        job = start("shot")
    with pytest.raises(Killed):
        tasks.run_job(tenant_id=tenant.pk, job_id=job.pk)
    with tenant_scope(tenant.pk):
        assert states(job) == ["DONE", "PENDING", "PENDING"]
        assert traces() == 1
        job.refresh_from_db()
        assert job.state == JobState.RUNNING
        assert jobs.untouched_jobs(at=job.beat_at + timedelta(seconds=59)) == []
        assert jobs.untouched_jobs(at=job.beat_at + timedelta(seconds=61)) == [job.pk]
    tasks.run_job(tenant_id=tenant.pk, job_id=job.pk)
    with tenant_scope(tenant.pk):
        assert states(job) == ["DONE", "DONE", "DONE"]
        assert traces() == 3


def in_thread(target):
    def run():
        try:
            target()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)
        finally:
            connection.close()

    failures: list[BaseException] = []
    thread = threading.Thread(target=run)
    thread.failures = failures
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_two_workers_beside_each_other_do_each_row_once():
    tenant = make_tenant("acme")
    both = threading.Barrier(2, timeout=10)
    met = []

    @jobs.job_kind("beside")
    def handler(row, job, at):
        if len(met) < 2:
            met.append(row.position)
            both.wait()  # each holds a row while the other takes the next
        leave_trace(row)
        return threading.current_thread().name

    with tenant_scope(tenant.pk):
        job = start("beside", rows=12)
    workers = [
        in_thread(lambda: tasks.run_job(tenant_id=tenant.pk, job_id=job.pk)) for _n in range(2)
    ]
    for worker in workers:
        worker.join(30)
    assert [worker.failures for worker in workers] == [[], []]
    with tenant_scope(tenant.pk):
        job.refresh_from_db()
        assert sorted(met) == [1, 2]
        assert set(states(job)) == {"DONE"}
        assert len(set(job.rows.values_list("message", flat=True))) == 2
        assert traces() == 12
        assert job.state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_of_a_job_in_order_no_row_begins_beside_an_earlier_one():
    tenant = make_tenant("acme")
    begun, go_on = threading.Event(), threading.Event()
    done = []

    @jobs.job_kind("in order", in_order=True)
    def handler(row, job, at):
        if row.position == 1:
            begun.set()
            assert go_on.wait(10)
        done.append(row.position)
        return ""

    with tenant_scope(tenant.pk):
        job = start("in order", rows=4)
    first = in_thread(lambda: tasks.run_job(tenant_id=tenant.pk, job_id=job.pk))
    assert begun.wait(10)
    with tenant_scope(tenant.pk):
        assert not jobs.work_off_one(job_id=job.pk, at=LATER)  # the second worker goes home
    assert done == []
    go_on.set()
    first.join(30)
    assert first.failures == []
    assert done == [1, 2, 3, 4]
    with tenant_scope(tenant.pk):
        job.refresh_from_db()
        assert job.state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_cancelling_leaves_the_row_under_work_and_waits_for_nobody():
    tenant = make_tenant("acme")
    inside, go_on = threading.Event(), threading.Event()

    @jobs.job_kind("slow")
    def handler(row, job, at):
        inside.set()
        assert go_on.wait(10)
        leave_trace(row)
        return ""

    with tenant_scope(tenant.pk):
        job = start("slow")
    worker = in_thread(lambda: tasks.run_job(tenant_id=tenant.pk, job_id=job.pk))
    assert inside.wait(10)
    with tenant_scope(tenant.pk):
        jobs.cancel(job=job, at=LATER)
    go_on.set()
    worker.join(30)
    assert worker.failures == []
    with tenant_scope(tenant.pk):
        job.refresh_from_db()
        assert states(job) == ["DONE", "SKIPPED", "SKIPPED"]
        assert job.state == JobState.CANCELLED
        assert traces() == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_worker_died_after_the_cancelling_is_not_left_waiting():
    tenant = make_tenant("acme")
    inside, go_on = threading.Event(), threading.Event()

    @jobs.job_kind("dying")
    def handler(row, job, at):
        inside.set()
        go_on.wait(10)
        raise Killed

    with tenant_scope(tenant.pk):
        job = start("dying", rows=2)
    worker = in_thread(lambda: tasks.run_job(tenant_id=tenant.pk, job_id=job.pk))
    assert inside.wait(10)
    with tenant_scope(tenant.pk):
        jobs.cancel(job=job, at=LATER)
    go_on.set()
    worker.join(30)
    with tenant_scope(tenant.pk):
        assert states(job) == ["PENDING", "SKIPPED"]
        assert jobs.untouched_jobs(at=LATER + timedelta(minutes=2)) == [job.pk]
    tasks.run_job(tenant_id=tenant.pk, job_id=job.pk)
    with tenant_scope(tenant.pk):
        assert states(job) == ["SKIPPED", "SKIPPED"]
        assert jobs.untouched_jobs(at=LATER + timedelta(minutes=2)) == []


@pytest.mark.django_db(transaction=True)
def test_retrying_while_the_last_worker_finishes_strands_no_row(monkeypatch):
    """The worker has seen that nothing waits when a person retries; the job must not end DONE."""
    tenant = make_tenant("acme")

    @jobs.job_kind("once-bad")
    def handler(row, job, at):
        raise jobs.RowRefused("No")

    with tenant_scope(tenant.pk):
        job = start("once-bad", rows=1)
        assert jobs.work_off_one(job_id=job.pk, at=NOON)
    retries = []
    really_exists = QuerySet.exists

    def retried_meanwhile(self):
        def retry():
            with tenant_scope(tenant.pk):
                jobs.retry_failed(job=job, at=LATER)

        answer = really_exists(self)
        if self.model is JobRow and not retries:
            retries.append(in_thread(retry))
            retries[0].join(1)
        return answer

    monkeypatch.setattr(QuerySet, "exists", retried_meanwhile)
    with tenant_scope(tenant.pk):
        assert not jobs.work_off_one(job_id=job.pk, at=LATER)
    retries[0].join(10)
    assert retries[0].failures == []
    with tenant_scope(tenant.pk):
        job.refresh_from_db()
        assert states(job) == ["PENDING"]
        assert job.state == JobState.QUEUED


def test_cancelling_a_done_job_changes_nothing(in_tenant, trace):
    job = start(rows=1)
    work_off(job)
    jobs.cancel(job=job, at=LATER)
    assert job.state == JobState.DONE
    assert not AuditEntry.objects.filter(event="job.cancelled").exists()


def test_retry_takes_the_failed_rows_alone(in_tenant, members):
    good = {2}

    @jobs.job_kind("moody")
    def handler(row, job, at):
        if row.subject_id not in good:
            raise jobs.RowRefused("Not yet")
        leave_trace(row)
        return ""

    job = start("moody", actor=members["ADMIN"])
    work_off(job)
    assert states(job) == ["FAILED", "DONE", "FAILED"]
    good |= {1, 3}
    assert jobs.retry_failed(job=job, at=LATER, actor=members["ADMIN"]) == jobs.Retried(job, 2)
    job.refresh_from_db()
    assert (job.state, job.finished_at) == (JobState.QUEUED, None)
    work_off(job)
    assert states(job) == ["DONE", "DONE", "DONE"]
    assert traces() == 3
    assert jobs.retry_failed(job=job, at=LATER).count == 0
    assert job.state == JobState.DONE
    assert AuditEntry.objects.get(event="job.retried").changes == {"rows": 2}


def test_what_another_person_retries_is_done_in_their_name(in_tenant, members):
    actors, is_good = [], []

    @jobs.job_kind("personal", permission="invoices.approve")
    def handler(row, job, at):
        actors.append(job.created_by)
        if not is_good:
            raise jobs.RowRefused("Not yet")
        return ""

    job = start("personal", rows=2, actor=members["APPROVER"])
    work_off(job)
    is_good.append(True)
    tried = jobs.retry_failed(job=job, at=LATER, actor=members["ADMIN"])
    assert (tried.count, tried.job.kind, tried.job.created_by) == (2, "personal", members["ADMIN"])
    assert tried.job != job
    work_off(tried.job)
    work_off(job)
    assert actors == [members["APPROVER"]] * 2 + [members["ADMIN"]] * 2
    assert (states(job), states(tried.job)) == (["SKIPPED"] * 2, ["DONE"] * 2)
    assert jobs.retry_failed(job=job, at=LATER, actor=members["APPROVER"]).count == 0


@pytest.mark.parametrize("loss", ["role", "membership", "account"])
def test_who_lost_the_right_meanwhile_does_no_more_rows(in_tenant, members, loss):
    jobs.job_kind("personal", permission="invoices.approve")(lambda _row, _job, _at: "")
    user = members["APPROVER"]
    job = start("personal", rows=2, actor=user)
    assert jobs.work_off_one(job_id=job.pk, at=LATER)
    if loss == "role":
        user.memberships.update(roles=["BILLER"])
    elif loss == "membership":
        user.memberships.update(is_active=False)
    else:
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    work_off(job)
    assert states(job) == ["DONE", "FAILED"]
    assert job.rows.get(position=2).message == "Whoever started this may not do it any more."


def test_the_job_of_a_suspended_company_waits(in_tenant, trace):
    job = start()
    type(in_tenant).objects.filter(pk=in_tenant.pk).update(status="SUSPENDED")
    tasks.run_job(tenant_id=in_tenant.pk, job_id=job.pk)
    assert states(job) == ["PENDING"] * 3
    type(in_tenant).objects.filter(pk=in_tenant.pk).update(status="ACTIVE")
    tasks.run_job(tenant_id=in_tenant.pk, job_id=job.pk)
    assert states(job) == ["DONE"] * 3


def test_a_long_job_hands_on_to_the_next_worker(in_tenant, trace, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks, "STRETCH", timedelta(0))
    monkeypatch.setattr(tasks, "wake", lambda _task, **kwargs: woken.append(kwargs))
    job = start()
    tasks.run_job(tenant_id=in_tenant.pk, job_id=job.pk)
    assert states(job) == ["DONE", "PENDING", "PENDING"]
    assert woken == [{"tenant_id": in_tenant.pk, "job_id": job.pk}]


def test_the_sweep_wakes_late_jobs_of_every_company(tenant, other_tenant, trace, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks, "wake", lambda _task, **kwargs: woken.append(kwargs["job_id"]))
    expected = []
    for company in (tenant, other_tenant):
        with tenant_scope(company.pk):
            expected.append(start().pk)
    tasks.sweep_jobs()
    assert woken == expected


def test_who_may_steer(in_tenant, members):
    jobs.job_kind("sending", permission="invoices.send")(lambda _row, _job, _at: "")
    memberships = {
        role: members[role].memberships.get() for role in ("ADMIN", "BILLER", "CASHIER", "AUDITOR")
    }
    with_permission = start("sending", actor=members["CASHIER"])
    of_starter = start("other", actor=members["CASHIER"])
    assert [role for role, m in memberships.items() if jobs.may_steer(with_permission, m)] == [
        "ADMIN",
        "BILLER",
    ]
    assert [role for role, m in memberships.items() if jobs.may_steer(of_starter, m)] == [
        "ADMIN",
        "CASHIER",
    ]


def test_counts_name_every_state(in_tenant):
    job = start()
    JobRow.objects.filter(job=job, position=1).update(state=RowState.FAILED)
    assert jobs.counts(job) == {"PENDING": 2, "DONE": 0, "SKIPPED": 0, "FAILED": 1}
    assert Job.objects.count() == 1
