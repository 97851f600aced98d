"""What other programs are told of files that are imported, of late bills, and of samples."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from core.imports import importer_of, read_bytes, run
from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Invoice, OverdueBill
from invoices.operations import void
from invoices.operations.import_bills import ImportedBill, import_bills
from invoices.operations.overdue import LATE, tell_overdue
from invoices.tasks import run_schedules
from ledger.models import OpenItem
from messaging.enums import EventType
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.operations import announce
from messaging.operations.webhook_endpoints import SampleCompany, create_endpoint, send_test
from messaging.operations.webhook_tries import claim_delivery
from payments.operations import ReceiptDraft, receive
from tests.conftest import NOON, make_tenant
from tests.factories import CustomerFactory
from tests.invoices.helpers import issued

pytestmark = pytest.mark.django_db
DAY = NOON.date()  # in Shanghai it is the same


def listen(person: User, *events: str) -> WebhookEndpoint:
    return create_endpoint(
        name="All",
        url="https://all.example.com/",
        events=events or EventType.values,
        at=NOON,
        actor=person,
    ).endpoint


def told(event: str = "") -> list[tuple[str, str]]:
    rows = WebhookDelivery.objects.order_by("pk").values_list("event_type", "subject")
    return [row for row in rows if event in ("", row[0])]


def bill(number: str, *, issue: date, due: date, customer: Customer | None = None) -> Invoice:
    draft = ImportedBill(
        customer=customer or CustomerFactory(),
        number=number,
        bill_date=issue,
        due_date=due,
        amount=Decimal(100),
        currency="CNY",
    )
    return import_bills(bills=[draft], at=NOON, actor=None)[0]


def late_bill(members: dict[str, User]) -> tuple[Invoice, date]:
    """Return a bill of our own, and the first day on which it is overdue."""
    made = issued(members["BILLER"], members["APPROVER"])
    due = OpenItem.objects.get(instalment__invoice=made).due_date
    return made, due + timedelta(days=1)


def test_a_bill_becomes_overdue_once(in_tenant: Tenant, members: dict[str, User]) -> None:
    listen(members["ADMIN"], "invoice.overdue")
    late, day = late_bill(members)
    assert tell_overdue(day=day - timedelta(days=1), at=NOON) == 0
    assert tell_overdue(day=day, at=NOON) == 1
    assert tell_overdue(day=day, at=NOON) == 0
    assert tell_overdue(day=day + timedelta(days=1), at=NOON) == 0
    assert told() == [("invoice.overdue", f"inv_{late.pk}")]
    assert OverdueBill.objects.get().day == day


def test_what_is_paid_or_void_does_not(in_tenant: Tenant, members: dict[str, User]) -> None:
    listen(members["ADMIN"], "invoice.overdue")
    paid, day = late_bill(members)
    item = OpenItem.objects.get(instalment__invoice=paid)
    draft = ReceiptDraft(paid.customer_id, DAY, "CNY", item.amount)
    receive(draft=draft, allocations={item.pk: item.amount}, at=NOON, actor=None)
    voided, _day = late_bill(members)
    void(invoice=voided, reason="wrong", at=NOON, actor=members["APPROVER"])
    assert tell_overdue(day=day, at=NOON) == 0
    assert told() == []


def test_a_weekend_without_workers_is_made_up_for(
    in_tenant: Tenant, members: dict[str, User]
) -> None:
    _late, day = late_bill(members)
    assert tell_overdue(day=day + LATE, at=NOON) == 0
    assert tell_overdue(day=day + LATE - timedelta(days=1), at=NOON) == 1


def test_who_listens_later_hears_nothing_old(in_tenant: Tenant, members: dict[str, User]) -> None:
    _late, day = late_bill(members)
    assert tell_overdue(day=day, at=NOON) == 1
    listen(members["ADMIN"])
    assert tell_overdue(day=day, at=NOON) == 0
    assert told() == []


def test_what_came_overdue_from_another_system_does_not_become_so(
    in_tenant: Tenant, members: dict[str, User]
) -> None:
    bill("OLD", issue=DAY - timedelta(days=40), due=DAY - timedelta(days=1))
    open_one = bill("NEW", issue=DAY - timedelta(days=40), due=DAY)
    listen(members["ADMIN"])
    assert tell_overdue(day=DAY + timedelta(days=1), at=NOON) == 1
    assert told() == [("invoice.overdue", f"inv_{open_one.pk}")]


def test_the_day_is_the_company_s(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 23:00 in London it is the next day in Shanghai: there, and only there, it is late."""
    evening = NOON.replace(hour=23)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    for slug, zone in (("east", "Asia/Shanghai"), ("west", "Europe/London")):
        company = make_tenant(slug, time_zone=zone)
        with tenant_scope(company.pk):
            bill(slug, issue=DAY, due=DAY)
    run_schedules()
    late = {}
    for company in Tenant.objects.all():
        with tenant_scope(company.pk):
            late[company.slug] = list(OverdueBill.objects.values_list("day", flat=True))
    assert late == {"east": [DAY + timedelta(days=1)], "west": []}


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_tell_it_once(members: dict[str, User], tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        listen(members["ADMIN"], "invoice.overdue")
        late, day = late_bill(members)
    first_has_told, first_may_end = threading.Event(), threading.Event()
    counts: list[int] = []

    def first() -> None:
        with transaction.atomic(), tenant_scope(tenant.pk):
            counts.append(tell_overdue(day=day, at=NOON))
            first_has_told.set()
            first_may_end.wait(10)
        connection.close()

    def second() -> None:
        first_has_told.wait(10)
        threading.Timer(0.3, first_may_end.set).start()  # the second waits for the first's index
        with tenant_scope(tenant.pk):
            counts.append(tell_overdue(day=day, at=NOON))
        connection.close()

    threads = [threading.Thread(target=one) for one in (first, second)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(counts) == [0, 1]
    with tenant_scope(tenant.pk):
        assert told() == [("invoice.overdue", f"inv_{late.pk}")]


def test_bills_that_come_by_file(in_tenant: Tenant, members: dict[str, User]) -> None:
    """What was issued or paid in the last days is news; what is older was taken over."""
    listen(members["ADMIN"])
    content = (
        "customer_code,number,bill_date,due_date,amount,paid_on,paid_amount\n"
        "C1,FRESH,2026-02-27,2026-04-01,100,2026-03-01,100\n"
        "C1,OLD,2026-01-05,2026-02-05,100,2026-01-20,100\n"
        "C1,OPENING,2026-01-05,2026-05-05,100,,\n"
    )
    report = run(
        importer=importer_of("bills"), sheet=read_bytes(content.encode()), at=NOON, actor=None
    )
    assert report.new == 3, report.errors
    fresh = Invoice.objects.get(number="FRESH")
    customer = Customer.objects.get()
    [receipt] = told("payment.received")
    assert told() == [
        ("customer.created", f"cus_{customer.pk}"),
        ("invoice.created", f"inv_{fresh.pk}"),
        ("invoice.issued", f"inv_{fresh.pk}"),
        receipt,
        ("invoice.paid", f"inv_{fresh.pk}"),
    ]


@pytest.fixture
def sample(db: None) -> tuple[Tenant, User]:
    company = make_tenant("sample", is_sample=True)
    person = User.objects.create_user("me@sample.test")
    Membership.objects.create(tenant=company, user=person, roles=[Role.ADMIN])
    return company, person


def test_a_sample_company_tells_nobody(sample: tuple[Tenant, User]) -> None:
    company, person = sample
    with tenant_scope(company.pk):
        with pytest.raises(SampleCompany):
            listen(person)
        # One that stood there before, or was written past the operation.
        left = WebhookEndpoint.objects.create(
            name="Left", url="https://left.example.com/", events=EventType.values, nonce="n",
            secret_hash="h", created_by=person, created_at=NOON,
        )  # fmt: skip
        assert announce(EventType.INVOICE_PAID, [1], at=NOON) == 0
        with pytest.raises(SampleCompany):
            send_test(endpoint=left, at=NOON, actor=person)
        assert told() == []
        WebhookDelivery.objects.create(
            endpoint=left, event_id="evt_1", event_type="invoice.paid", subject="inv_1", body="{}",
            next_try_at=NOON, created_at=NOON,
        )  # fmt: skip
        assert claim_delivery(worker="w", at=NOON) is None


def test_its_pages_say_so(sample: tuple[Tenant, User]) -> None:
    company, person = sample
    client, base = Client(), f"/t/{company.slug}/settings/webhooks/"
    client.force_login(person)
    page = client.get(base).content.decode()
    assert "sends nothing to other programs" in page
    assert f"{base}new/" not in page
    form = {"name": "X", "url": "https://x.example.com/", "events": ["invoice.paid"]}
    for answer in (client.get(f"{base}new/"), client.post(f"{base}new/", form)):
        assert answer.url == base
    with tenant_scope(company.pk):
        assert not WebhookEndpoint.objects.exists()
