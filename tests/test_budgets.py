"""What a page may cost: every list with one row and with fifty, and the customer's page.

The crawler weighs all other pages (tests/crawl); how long they take is measured by ``-m slow``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from core import jobs, pdf
from core.lists.registry import ListEntry
from core.models import ExchangeRate, Tenant, User
from core.operations.logo import set_logo
from core.tenancy import tenant_scope
from core.urls_in import page_url
from customers.models import Contact, Customer
from dunning.enums import HoldReason, Outcome
from dunning.models import Decision, Policy, Run
from invoices.models import Charge, Product, Schedule, TaxCode
from invoices.operations.import_bills import ImportedBill, import_bills
from invoices.operations.links import create_link, url_of
from invoices.operations.store_document import store_document
from ledger.models import OpenItem
from messaging import operations as outbox
from payments.operations import ReceiptDraft, receive_many
from tests.conftest import NOON
from tests.documents.builders import L, bank_account, issued
from tests.weights import PORTAL_LIMIT, QUERY_LIMIT, files_of, size, too_heavy
from tests.world import DAY, build_world, site_lists

pytestmark = pytest.mark.django_db

ROWS = 50
# Lists whose address names the thing they belong to: which of the world's things that is.
OF = {"reminders": ("collections:run", "run")}
# Pages that show fifty rows and are no list of the pattern.
PAGES = (
    ("reports:aging", ""),
    ("reports:aging", "?by=item"),
    ("invoices:review", ""),
    ("home", ""),
    ("payments:new", "?customer={customer}"),
    ("customers:account", "{customer}"),
    ("customers:detail", "{customer}"),
    ("job", "{job}"),
)


def entries() -> list[ListEntry]:
    return list(site_lists().values())


def address(entry: ListEntry, tenant: Tenant, world: dict[str, int]) -> str:
    if entry.page:
        return page_url(tenant, entry.page)
    page, thing = OF[entry.key]
    return page_url(tenant, page, world[thing])


def fifty_of_everything(tenant: Tenant, world: dict[str, int]) -> None:
    """Add rows until every list has more than a page of them; names as long as companies have."""
    customers = Customer.objects.bulk_create(
        Customer(
            code=f"C9{n:03}",
            name=f"OURS Long Name Logistics & Trading (Shanghai) Co., Ltd. {n}",
            currency=("CNY", "EUR")[n % 2],
            created_at=NOON,
        )
        for n in range(ROWS)
    )
    Contact.objects.bulk_create(
        Contact(customer=one, name="Li Na", email=f"{one.code}@customer.test", roles=["BILLING"])
        for one in customers
    )
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency="EUR", day=DAY - timedelta(days=n), rate=Decimal("7.8123"))
        for n in range(ROWS)
    )
    busy = Customer.objects.get(pk=world["customer"])
    bills = [
        ImportedBill(
            owner, f"OURS-2026-{place}{n:05}", DAY, DAY + timedelta(days=n), Decimal(1234 + n),
            owner.currency, "OURS bill", f"PO-2026-{n:05}",
        )
        for place, owners in enumerate((customers, [busy] * ROWS))
        for n, owner in enumerate(owners)
    ]  # fmt: skip
    import_bills(bills=bills, at=NOON, actor=None)
    items = OpenItem.objects.debts().filter(customer__in=customers)
    receive_many(
        drafts=[
            ReceiptDraft(item.customer_id, DAY, item.currency, item.amount, reference="OURS-BANK")
            for item in items
        ],
        allocations=[{item.pk: Decimal(700)} for item in items],
        at=NOON,
        actor=None,
    )
    code = TaxCode.objects.get(pk=world["tax"])
    Product.objects.bulk_create(
        Product(
            code=f"P9-{n:04}", name="OURS On-site support, per day", unit="day",
            unit_price=Decimal("1234.5600"), currency="CNY", tax_code=code,
        )
        for n in range(ROWS)
    )  # fmt: skip
    Charge.objects.bulk_create(
        Charge(
            customer=one, description="OURS on-site support", service_date=DAY, quantity=2,
            unit_price=Decimal("1234.56"), currency="CNY", tax_code=code, created_at=NOON,
        )
        for one in customers
    )  # fmt: skip
    Schedule.objects.bulk_create(
        Schedule(
            customer=one, name="OURS maintenance", start_date=DAY + timedelta(days=300),
            anchor_day=1, currency="CNY", created_at=NOON,
        )
        for one in customers
    )  # fmt: skip
    leave_traces(world, customers)


def leave_traces(world: dict[str, int], customers: list[Customer]) -> None:
    """Add what comes of work: mails, jobs, runs and their decisions."""
    outbox.queue_many(
        [
            outbox.MessageDraft(
                kind="INVOICE",
                dedupe_key=f"budget:{one.pk}",
                about=f"invoices.invoice:{world['bill']}",
                account_id=one.pk,
                to_address=f"{one.code}@customer.test",
                to_name="Li Na",
                subject="OURS invoice from a company with a long name",
                body_text="OURS",
            )
            for one in customers
        ],
        at=NOON,
    )
    for n in range(ROWS):
        jobs.start(kind="send_invoices", title=f"OURS {n}", rows=[(1, "x")], at=NOON, actor=None)
    policy, run = Policy.objects.get(pk=world["policy"]), Run.objects.get(pk=world["run"])
    Run.objects.bulk_create(
        Run(run_date=DAY - timedelta(days=n), policy=policy, started_at=NOON, finished_at=NOON)
        for n in range(2, ROWS + 2)
    )
    Decision.objects.bulk_create(
        Decision(
            run=run, item=item, customer_id=item.customer_id, policy=policy, offset_days=3,
            outcome=Outcome.HELD, held_because=HoldReason.values[0], open_amount=item.amount,
            currency=item.currency, decided_at=NOON,
        )
        for item in OpenItem.objects.debts().filter(customer__in=customers)
    )  # fmt: skip


@pytest.fixture
def world(tenant: Tenant, members: dict[str, User]) -> dict[str, int]:
    return build_world(tenant)


@pytest.fixture
def desk(members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members["ADMIN"])
    return client


def asked(client: Client, url: str) -> tuple[int, str]:
    """Return how many statements the page takes when it is opened again, and the page.

    Savepoints are not counted: outside a test they are a transaction's beginning and end.
    """
    assert client.get(url).status_code == 200, url
    with CaptureQueriesContext(connection) as captured:
        text = client.get(url).content.decode()
    statements = [one["sql"] for one in captured.captured_queries]
    count = sum(1 for one in statements if not one.startswith(("SAVEPOINT", "RELEASE")))
    return count, text


def test_every_list_costs_the_same_for_one_row_and_for_fifty(
    tenant: Tenant, world: dict[str, int], desk: Client, members: dict[str, User]
) -> None:
    urls = {entry.key: address(entry, tenant, world) for entry in entries()}
    few = {key: asked(desk, url)[0] for key, url in urls.items()}
    with tenant_scope(tenant.pk):
        fifty_of_everything(tenant, world)
    found = []
    for key, url in urls.items():
        many, shown = asked(desk, url)
        if many != few[key] or many > QUERY_LIMIT:
            found.append(f"{key}: {few[key]} queries for one row, {many} for fifty")
        if shown.count('<tr role="row" data-row=') < ROWS:
            found.append(f"{key}: {shown.count('data-row=')} rows only")
        found += [f"{key}: {one}" for one in too_heavy(shown)]
    for page, where in PAGES:
        filled = where.format(**world)
        url = page_url(tenant, page, *([filled] if filled.isdecimal() else []))
        shown = desk.get(url + ("" if filled.isdecimal() else filled)).content.decode()
        found += [f"{page}{where}: {one}" for one in too_heavy(shown)]
    assert not found, "\n".join(found)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Documents are stored without being drawn."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF-1.4 x")
    settings.MEDIA_ROOT = str(tmp_path)


def test_the_customers_page_is_light(tenant: Tenant, client: Client, no_engine: None) -> None:
    noise = Image.effect_noise((1200, 450), 90).convert("RGB")  # nothing is harder to compress
    picture = BytesIO()
    noise.save(picture, "JPEG")
    with tenant_scope(tenant.pk):
        bank_account()
        set_logo(tenant=tenant, content=picture.getvalue(), at=NOON, actor=None)
        bill = issued([L(f"OURS on-site support {n}", "2", "500.00") for n in range(20)])
        store_document(bill.pk, NOON)
        path = url_of(create_link(bill, timezone.now())).partition("/b/")[2]
    page = client.get(f"/b/{path}", follow=True)
    assert page.status_code == 200
    text = page.content.decode()
    assert "OURS on-site support 19" in text
    assert 'class="logo" src="data:image/png;base64,' in text
    files = {name: size(name) for name in files_of(text)}
    assert {"css/portal.css", "js/portal.js", "favicon.svg"} <= files.keys()
    assert len(page.content) + sum(files.values()) <= PORTAL_LIMIT, (len(page.content), files)
