"""The pages that send bills, one and many, and the document they send."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from core import jobs
from core.jobs import work_off_one
from core.models import Job, JobRow
from core.tenancy import tenant_scope
from invoices.models import Delivery
from invoices.operations.send import (
    send,
)
from messaging.models import OutboundMessage
from tests.conftest import NOON
from tests.documents.builders import draft, issued
from tests.factories import ContactFactory
from tests.invoices.sending import ready

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def page(name, tenant, *args):
    return reverse(f"invoices:{name}", args=[tenant.slug, *args])


@pytest.fixture
def bill(tenant, fake_pdf):
    with tenant_scope(tenant.pk):
        return ready(contacts=("a@c.test", "b@c.test"))


def test_send_page(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    url = page("send", tenant, bill.pk)
    shown = client.get(url).content.decode()
    assert "a@c.test" in shown
    assert bill.number in shown
    answer = client.post(
        url, {"recipients": ["a@c.test"], "extra_address": "x@y.test", "when": "now"}
    )
    assert answer.status_code == 302
    with tenant_scope(tenant.pk):
        rows = dict(OutboundMessage.objects.values_list("to_address", "next_attempt_at"))
        assert set(rows) == {"a@c.test", "x@y.test"}
        delay = min(rows.values()) - OutboundMessage.objects.first().created_at
        assert delay == timedelta(seconds=10)
    assert "Undo send" in client.get(url).content.decode()
    client.post(page("undo_sending", tenant, bill.pk))
    with tenant_scope(tenant.pk):
        assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"CANCELLED"}


def test_send_page_once_and_again(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    url = page("send", tenant, bill.pk)
    form = {
        "recipients": ["a@c.test"],
        "when": "now",
        "once": "6f1c6b7e-6a4d-4ed6-9b9a-3c0e1e2b7f00",
    }
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 302
    assert client.post(url, form | {"once": ""}).status_code == 422
    assert client.post(url, form | {"once": "", "again": "on"}).status_code == 302
    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose at least one address"),
        ({"recipients": ["ceo@elsewhere.test"]}, "ceo@elsewhere.test"),
        ({"recipients": ["a@c.test"], "when": "later"}, "Choose the day"),
        (
            {"recipients": ["a@c.test"], "when": "later", "day": "2020-01-01", "time": "09:00"},
            "has passed",
        ),
        ({"extra_address": "x@y.test, z@y.test"}, "id_extra_address"),
    ],
)
def test_send_page_refuses(client, tenant, members, bill, form, said):
    client.force_login(members["BILLER"])
    answer = client.post(page("send", tenant, bill.pk), {"when": "now"} | form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert not OutboundMessage.objects.exists()


def test_scheduled_in_the_companys_zone(client, tenant, members, bill):
    client.force_login(members["BILLER"])
    form = {"recipients": ["a@c.test"], "when": "later", "day": "2099-07-01", "time": "09:30"}
    assert client.post(page("send", tenant, bill.pk), form).status_code == 302
    with tenant_scope(tenant.pk):
        message = OutboundMessage.objects.get()
        assert message.next_attempt_at == datetime(2099, 7, 1, 1, 30, tzinfo=UTC)


def test_who_may_send(client, tenant, members, bill):
    for role, status in (("AUDITOR", 403), ("CASHIER", 403), ("STRANGER", 404), ("COLLECTOR", 200)):
        client.force_login(members[role])
        assert client.get(page("send", tenant, bill.pk)).status_code == status
        assert client.get(page("send_many", tenant)).status_code == status


def test_many_are_checked_then_sent_by_a_job(client, tenant, members, bill):
    with tenant_scope(tenant.pk):
        other, silent = ready(), ready(contacts=())
    client.force_login(members["BILLER"])
    url = page("send_many", tenant)
    shown = client.post(url, {"selected": [bill.pk, other.pk, silent.pk]}).content.decode()
    assert "No e-mail address" in shown
    ids = re.search(r'name="ids" value="([\d,]*)"', shown)[1]
    assert ids == f"{bill.pk},{other.pk}"
    for wrong in ("9" * 5000, f"{bill.pk},x", f"{bill.pk},"):
        assert client.post(url, {"ids": wrong, "when": "now"}).status_code == 422
    answer = client.post(url, {"ids": f"{ids},{silent.pk}", "when": "now"})
    assert answer.status_code == 302
    with tenant_scope(tenant.pk):
        job = Job.objects.get(kind="send_invoices")
        assert JobRow.objects.filter(job=job).count() == 2
        assert not OutboundMessage.objects.exists()
        while work_off_one(job_id=job.pk, at=NOON):
            pass
        assert set(job.rows.values_list("state", flat=True)) == {"DONE"}
        assert Delivery.objects.count() == 3
        jobs.retry_failed(job=job, at=NOON)
        assert Delivery.objects.count() == 3


def test_more_than_fit_into_one_job_are_told_and_never_cut_silently(
    client, tenant, members, bill, monkeypatch
):
    monkeypatch.setattr("invoices.views.send_many.MOST_ROWS", 2)
    # The builders' bills count as imported ones, which are not offered by themselves.
    monkeypatch.setattr("invoices.views.send_many.unsent", lambda invoices: invoices)
    with tenant_scope(tenant.pk):
        others = [ready(), ready()]
    client.force_login(members["BILLER"])
    url = page("send_many", tenant)
    shown = client.get(url).content.decode()
    assert "3 invoices wait to be sent. These are the first 2;" in shown
    ids = [bill.pk, *(other.pk for other in others)]
    assert re.search(r'name="ids" value="([\d,]*)"', shown)[1] == f"{ids[0]},{ids[1]}"
    answer = client.post(url, {"ids": ",".join(map(str, ids)), "when": "now"})
    assert answer.status_code == 422
    assert "at once" in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert not Job.objects.exists()
    assert client.post(url, {"ids": f"{ids[0]},{ids[1]}", "when": "now"}).status_code == 302


def test_job_says_why_a_row_was_not_sent(tenant, members, bill):
    with tenant_scope(tenant.pk):
        send(invoice=bill, at=NOON, actor=None)
        undocumented = issued()
        ContactFactory(customer=undocumented.customer)
        job = jobs.start(
            kind="send_invoices",
            title="x",
            rows=[(bill.pk, "1"), (undocumented.pk, "2"), (10**9, "3")],
            at=NOON,
            actor=members["BILLER"],
        )
        while work_off_one(job_id=job.pk, at=NOON):
            pass
        states = list(job.rows.order_by("position").values_list("state", flat=True))
    assert states == ["SKIPPED", "FAILED", "SKIPPED"]


def test_pdf_view(client, tenant, members, bill):
    client.force_login(members["AUDITOR"])
    url = page("pdf", tenant, bill.pk)
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{bill.number}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF")
    kept = client.get(url, {"download": "1"})
    assert kept["Content-Disposition"] == f'attachment; filename="{bill.number}.pdf"'
    client.force_login(members["STRANGER"])
    assert client.get(url).status_code == 404
    with tenant_scope(tenant.pk):
        drafted = draft()
    client.force_login(members["BILLER"])
    answer = client.get(page("pdf", tenant, drafted.pk))
    assert f"draft-{drafted.pk}.pdf" in answer["Content-Disposition"]
    assert b'class="mark"' in answer.content
