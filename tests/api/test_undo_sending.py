"""Taking back a sending, and writing the same again, through the API."""

from __future__ import annotations

import pytest

from core.models import AuditEntry
from core.models.audit import Via
from core.roles import Role
from customers.models import Customer
from invoices.models import Invoice
from invoices.operations.store_document import store_document
from messaging.models import OutboundMessage
from tests.conftest import NOON
from tests.factories import ContactFactory
from tests.invoices.helpers import customer_with_terms, issued

LATER = {"not_before": "2030-01-01T08:00:00+08:00"}


@pytest.fixture
def bill(world, members, monkeypatch) -> str:
    """An issued bill with its document, and two addresses to go to; its address in the API."""
    monkeypatch.setattr("invoices.operations.store_document.pdf.render", lambda _html: b"%PDF-1.7")

    def made() -> int:
        customer = customer_with_terms()
        for name in "ab":
            ContactFactory(customer=customer, email=f"{name}@customer.test", roles=["BILLING"])
        invoice = issued(members[Role.BILLER], members[Role.APPROVER], customer=customer)
        store_document(invoice.pk, NOON)
        return invoice.pk

    return f"invoices/inv_{world(made)}/"


def states(answer) -> dict[str, str]:
    return {one["email"]: one["state"] for one in answer.json()["results"]}


def test_once_twice_and_by_the_same_key_again(program, world, bill) -> None:
    sender = program(Role.COLLECTOR)
    sender.post(f"{bill}send/", LATER, status=202)
    undone = sender.post(f"{bill}send/undo/", status=200, Idempotency_Key="u")
    both = {"a@customer.test": "CANCELLED", "b@customer.test": "CANCELLED"}
    assert states(undone) == both
    refused = sender.post(f"{bill}send/undo/", status=409).json()
    assert refused["code"] == "nothing_waits"
    assert sender.post(f"{bill}send/undo/", status=200, Idempotency_Key="u").json() == undone.json()
    [entry] = world(lambda: list(AuditEntry.objects.filter(event="invoice.send_cancelled")))
    assert (entry.via, entry.reason) == (Via.API, "Taken back by a program")
    assert entry.actor.email == "collector@acme.test"
    assert len(sender.post(f"{bill}send/", LATER, status=202).json()["results"]) == 4  # anew


def test_too_late_and_never_sent(program, world, bill) -> None:
    sender = program(Role.COLLECTOR)
    assert sender.post(f"{bill}send/undo/", status=409).json()["code"] == "nothing_waits"
    sender.post(f"{bill}send/", LATER, status=202)
    world(
        lambda: OutboundMessage.objects.update(state="TRANSMITTING", lease_until=NOON, worker="w")
    )
    assert sender.post(f"{bill}send/undo/", status=409).json()["code"] == "nothing_waits"
    assert set(states(sender.get(f"{bill}deliveries/")).values()) == {"TRANSMITTING"}
    cancelled = world(lambda: AuditEntry.objects.filter(event="invoice.send_cancelled").count())
    assert cancelled == 0


def test_what_has_left_stays(program, world, bill) -> None:
    sender = program(Role.COLLECTOR)
    sender.post(f"{bill}send/", LATER, status=202)
    world(
        lambda: OutboundMessage.objects.filter(to_address="a@customer.test").update(
            state="ACCEPTED", accepted_at=NOON
        )
    )
    undone = sender.post(f"{bill}send/undo/", status=200)
    assert states(undone) == {"a@customer.test": "ACCEPTED", "b@customer.test": "CANCELLED"}


def test_who_may_not_send_may_not_undo(program, world, bill) -> None:
    program(Role.COLLECTOR).post(f"{bill}send/", LATER, status=202)
    refused = program(Role.CASHIER).post(f"{bill}send/undo/", status=403).json()
    assert refused["code"] == "permission_missing"
    narrow = program(Role.BILLER, "invoices:read", "invoices:write")
    assert narrow.post(f"{bill}send/undo/", status=403).json()["code"] == "scope_missing"
    assert world(lambda: OutboundMessage.objects.filter(state="QUEUED").count()) == 2


def test_a_duplicate_is_a_new_draft_with_the_same_lines(program, world, bill) -> None:
    biller = program(Role.BILLER)
    made = biller.post(f"{bill}duplicate/", Idempotency_Key="d")
    first, second = biller.get(bill).json(), made.json()
    assert (second["state"], second["number"]) == ("DRAFT", "")
    assert made["Location"] == f"/api/v1/invoices/{second['id']}/"
    assert second["total"] == first["total"]
    wanted = [(one["description"], one["quantity"], one["unit_price"]) for one in first["lines"]]
    assert wanted == [
        (one["description"], one["quantity"], one["unit_price"]) for one in second["lines"]
    ]
    assert biller.post(f"{bill}duplicate/", Idempotency_Key="d").json() == second
    assert world(Invoice.objects.count) == 2
    assert program(Role.COLLECTOR).post(f"{bill}duplicate/", status=403)
    world(lambda: Customer.objects.update(status="ARCHIVED"))
    refused = biller.post(f"{bill}duplicate/", status=409).json()
    assert refused["code"] == "customer_archived"
