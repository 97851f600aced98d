"""The operator's pages: numbers of companies, never their books."""

from __future__ import annotations

import pytest
from django.test import Client

from core import jobs
from core.models import AuditEntry, Job, JobRow, Tenant, User
from core.models.job import JobState, RowState
from core.tenancy import tenant_scope
from tests.world import build_world

PAGES = ("/platform/", "/platform/acme/", "/platform/acme/jobs/1/retry/")


@pytest.fixture
def operator(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("op@platform.test", name="Op", is_operator=True))
    return client


def test_it_is_for_the_operator_alone(members, tenant):
    for who in ("ADMIN", "AUDITOR", "STRANGER"):
        client = Client()
        client.force_login(members[who])
        for page in PAGES:
            assert client.get(page).status_code == 404
            assert client.post(page, {"reason": "x"}).status_code == 404
    for page in PAGES:
        assert Client().get(page).status_code == 302
    assert Tenant.objects.get(pk=tenant.pk).status == "ACTIVE"


def test_it_shows_numbers_of_every_company_and_nothing_of_their_books(
    operator, members, tenant, other_tenant
):
    build_world(tenant)
    build_world(other_tenant)
    page = operator.get("/platform/").content.decode()
    for word in ("Acme", "Rival", "Active"):
        assert word in page
    for secret in ("OURS", "SECRET-T2", "ap@customer.test", "OURS-1"):
        assert secret not in page
    [mine] = list(operator.get("/platform/?q=acme").context["companies"])
    assert (mine.people, mine.bills, mine.waiting) == (7, 2, 1)
    assert mine.storage > 0
    assert mine.last_activity is not None
    assert operator.get("/platform/?before=x&q=%00").status_code == 200


def test_suspended_with_a_reason_the_company_reads(operator, members, tenant):
    assert operator.post("/platform/acme/", {"reason": " ", "suspend": "1"}).status_code == 422
    assert operator.post("/platform/acme/", {"reason": "Unpaid", "suspend": "1"}).status_code == 302
    inside = Client()
    inside.force_login(members["ADMIN"])
    assert inside.get("/t/acme/").status_code == 403
    operator.post("/platform/acme/", {"reason": "Unpaid", "suspend": "1"})  # a colleague, too
    assert inside.get("/t/acme/").status_code == 403
    operator.post("/platform/acme/", {"reason": "Paid", "suspend": "0"})
    history = inside.get("/t/acme/settings/history/").content.decode()
    for word in ("Suspended by the operator", "Unpaid", "Opened again by the operator", "Op"):
        assert word in history


def test_failed_rows_are_tried_again_and_the_company_sees_it(operator, members, tenant):
    with tenant_scope(tenant.pk):
        job = jobs.start(
            kind="send_invoices", title="X", rows=[(1, "one")], at=tenant.created_at, actor=None
        )
        JobRow.objects.update(state=RowState.FAILED)
        Job.objects.update(state=JobState.DONE)
    assert f"/platform/acme/jobs/{job.pk}/retry/" in operator.get("/platform/").content.decode()
    assert operator.post(f"/platform/acme/jobs/{job.pk}/retry/").status_code == 302
    assert operator.post(f"/platform/acme/jobs/{job.pk}/retry/").status_code == 404
    assert operator.post(f"/platform/rival/jobs/{job.pk}/retry/").status_code == 404
    with tenant_scope(tenant.pk):
        assert JobRow.objects.get().state == RowState.PENDING
        told = AuditEntry.objects.get(event="job.retried_by_operator")
        assert told.actor.email == "op@platform.test"
