"""What the tests of the pages of receipts share."""

from __future__ import annotations

import re
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from ledger.models import OpenItem
from payments import operations
from payments.models import Receipt
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill


def url(path: str = "", tenant: str = "acme") -> str:
    return f"/t/{tenant}/receipts/{path}"


def owed(tenant: Tenant, customer: Customer, amount: str, label: str, due=None, **fields):
    with tenant_scope(tenant.pk):
        due = due or NOON.date()
        return bill(customer, amount, label=label, due=due, **fields)


def received(tenant: Tenant, customer: Customer, amount: str, allocations=None, **fields):
    values = {"currency": customer.currency, "received_on": NOON.date()} | fields
    with tenant_scope(tenant.pk):
        return operations.receive(
            draft=operations.ReceiptDraft(
                customer_id=customer.pk, amount=Decimal(amount), **values
            ),
            allocations={pk: Decimal(part) for pk, part in (allocations or {}).items()},
            at=timezone.now(),
            actor=None,
        )


def left_of(tenant: Tenant, item: OpenItem) -> Decimal:
    with tenant_scope(tenant.pk):
        return OpenItem.objects.get(pk=item.pk).open_amount


def receipts(tenant: Tenant) -> list[Receipt]:
    with tenant_scope(tenant.pk):
        return list(Receipt.objects.order_by("pk"))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def value_of(response, name: str) -> str | None:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    value = tag and re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else None


def questions(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return sum(1 for query in captured if query["sql"].startswith("SELECT"))


def typed(customer: Customer, today, /, **fields) -> dict[str, str]:
    return {
        "customer": str(customer.pk),
        "amount": "100.00",
        "currency": "",
        "received_on": today.isoformat(),
        "method": "TRANSFER",
        "action": "save",
    } | fields
