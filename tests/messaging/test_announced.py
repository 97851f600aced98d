"""Which change of the business tells which event, once, in its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Tenant, User
from customers.models import Customer
from customers.operations import CustomerDraft, create_customer, put_on_hold, update_customer
from invoices.models import Invoice
from invoices.operations import issue, void
from invoices.operations.links import create_link, mark_opened
from ledger.models import Allocation, OpenItem
from messaging.answers import Answer, Outcome
from messaging.enums import EventType
from messaging.models import OutboundMessage, WebhookDelivery
from messaging.operations import claim, record_bounce, record_delivery, settle, transmit
from messaging.operations.webhook_endpoints import create_endpoint
from messaging.reasons import Reason
from payments.operations import (
    ReceiptDraft,
    allocate_receipt,
    receive,
    reverse_receipt,
    undo_allocation,
)
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.invoices.helpers import approved, issued
from tests.messaging.conftest import put

pytestmark = pytest.mark.django_db
DAY = NOON.date()
Told = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def told(in_tenant: Tenant, members: dict[str, User]) -> Told:
    """Listen to everything; give what was told since the last time, as (event, id)."""
    create_endpoint(
        name="All",
        url="https://all.example.com/",
        events=EventType.values,
        at=NOON,
        actor=members["ADMIN"],
    )
    seen = [0]

    def news() -> list[tuple[str, str]]:
        rows = list(WebhookDelivery.objects.filter(pk__gt=seen[0]).order_by("pk"))
        seen[0] = rows[-1].pk if rows else seen[0]
        return [(row.event_type, row.subject) for row in rows]

    return news


def test_customers(told: Told, members: dict[str, User]) -> None:
    customer = create_customer(draft=CustomerDraft(name="Ann Li"), at=NOON, actor=members["ADMIN"])
    assert told() == [("customer.created", f"cus_{customer.pk}")]
    assert "Ann" not in WebhookDelivery.objects.get().body
    same = {"customer": customer, "version": customer.version, "at": NOON, "actor": None}
    update_customer(changes={"name": "Ann Li"}, **same)
    assert told() == []
    update_customer(changes={"name": "Bo Li"}, **same)
    assert told() == [("customer.updated", f"cus_{customer.pk}")]
    put_on_hold(customer=Customer.objects.get(), reason="late", at=NOON, actor=None)
    assert told() == [("customer.updated", f"cus_{customer.pk}")]


def test_an_invoice_to_its_end(told: Told, members: dict[str, User]) -> None:
    invoice = approved(members["BILLER"], members["APPROVER"], customer=CustomerFactory())
    name = f"inv_{invoice.pk}"
    assert told() == [("invoice.created", name), ("invoice.approved", name)]
    invoice = issue(invoice=invoice, at=NOON, actor=members["BILLER"])
    assert told() == [("invoice.issued", name)]
    link = create_link(invoice, NOON)
    mark_opened(link, NOON)
    mark_opened(link, NOON)
    assert told() == [("invoice.viewed", name)]
    void(invoice=invoice, reason="wrong", at=NOON, actor=members["APPROVER"])
    assert told() == [("invoice.voided", name)]


def test_its_mail(told: Told) -> None:
    put(about="invoices.invoice:5")
    put("other", kind="REMINDER", about="customers.customer:5")
    assert told() == []
    taken = Answer(Outcome.ACCEPTED, Reason.ACCEPTED)
    for message in claim(worker="w", limit=5, at=NOON):
        transmit(message=message, worker="w", at=NOON)
        settle(message=message, worker="w", answer=taken, at=NOON)
    assert told() == [("invoice.sent", "inv_5")]
    message = OutboundMessage.objects.get(kind="INVOICE")
    record_delivery(message=message, words="", at=NOON)
    record_bounce(message=message, diagnostic="550", at=NOON)
    record_bounce(message=message, diagnostic="550", at=NOON)
    assert told() == [("invoice.delivered", "inv_5"), ("invoice.bounced", "inv_5")]


def bill(members: dict[str, User]) -> tuple[Invoice, OpenItem]:
    invoice = issued(members["BILLER"], members["APPROVER"], customer=CustomerFactory())
    return invoice, OpenItem.objects.get(instalment__invoice=invoice)


def test_money(told: Told, members: dict[str, User]) -> None:
    invoice, item = bill(members)
    told()
    half = item.amount / 2
    draft = ReceiptDraft(invoice.customer_id, DAY, "CNY", item.amount)
    receipt = receive(draft=draft, allocations={item.pk: half}, at=NOON, actor=None)
    assert told() == [("payment.received", f"rct_{receipt.pk}")]
    later = NOON + timedelta(minutes=1)
    allocate_receipt(receipt=receipt, amounts={item.pk: half}, day=DAY, at=later, actor=None)
    assert told() == [("invoice.paid", f"inv_{invoice.pk}")]
    for allocation in Allocation.objects.order_by("pk"):
        undo_allocation(allocation=allocation, day=DAY, at=later, actor=None)
    assert told() == [("payment.unapplied", f"rct_{receipt.pk}")] * 2
    reverse_receipt(receipt=receipt, reason="bounced", day=DAY, at=later, actor=None)
    assert told() == [("payment.reversed", f"rct_{receipt.pk}")]


def test_one_receipt_pays_two_bills_and_part_of_a_third(
    told: Told, members: dict[str, User]
) -> None:
    customer = CustomerFactory()
    bills = [issued(members["BILLER"], members["APPROVER"], customer=customer) for _ in range(3)]
    items = [OpenItem.objects.get(instalment__invoice=one) for one in bills]
    told()
    amounts = [items[0].amount, items[1].amount, Decimal(1)]
    draft = ReceiptDraft(customer.pk, DAY, "CNY", sum(amounts, Decimal(0)))
    receipt = receive(
        draft=draft,
        allocations={item.pk: amount for item, amount in zip(items, amounts, strict=True)},
        at=NOON,
        actor=None,
    )
    assert told() == [
        ("payment.received", f"rct_{receipt.pk}"),
        ("invoice.paid", f"inv_{bills[0].pk}"),
        ("invoice.paid", f"inv_{bills[1].pk}"),
    ]


def test_where_nobody_listens_it_costs_one_question(
    in_tenant: Tenant, members: dict[str, User]
) -> None:
    invoice = approved(members["BILLER"], members["APPROVER"], customer=CustomerFactory())
    with CaptureQueriesContext(connection) as captured:
        issue(invoice=invoice, at=NOON, actor=members["BILLER"])
    assert not [query for query in captured if "webhookdelivery" in query["sql"]]
    assert len([query for query in captured if "webhookendpoint" in query["sql"]]) <= 1
