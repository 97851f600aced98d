"""How fast the API answers a program with a key: a page of bills, and a draft it writes."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from typing import Any

from django.test import Client
from django.test.utils import override_settings

from api.enums import Scope
from api.operations import create_key
from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, people_of, scratch_company, vacuum
from billing_site.bench.pages import measured
from billing_site.bench.timing import Figure
from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import TaxCode

LISTS = {
    "api_list": "?limit=50",
    "api_list_overdue": "?limit=50&view=overdue",
    "api_list_expanded": "?limit=50&expand=customer,lines",
    "api_list_sparse": "?limit=50&fields=id,number,open",
}


def bench_api(n: int, at: datetime) -> list[Figure]:
    """Read pages of ``n`` issued bills, then write drafts of three lines; time on the server."""
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 10, 1))
        add_issued_bills(tenant, n, at.date())
        vacuum()
        with override_settings(
            ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False, API_REQUESTS_PER_MINUTE=10**6
        ):
            client = Client(headers={"Authorization": f"Bearer {_key(tenant, at)}"})
            return [*_read(client), *_write(client, _draft(tenant))]


def _key(tenant: Tenant, at: datetime) -> str:
    with tenant_scope(tenant.pk):
        made = create_key(
            name="Benchmark",
            scopes=Scope.values,
            expires_at=None,
            at=at,
            actor=people_of(tenant)[0],
        )
    return made.secret


def _read(client: Client) -> list[Figure]:
    figures: list[Figure] = []
    for name, query in LISTS.items():
        figures += measured(name, partial(client.get, f"/api/v1/invoices/{query}"), "json")
    return figures


def _write(client: Client, draft: dict[str, Any]) -> list[Figure]:
    def post() -> Any:
        return client.post(
            "/api/v1/invoices/",
            draft,
            content_type="application/json",
            headers={"Idempotency-Key": secrets.token_hex(8)},
        )

    return measured("api_draft", post, "json")


def _draft(tenant: Tenant) -> dict[str, Any]:
    with tenant_scope(tenant.pk):
        customer = Customer.objects.order_by("pk").values_list("pk", flat=True)[0]
        code = TaxCode.objects.filter(rate="0.13").values_list("pk", flat=True)[0]
    lines = [
        {
            "description": f"技术服务 {number}",
            "quantity": "2.5",
            "unit_price": {"amount": "125.50", "currency": "CNY"},
            "tax_code": f"tax_{code}",
        }
        for number in (1, 2, 3)
    ]
    return {"customer": f"cus_{customer}", "lines": lines}
