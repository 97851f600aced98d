"""The pages of jobs: progress, outcomes, cancel, retry, errors, the tray."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import jobs
from core.models import Job
from core.tenancy import tenant_scope
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=5)


def start(rows=3, actor=None):
    labels = [(number, f"Row {number}") for number in range(1, rows + 1)]
    return jobs.start(kind="trace", title="Trace", rows=labels, at=NOON, actor=actor)


def states(job):
    return list(job.rows.order_by("position").values_list("state", flat=True))


def test_the_page_shows_failed_rows_first_and_polls_until_the_end(client, members, tenant):
    client.force_login(members["BILLER"])
    with tenant_scope(tenant.pk):
        job = start(rows=4, actor=members["BILLER"])
        job.rows.filter(position=3).update(state="FAILED", message="<b>No address</b>")
        job.rows.filter(position=1).update(state="DONE")
    url = f"/t/acme/jobs/{job.pk}/"
    page = client.get(url).content.decode()
    assert "&lt;b&gt;No address&lt;/b&gt;" in page
    assert page.index("Row 3") < page.index("Row 2") < page.index("Row 1")
    assert 'hx-trigger="every 2s"' in page
    assert "2 of 4" in page
    live = client.get(url, headers={"HX-Request": "true", "HX-Target": "job-live"})
    assert live.content.decode().lstrip().startswith('<div id="job-live"')
    assert [row.position for row, _chip in client.get(url + "?rows=FAILED").context["rows"]] == [3]
    assert client.get(url + "?rows=nonsense").status_code == 200
    with tenant_scope(tenant.pk):
        Job.objects.filter(pk=job.pk).update(state="DONE", finished_at=LATER)
    assert "hx-trigger" not in client.get(url).content.decode().split('id="job-live"')[1][:200]


def test_cancel_retry_and_errors_by_page(client, members, tenant):
    client.force_login(members["BILLER"])
    with tenant_scope(tenant.pk):
        job = start(rows=3, actor=members["BILLER"])
        job.rows.filter(position=2).update(state="FAILED", message="=cmd()")
    url = f"/t/acme/jobs/{job.pk}/"
    assert client.get(url + "cancel/").status_code == 405
    assert client.post(url + "cancel/").status_code == 302
    with tenant_scope(tenant.pk):
        assert states(job) == ["SKIPPED", "FAILED", "SKIPPED"]
    errors = client.get(url + "errors.csv")
    assert errors["Content-Disposition"] == f'attachment; filename="job-{job.pk}-errors.csv"'
    lines = errors.content.decode("utf-8-sig").splitlines()
    assert lines[1:] == ["2,Row 2,'=cmd()"]
    assert client.post(url + "retry/").status_code == 302
    with tenant_scope(tenant.pk):
        assert states(job) == ["SKIPPED", "PENDING", "SKIPPED"]


def test_who_did_not_start_it_may_look_but_not_touch(client, members, tenant):
    with tenant_scope(tenant.pk):
        job = start(actor=members["BILLER"])
    client.force_login(members["AUDITOR"])
    page = client.get(f"/t/acme/jobs/{job.pk}/")
    assert page.status_code == 200
    assert "/cancel/" not in page.content.decode()
    for verb in ("cancel", "retry"):
        assert client.post(f"/t/acme/jobs/{job.pk}/{verb}/").status_code == 403


def test_a_job_of_another_company_is_not_there(client, members, other_tenant):
    with tenant_scope(other_tenant.pk):
        job = start()
    client.force_login(members["ADMIN"])
    for path in ("", "errors.csv"):
        assert client.get(f"/t/acme/jobs/{job.pk}/{path}").status_code == 404
    for path in ("cancel/", "retry/"):
        assert client.post(f"/t/acme/jobs/{job.pk}/{path}").status_code == 404


def test_the_list_takes_the_same_queries_for_one_and_three(client, members, tenant):
    client.force_login(members["ADMIN"])
    taken = []
    for count in (1, 3):
        with tenant_scope(tenant.pk):
            while Job.objects.count() < count:
                start(actor=members["BILLER"])
        with CaptureQueriesContext(connection) as captured:
            page = client.get("/t/acme/jobs/")
        assert page.content.decode().count("0 of 3") == count
        taken.append(len(captured))
    assert taken[0] == taken[1] <= 20  # five of them are this test's own savepoints


def test_the_tray_shows_my_running_and_just_ended_jobs(client, members, tenant):
    client.force_login(members["BILLER"])
    assert client.get("/t/acme/jobs/tray/").content.decode().strip() == ""
    with tenant_scope(tenant.pk):
        mine = start(actor=members["BILLER"])
        start(actor=members["ADMIN"])
    tray = client.get("/t/acme/jobs/tray/").content.decode()
    assert tray.count("menu-link") == 1
    assert 'hx-trigger="every 5s"' in tray
    with tenant_scope(tenant.pk):
        Job.objects.filter(pk=mine.pk).update(state="DONE", finished_at=NOON)
    assert "menu-link" not in client.get("/t/acme/jobs/tray/").content.decode()
