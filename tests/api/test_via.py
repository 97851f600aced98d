"""What a change came through, as the trail keeps it: a page, a key, a job, a file, a command."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest
from celery import shared_task
from django.test import Client
from django.utils import timezone

import manage
from api.models import ApiKey
from api.operations import revoke_key
from core import audit, jobs
from core.context import current_work
from core.models import AuditEntry, Job, User
from core.models.audit import Via
from core.roles import Role
from customers.models import Customer
from invoices.models import Invoice
from tests.api.test_bulk_jobs import named
from tests.api.test_imports import CUSTOMERS, send, work_off
from tests.conftest import NOON
from tests.customers.pages import form_of, url
from tests.factories import CustomerFactory
from tests.invoices.helpers import draft

HISTORY = "/t/acme/settings/history/"


@pytest.fixture
def person(members) -> Client:
    """A browser of the person in whose name the programs act."""
    client = Client()
    client.force_login(members[Role.ADMIN])
    return client


@pytest.fixture
def told(world):
    """Return how the entries of an event came, the oldest first: through what, and which key."""

    def ask(event: str) -> list[tuple[str, str]]:
        return world(lambda: [
            (one.via, one.api_key) for one in AuditEntry.objects.filter(event=event).order_by("pk")
        ])  # fmt: skip

    return ask


@pytest.fixture
def key(world):
    """Return what the trail says of the only key."""
    return lambda: world(lambda: ApiKey.objects.get().told)


def by_page(person: Client, name: str) -> None:
    fields = form_of(person.get(url("new/"))) | {"name": name}
    assert person.post(url("new/"), fields).status_code == 302


def test_a_page_and_a_key_of_one_person_are_told_apart(admin, person, world, told, key) -> None:
    by_page(person, "By hand")
    made = admin.post("customers/", {"name": "By program"}).json()
    name = key()
    assert name.startswith("Test (duebook_")
    assert told("customer.created") == [(Via.PAGE, ""), (Via.API, name)]
    world(lambda: revoke_key(key=ApiKey.objects.get(), at=NOON, actor=User.objects.get(
        email="admin@acme.test")))  # fmt: skip
    page = person.get(HISTORY, {"via": "API"}).content.decode()
    assert "By program" in page
    assert "By hand" not in page
    assert name in page
    rows = b"".join(person.get(HISTORY, {"export": "csv"}).streaming_content).decode()
    [line] = [line for line in rows.splitlines() if "By program" in line]
    assert f"API · {name}" in line
    timeline = person.get(f"/t/acme/customers/{made['id'][4:]}/?type=changes").content.decode()
    assert f'<span title="{name}">API</span>' in timeline
    by_hand = world(lambda: Customer.objects.get(name="By hand").pk)
    assert ">API</span>" not in person.get(f"/t/acme/customers/{by_hand}/").content.decode()
    assert f'<span title="{name}">API</span>' in person.get("/t/acme/").content.decode()


def test_a_key_that_was_let_in_is_forgotten_with_its_request(admin, person, told) -> None:
    admin.post("customers/", {"name": "By program"})
    assert (current_work().via, current_work().api_key) == ("", "")
    by_page(person, "Later")
    assert told("customer.created")[1] == (Via.PAGE, "")


def test_the_rows_of_a_job_are_its_key_s(program, members, world, told, key, person) -> None:
    biller = program(Role.BILLER)
    first, second = (world(lambda: draft(members[Role.BILLER])) for _ in "12")
    biller.post("jobs/", {"action": "submit", "invoices": named(first)}, status=202)
    work_off(world)
    assert told("invoice.submitted") == [(Via.JOB, key())]
    world(lambda: by_hand(second, members[Role.BILLER]))
    work_off(world)
    assert told("invoice.submitted")[1:] == [(Via.JOB, "")]


def by_hand(invoice: Invoice, person: User) -> Job:
    rows = [(invoice.pk, "x")]
    return jobs.start(kind="submit_invoices", title="x", rows=rows, at=NOON, actor=person)


def test_what_a_person_retries_is_not_the_key_s_any_more(program, members, world, told, key):
    biller = program(Role.BILLER)
    bill = world(lambda: draft(members[Role.BILLER], lines=[]))
    biller.post("jobs/", {"action": "submit", "invoices": named(bill)}, status=202)
    work_off(world)
    client = Client()
    client.force_login(members[Role.BILLER])
    job = world(lambda: Job.objects.get().pk)
    assert world(lambda: Job.objects.get().api_key) == key()
    assert client.post(f"/t/acme/jobs/{job}/retry/").status_code == 302
    assert told("job.retried") == [(Via.PAGE, "")]
    assert world(lambda: Job.objects.get().api_key) == ""


def test_a_file_is_told_with_its_key(admin, world, told, key) -> None:
    at = send(admin, "customers", CUSTOMERS)["Location"].removeprefix("/api/v1/")
    admin.post(f"{at}commit/", {"all_or_nothing": False}, status=202)
    work_off(world)
    assert told("customer.created") == told("import.written") == [(Via.IMPORT, key())]


@shared_task(name="tests.recorded")
def recorded(*, customer: int) -> None:
    subject = Customer.objects.get(pk=customer)
    audit.record(event="tests.done", subject=subject, actor=None, at=timezone.now())


def test_a_task_a_command_and_what_nobody_knows(world, told, monkeypatch) -> None:
    customer = world(lambda: CustomerFactory().pk)
    world(lambda: recorded(customer=customer))

    def command(_argv: Any) -> None:
        world(lambda: recorded(customer=customer))
        world(lambda: recorded.apply(kwargs={"customer": customer}, throw=True))
        world(lambda: recorded(customer=customer))

    monkeypatch.setattr("django.core.management.execute_from_command_line", command)
    contextvars.copy_context().run(manage.main)
    world(lambda: recorded(customer=customer))
    assert [via for via, _key in told("tests.done")] == [
        "", Via.COMMAND, Via.TASK, Via.COMMAND, "",
    ]  # fmt: skip
