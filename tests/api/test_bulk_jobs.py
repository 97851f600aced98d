"""Work on many bills that a program starts: as it read them, or not at all."""

from __future__ import annotations

import pytest
from django.utils import timezone

from core import jobs
from core.models import Job
from core.roles import Role
from invoices.models import Invoice
from invoices.operations.store_document import store_document
from messaging.models import OutboundMessage
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.factories import ContactFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued


def work_off(world, location: str) -> None:
    pk = int(location.rstrip("/").rpartition("_")[2])

    def done() -> None:
        while jobs.work_off_one(job_id=pk, at=timezone.now()):
            pass

    world(done)


def named(*invoices: Invoice, versions: bool = False) -> list[dict]:
    return [
        {"id": f"inv_{one.pk}"} | ({"version": one.version} if versions else {}) for one in invoices
    ]


def outcomes(program: Program, location: str) -> dict[str, str]:
    at = location.removeprefix("/api/v1/")
    rows = program.get(f"{at}rows/").json()["results"]
    return {row["subject"]: row["state"] for row in rows}


def test_drafts_are_submitted_by_a_job(program, members, world) -> None:
    biller = program(Role.BILLER)
    first, second = (world(lambda: draft(members["BILLER"])) for _ in "12")
    empty = world(lambda: draft(members["BILLER"], lines=[]))
    body = {"action": "submit", "invoices": named(first, second, empty)}
    made = biller.post("jobs/", body, status=202, Idempotency_Key="a")
    again = biller.post("jobs/", body, status=202, Idempotency_Key="a")
    assert made["Location"] == again["Location"]
    assert made.json()["counts"] == {"pending": 3, "done": 0, "skipped": 0, "failed": 0}
    work_off(world, made["Location"])
    assert outcomes(biller, made["Location"]) == {
        f"inv_{first.pk}": "DONE",
        f"inv_{second.pk}": "DONE",
        f"inv_{empty.pk}": "FAILED",
    }
    at = made["Location"].removeprefix("/api/v1/")
    [failed] = biller.get(f"{at}rows/?state=FAILED").json()["results"]
    assert failed["message"]
    retried = biller.post(f"{at}retry/", status=202)
    assert retried.json()["counts"]["pending"] == 1
    cancelled = biller.post(f"{at}cancel/", status=200).json()
    assert (cancelled["state"], cancelled["counts"]["skipped"]) == ("CANCELLED", 1)


def test_what_changed_since_it_was_read_starts_nothing(program, members, world) -> None:
    approver = program(Role.APPROVER)
    first, second = (world(lambda: in_review(members["BILLER"])) for _ in "12")
    chosen = named(first, second, versions=True)
    world(lambda: Invoice.objects.filter(pk=second.pk).update(version=second.version + 1))
    body = {"action": "approve", "invoices": chosen}
    refused = approver.post("jobs/", body, status=409).json()
    assert refused["code"] == "selection_changed"
    assert [one["pointer"] for one in refused["errors"]] == ["/invoices/1/version"]
    assert world(Job.objects.count) == 0
    chosen[1]["version"] += 1
    made = approver.post("jobs/", body, status=202)
    # Between the start and its turn somebody changes one.
    world(lambda: Invoice.objects.filter(pk=second.pk).update(version=second.version + 2))
    work_off(world, made["Location"])
    states = outcomes(approver, made["Location"])
    assert states == {f"inv_{first.pk}": "DONE", f"inv_{second.pk}": "FAILED"}


def test_all_that_match_if_as_many_as_were_counted(program, members, world) -> None:
    issuer = program(Role.BILLER)
    for _ in "123":
        world(lambda: approved(members["BILLER"], members["APPROVER"]))
    world(lambda: draft(members["BILLER"]))
    body = {"action": "issue", "filter": {"view": "approved"}, "expected_count": 2}
    refused = issuer.post("jobs/", body, status=409).json()
    assert (refused["code"], refused["count"]) == ("selection_changed", 3)
    refused = issuer.post("jobs/", body | {"expected_count": 5}, status=409).json()
    assert refused["count"] == 3
    made = issuer.post("jobs/", body | {"expected_count": 3}, status=202)
    work_off(world, made["Location"])
    assert set(outcomes(issuer, made["Location"]).values()) == {"DONE"}
    assert world(lambda: Invoice.objects.filter(state="ISSUED").count()) == 3
    assert world(Job.objects.get).filter_text == "view: approved"


def test_sending(program, members, world, monkeypatch) -> None:
    monkeypatch.setattr("invoices.operations.store_document.pdf.render", lambda _html: b"%PDF-1.7")

    def bill(**fields) -> Invoice:
        customer = customer_with_terms(**fields)
        ContactFactory(customer=customer, email="ap@customer.test", roles=["BILLING"])
        made = issued(members["BILLER"], members["APPROVER"], customer=customer)
        store_document(made.pk, NOON)
        return made

    goes = world(bill)
    stays = world(
        lambda: issued(members["BILLER"], members["APPROVER"], customer=customer_with_terms())
    )
    sender = program(Role.COLLECTOR)
    body = {"action": "send", "invoices": named(goes, stays),
            "not_before": "2027-01-04T08:00:00+08:00"}  # fmt: skip
    made = sender.post("jobs/", body, status=202)
    work_off(world, made["Location"])
    assert outcomes(sender, made["Location"]) == {
        f"inv_{goes.pk}": "DONE",
        f"inv_{stays.pk}": "FAILED",
    }
    [message] = world(lambda: list(OutboundMessage.objects.all()))
    assert message.next_attempt_at.isoformat() == "2027-01-04T00:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"action": "delete"}, "/action"),
        ({"invoices": []}, "/invoices"),
        ({"filter": {}, "expected_count": 1}, "/invoices"),
        ({"expected_count": 1}, "/expected_count"),
        ({"not_before": "2027-01-04T08:00:00Z"}, "/not_before"),
        ({"invoices": None, "filter": {}}, "/expected_count"),
        ({"invoices": None, "filter": {"vew": "x"}, "expected_count": 1}, "/filter/vew"),
        ({"invoices": None, "filter": {"view": "x"}, "expected_count": 1}, "/filter/view"),
        ({"invoices": None, "filter": {"view": ["drafts"]}, "expected_count": 1}, "/filter/view"),
        ({"invoices": None, "filter": {"q": 5}, "expected_count": 1}, "/filter/q"),
        ({"invoices": None, "filter": {}, "expected_count": 20_001}, "/expected_count"),
    ],
)
def test_what_cannot_be(admin: Program, members, world, change, pointer) -> None:
    invoice = world(lambda: draft(members["BILLER"]))
    body = {"action": "submit", "invoices": named(invoice)} | change
    body = {name: value for name, value in body.items() if value is not None}
    errors = admin.post("jobs/", body, status=422).json()["errors"]
    assert [one["pointer"] for one in errors] == [pointer]
    assert world(Job.objects.count) == 0


def test_named_twice_is_refused(admin: Program, members, world) -> None:
    invoice = world(lambda: draft(members["BILLER"]))
    body = {"action": "submit", "invoices": named(invoice, invoice)}
    [error] = admin.post("jobs/", body, status=422).json()["errors"]
    assert error["pointer"] == "/invoices/1/id"


def test_who_may_start_and_steer(program, members, world) -> None:
    invoice = world(lambda: in_review(members["BILLER"]))
    body = {"action": "approve", "invoices": named(invoice)}
    refused = program(Role.BILLER).post("jobs/", body, status=403).json()
    assert refused["code"] == "permission_missing"
    narrow = program(Role.ADMIN, "jobs:write", "jobs:read", "invoices:write")
    assert narrow.post("jobs/", body, status=403).json()["code"] == "scope_missing"
    made = program(Role.APPROVER).post("jobs/", body, status=202)
    at = made["Location"].removeprefix("/api/v1/")
    assert narrow.post(f"{at}retry/", status=403).json()["code"] == "scope_missing"
    other = world(
        lambda: jobs.start(
            kind="fill_sample", title="X", rows=[(1, "1")], at=NOON, actor=members["ADMIN"]
        )
    )
    refused = program(Role.ADMIN).post(f"jobs/job_{other.pk}/cancel/", status=403).json()
    assert refused["code"] == "not_steered"


def test_who_takes_rows_over_does_so_in_their_own_job(program, members, world) -> None:
    customer = world(customer_with_terms)
    invoice = world(lambda: issued(members["BILLER"], members["APPROVER"], customer=customer))
    body = {"action": "send", "invoices": named(invoice)}
    made = program(Role.BILLER).post("jobs/", body, status=202)
    work_off(world, made["Location"])
    at = made["Location"].removeprefix("/api/v1/")
    mine = program(Role.COLLECTOR).post(f"{at}retry/", status=202)
    assert mine["Location"] != made["Location"]
    assert outcomes(program(Role.BILLER), made["Location"]) == {f"inv_{invoice.pk}": "SKIPPED"}
