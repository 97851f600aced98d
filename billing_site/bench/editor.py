"""How fast the bill editor answers while somebody types: totals, and saving by itself."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.test import Client
from django.urls import reverse

from billing_site.bench.company import add_customers, analyze, scratch_company
from billing_site.bench.pages import signed_in
from billing_site.bench.timing import Figure, milliseconds, percentiles, seconds
from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import TaxCode
from invoices.operations.products import add_products

CUSTOMERS, PRODUCTS = 5000, 500
REQUESTS = 60


def bench_editor(n: int, at: datetime) -> list[Figure]:
    """Type into a bill of ``n`` lines, with 5,000 customers and 500 products to choose from."""
    with scratch_company(at) as tenant:
        add_customers(tenant, CUSTOMERS)
        _add_products(tenant, at)
        analyze()
        with signed_in(tenant) as client:
            return _type(client, tenant, n)


def _add_products(tenant: Tenant, at: datetime) -> None:
    with tenant_scope(tenant.pk):
        tax = TaxCode.objects.get(rate=Decimal("0.13"))
        rows = [
            {
                "code": f"P{n:04}",
                "name": f"技术服务 {n}",
                "description": "",
                "unit": "月",
                "unit_price": Decimal(100 + n),
                "currency": "CNY",
                "tax_code_id": tax.pk,
            }
            for n in range(1, PRODUCTS + 1)
        ]
        add_products(rows=rows, at=at, actor=None)


def _type(client: Client, tenant: Tenant, lines: int) -> list[Figure]:
    form = _form(tenant, lines)

    def post(name: str, query: str = "", **changed: str) -> Any:
        answer = client.post(
            reverse(f"invoices:{name}", args=[tenant.slug]) + query, form | changed
        )
        assert answer.status_code == 200, answer.content[:300]  # noqa: PLR2004, S101
        return answer.json()

    saved = post("keep")["saved"]
    assert saved["state"] == "SAVED", saved  # noqa: S101
    form |= {f"{prefix}-line_id": str(pk) for prefix, pk in saved["lines"].items()}
    typed, version = count(1), saved["version"]
    totals, keeps = [], []
    for _run in range(REQUESTS):
        price = {"lines-0-unit_price": f"{next(typed)}.5"}
        totals.append(seconds(lambda: post("totals", saved["asks"], **price))[1])  # noqa: B023
        answer, took = seconds(lambda: post("keep", saved["asks"], version=str(version), **price))  # noqa: B023
        version = answer["saved"]["version"]
        keeps.append(took)
    address = reverse("invoices:customer_choices", args=[tenant.slug])
    finds = [
        seconds(lambda: client.get(address, {"q": f"shcskh{number}"}))[1]  # noqa: B023
        for number in range(1, REQUESTS)
    ]
    page, opened = seconds(lambda: client.get(saved["url"]))
    _answer, products = seconds(
        lambda: client.get(reverse("invoices:product_choices", args=[tenant.slug]))
    )
    return [
        *percentiles("editor_totals", totals),
        *percentiles("editor_autosave", keeps),
        *percentiles("editor_find_customer", finds),
        milliseconds("editor_products", products),
        milliseconds("editor_open", opened),
        Figure("editor_html", len(page.content) // 1024, "KB"),
    ]


def _form(tenant: Tenant, lines: int) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        customer = Customer.objects.order_by("pk").values_list("pk", flat=True)[CUSTOMERS // 2]
        code = TaxCode.objects.filter(rate="0.13").values_list("pk", flat=True).first()
    form = {
        "once": "6f1c6b7e-6a4d-4ed6-9b9a-3c0e1e2b7f00",
        "customer": str(customer),
        "discount": "5%",
        "lines-TOTAL_FORMS": str(lines),
        "lines-INITIAL_FORMS": "0",
    }
    for index in range(lines):
        row = {
            "position": str(index + 1),
            "product": f"P{index + 1:04}",
            "description": f"技术服务 {index + 1}",
            "quantity": "2",
            "unit_price": "=1000/8",
            "discount": "10%" if index % 2 else "",
            "tax_code": str(code),
        }
        form |= {f"lines-{index}-{name}": value for name, value in row.items()}
    return form
