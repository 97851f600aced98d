"""A sample company: made by a click, filled by a job, kept in the house, gone by a click."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from billing_site.samples.operations.remove import NoSample, remove_sample
from billing_site.samples.operations.start import start_sample
from core import jobs
from core.models import AuditEntry, Job, Membership, Tenant, User
from core.models.job import JobState, RowState
from core.tenancy import tenant_scope
from invoices.models import Invoice
from ledger.models import OpenItem
from messaging.models import OutboundMessage
from tests.world import build_world


@pytest.fixture
def person(db) -> User:
    return User.objects.create_user("me@north.test", "a long enough word", name="Me")


@pytest.fixture
def client_of_person(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def drawn(_html: str) -> bytes:
    return b"%PDF-1.7"


def test_made_filled_used_and_removed(client_of_person, person, tenant, members, monkeypatch):
    # How a document looks is proved elsewhere; drawing them takes most of the time.
    monkeypatch.setattr("invoices.operations.store_document.pdf.render", drawn)
    world = build_world(tenant)
    made = client_of_person.post("/sample/")
    sample = Tenant.objects.get(is_sample=True)
    assert made.url.startswith(f"/t/{sample.slug}/jobs/")
    with tenant_scope(sample.pk):
        job = Job.objects.get()
        while jobs.work_off_one(job_id=job.pk, at=timezone.now()):
            pass
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert list(job.rows.exclude(state=RowState.DONE).values_list("label", "message")) == []
        assert set(Invoice.objects.values_list("state", flat=True)) == {
            "DRAFT",
            "IN_REVIEW",
            "APPROVED",
            "ISSUED",
        }
        assert OpenItem.objects.overdue_on(sample.day_of(timezone.now())).exists()
        assert OutboundMessage.objects.filter(state="ACCEPTED").count() > 10
    home = client_of_person.get(f"/t/{sample.slug}/")
    assert "A sample company: everything in it is invented" in home.content.decode()
    assert client_of_person.post("/sample/").url == f"/t/{sample.slug}/"  # one a person

    asked = client_of_person.get(f"/t/{sample.slug}/sample/remove/")
    assert asked.status_code == 200
    gone = client_of_person.post(f"/t/{sample.slug}/sample/remove/")
    assert gone.url == "/companies/"
    assert not Tenant.objects.filter(is_sample=True).exists()
    assert not User.objects.filter(email__endswith=".invalid").exists()
    assert User.objects.filter(pk=person.pk).exists()
    with tenant_scope(tenant.pk):  # the others' companies are as they were
        assert Invoice.objects.filter(pk=world["bill"]).exists()
        assert AuditEntry.objects.exists()


def test_a_month_without_customers_does_not_pass_for_done(person):
    made = start_sample(person=person, at=timezone.now())
    with tenant_scope(made.tenant.pk):
        ground = made.job.rows.order_by("position").first()
        type(ground).objects.filter(pk=ground.pk).update(state=RowState.FAILED)
        jobs.work_off_one(job_id=made.job.pk, at=timezone.now())
        month = made.job.rows.order_by("position")[1]
        assert month.state == RowState.FAILED
        assert "has no customers" in month.message


def test_no_other_company_is_removed_by_the_page_or_the_database(members, tenant):
    client = Client()
    client.force_login(members["ADMIN"])
    assert client.post("/t/acme/sample/remove/").url == "/t/acme/"
    with tenant_scope(tenant.pk):
        with pytest.raises(NoSample):
            remove_sample(tenant=tenant)
        with (
            pytest.raises(DatabaseError, match="no sample"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT app.erase_sample()")
    with pytest.raises(DatabaseError, match="sample from its beginning"), transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk).update(is_sample=True)
    assert Tenant.objects.filter(pk=tenant.pk).exists()


def test_who_may_not_change_settings_cannot_remove_it(person):
    sample = start_sample(person=person, at=timezone.now()).tenant
    other = User.objects.create_user("other@north.test")
    Membership.objects.create(tenant=sample, user=other, roles=["BILLER"])
    client = Client()
    client.force_login(other)
    assert client.post(f"/t/{sample.slug}/sample/remove/").status_code == 403
    assert Tenant.objects.filter(pk=sample.pk).exists()
