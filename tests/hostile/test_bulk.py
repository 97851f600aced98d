"""One id of another company among fifty: the whole action is refused, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.models import Job, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Delivery, Invoice
from invoices.operations import submit
from invoices.operations.send import send
from messaging.models import OutboundMessage
from payments.models import Receipt
from tests.conftest import NOON
from tests.factories import CustomerFactory, InvoiceFactory
from tests.invoices.helpers import customer_with_terms, draft, in_review
from tests.invoices.sending import ready
from tests.test_access_matrix import MISSING

pytestmark = pytest.mark.django_db
FIFTY = 50


@pytest.fixture
def boss(members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members[Role.ADMIN])
    return client


@pytest.fixture
def drafts(tenant: Tenant) -> list[int]:
    """Return the ids of forty-nine bills."""
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        bills = [InvoiceFactory.build(customer=customer) for _ in range(FIFTY - 1)]
        return [bill.pk for bill in Invoice.objects.bulk_create(bills)]


@pytest.fixture
def foreign(other_tenant: Tenant) -> int:
    """Return the id of another company's bill, which waits for review."""
    with tenant_scope(other_tenant.pk):
        bill = draft(None, customer=customer_with_terms(name="SECRET"))
        return submit(invoice=bill, at=NOON, actor=None).pk


def jobs_of(tenant: Tenant) -> int:
    with tenant_scope(tenant.pk):
        return Job.objects.count()


@pytest.mark.parametrize("act", ["submit", "approve", "issue", "send"])
def test_ticked_bills(
    act: str, boss: Client, tenant: Tenant, drafts: list[int], foreign: int
) -> None:
    said = []
    for extra in (foreign, MISSING, drafts[0] + 10**15):
        answer = boss.post(f"/t/acme/invoices/{act}/", {"selected": [*drafts, extra]})
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "You chose 50 rows; 49 of them are in this list now. Nothing was done." in text
        assert "SECRET" not in text
        said.append(text.count("alert"))
    assert len(set(said)) == 1
    assert jobs_of(tenant) == 0
    fine = boss.post(f"/t/acme/invoices/{act}/", {"selected": drafts})
    assert fine.status_code in {200, 302}, "the positive control"
    assert jobs_of(tenant) == (act != "send")  # which shows first what would be sent


def test_ticked_customers(boss: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        rows = [CustomerFactory.build() for _ in range(FIFTY - 1)]
        own = [row.pk for row in Customer.objects.bulk_create(rows)]
    with tenant_scope(other_tenant.pk):
        foreign = CustomerFactory(name="SECRET").pk
    for fields in ({}, {"owner": ""}):
        answer = boss.post("/t/acme/customers/assign/", {"selected": [*own, foreign], **fields})
        assert answer.status_code == 409
        assert "SECRET" not in answer.content.decode()
    export = {"selected": [*own, foreign], "export": "csv"}
    assert boss.post("/t/acme/customers/", export).status_code == 409
    assert jobs_of(tenant) == 0
    assert boss.post("/t/acme/customers/assign/", {"selected": own, "owner": ""}).status_code == 302


@pytest.fixture
def sendable(tenant: Tenant, other_tenant: Tenant, settings: Any, tmp_path: Any, fake: None) -> Any:
    """Return the ids of two own bills that can be sent, and of one of another company."""
    settings.MEDIA_ROOT = str(tmp_path)
    with tenant_scope(tenant.pk):
        own = [ready().pk, ready().pk]
    with tenant_scope(other_tenant.pk):
        return own, ready().pk


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.pdf.render", lambda html, **_k: b"%PDF " + html.encode())


def test_confirmed_sending(boss: Client, tenant: Tenant, sendable: Any) -> None:
    own, foreign = sendable
    for extra in (foreign, MISSING):
        fields = {"ids": ",".join(map(str, [*own, extra])), "when": "now"}
        answer = boss.post("/t/acme/invoices/send/", fields)
        assert answer.status_code == 422
        assert "Choose the invoices again." in answer.content.decode()
    assert jobs_of(tenant) == 0
    fields = {"ids": ",".join(map(str, own)), "when": "now"}
    assert boss.post("/t/acme/invoices/send/", fields).status_code == 302
    assert jobs_of(tenant) == 1


def test_undoing_what_waits_takes_back_what_was_named_alone(
    boss: Client, tenant: Tenant, other_tenant: Tenant, sendable: Any
) -> None:
    own, foreign = sendable
    with tenant_scope(tenant.pk):
        bill = Invoice.objects.get(pk=own[0])
        [delivery] = send(invoice=bill, at=NOON, actor=None)
    with tenant_scope(other_tenant.pk):
        [theirs] = send(invoice=Invoice.objects.get(pk=foreign), at=NOON, actor=None)

    def waiting() -> tuple[int, int]:
        counts = []
        for one in (tenant, other_tenant):
            with tenant_scope(one.pk):
                counts.append(OutboundMessage.objects.filter(state="QUEUED").count())
        return counts[0], counts[1]

    url = f"/t/acme/invoices/{bill.pk}/send/undo/"
    for named in (theirs.pk, MISSING, "x", "9" * 5000, "²", ""):
        assert boss.post(url, {"delivery": named}).status_code == 302
        assert waiting() == (1, 1), named
    boss.post(url, {"delivery": delivery.pk})
    assert waiting() == (0, 1)
    with tenant_scope(tenant.pk):
        assert Delivery.objects.count() == 1


def test_approving_all_without_warnings(
    boss: Client, tenant: Tenant, members: dict[str, User], foreign: int
) -> None:
    with tenant_scope(tenant.pk):
        customer = customer_with_terms()
        bills = [in_review(members[Role.BILLER], customer=customer) for _ in range(2)]
    seen = [f"{bill.pk}-{bill.version}" for bill in bills]

    def approved() -> int:
        with tenant_scope(tenant.pk):
            return Invoice.objects.filter(state="APPROVED").count()

    url = "/t/acme/invoices/review/approve/"
    for extra in (f"{foreign}-2", f"{MISSING}-1", "x", "9" * 5000):
        answer = boss.post(url, {"invoice": [*seen, extra]})
        assert answer.status_code == 422
        assert "Choose the invoices again." in answer.content.decode()
        assert approved() == 0
    boss.post(url, {"invoice": seen})
    with tenant_scope(tenant.pk):
        in_the_queue = Invoice.objects.in_review().count()
    assert approved() + in_the_queue == len(bills)


def test_parts_of_a_receipt(boss: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    """An amount for another company's debt among those for one's own: no receipt at all."""
    with tenant_scope(tenant.pk):
        own = ready().instalments.get().item_id
        customer = Customer.objects.get()
    with tenant_scope(other_tenant.pk):
        foreign = ready().instalments.get().item_id
    fields = {
        "customer": customer.pk,
        "amount": "10.00",
        "received_on": "2026-03-01",
        "method": "TRANSFER",
        "action": "save",
        f"apply_{own}": "1.00",
    }
    for extra in (foreign, MISSING):
        answer = boss.post("/t/acme/receipts/new/", fields | {f"apply_{extra}": "1.00"})
        assert answer.status_code == 422
    with tenant_scope(tenant.pk):
        assert Receipt.objects.count() == 0
