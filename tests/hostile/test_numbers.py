"""Numbers, days and questions nobody should send: on pages and to the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Charge, Invoice
from payments.models import Receipt
from tests.api.conftest import Program
from tests.hostile.forms_with_ids import BILL, CHARGE, LINES, RECEIPT

pytestmark = pytest.mark.django_db
BASE = "/t/acme"
NUMBERS = [
    "1e3",
    "１２",
    "NaN",
    "Infinity",
    "1_000",
    "0x10",
    "9" * 40,
    "1.2.3",
    "--1",
    "1 2 3",
    "٣",
]


class TestNumbers:
    @pytest.mark.parametrize("amount", [*NUMBERS, "-0", "-1", "0", "", "1.234,56"])
    def test_no_receipt_of_it(
        self, boss: Client, program: Program, tenant: Tenant, customer: Customer, amount: str
    ) -> None:
        fields = RECEIPT | {"customer": str(customer.pk), "amount": amount}
        assert boss.post(f"{BASE}/receipts/new/", fields).status_code == 422
        body = {
            "customer": f"cus_{customer.pk}",
            "received_on": "2026-03-01",
            "amount": {"amount": amount, "currency": "CNY"},
        }
        program.post("receipts/", body, status=422)
        with tenant_scope(tenant.pk):
            assert not Receipt.objects.exists()

    @pytest.mark.parametrize(
        "given",
        [
            ("JPY", "1.5", ""), ("JPY", "1.000", "1"), ("KWD", "1.2345", ""),
            ("KWD", "1.234", "1.234"), ("CNY", "1.001", ""), ("CNY", "1.10", "1.10"),
        ],
    )  # fmt: skip
    def test_places_are_the_currencys(
        self, boss: Client, program: Program, customer: Customer, given: tuple[str, str, str]
    ) -> None:
        currency, amount, kept = given
        fields = RECEIPT | {
            "customer": str(customer.pk),
            "currency": currency,
            "amount": amount,
        }
        page = boss.post(f"{BASE}/receipts/new/", fields)
        assert page.status_code == (302 if kept else 422)
        body = {
            "customer": f"cus_{customer.pk}",
            "received_on": "2026-03-01",
            "amount": {"amount": amount, "currency": currency},
        }
        program.post("receipts/", body, status=201 if kept else 422)
        with tenant_scope(customer.tenant_id):
            stored = list(Receipt.objects.values_list("amount", flat=True))
        assert stored == ([Decimal(kept)] * 2 if kept else [])

    # A price may be typed as a sum, in full-width digits too: what was read of it is shown.
    @pytest.mark.parametrize("number", [*sorted({*NUMBERS} - {"１２", "--1"}), "1" + "0" * 14])
    def test_no_price_of_it(
        self, boss: Client, program: Program, tenant: Tenant, customer: Customer, number: str
    ) -> None:
        for name in ("lines-0-unit_price", "lines-0-quantity"):
            fields = BILL | {"customer": str(customer.pk), name: number}
            answer = boss.post(f"{BASE}/invoices/new/", fields)
            assert answer.status_code == 422, (name, ascii(number))
        price = {"amount": number, "currency": "CNY"}
        lines = [{"description": "X", "unit_price": price}]
        body = {"customer": f"cus_{customer.pk}", "lines": lines}
        program.post("invoices/", body, status=422)
        with tenant_scope(tenant.pk):
            assert not Invoice.objects.exists()


DAYS = [
    "0001-01-01", "1969-12-31", "2101-01-01", "9999-12-31", "2026-02-29", "2026-02-31",
    "2026-13-01", "2026-00-10", "26-1-1", "2026/03/01", "01.03.2026", "20260301",
    "2026-03-01T00:00:00", "today", "-1", "1e5",
]  # fmt: skip


class TestDays:
    @pytest.mark.parametrize("day", DAYS)
    def test_no_day_at_all(
        self, boss: Client, program: Program, tenant: Tenant, customer: Customer, day: str
    ) -> None:
        pages: list[tuple[str, dict[str, str]]] = [
            ("invoices/charges/new/", CHARGE | {"service_date": day}),
            ("receipts/new/", RECEIPT | {"received_on": day}),
            ("invoices/new/", LINES | {"lines-0-service_from": day}),
        ]
        for path, fields in pages:
            answer = boss.post(f"{BASE}/{path}", fields | {"customer": str(customer.pk)})
            assert answer.status_code == 422, path
        price = {"amount": "1.00", "currency": "CNY"}
        who = f"cus_{customer.pk}"
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("charges/", {"service_date": day, "description": "X", "unit_price": price}),
            ("receipts/", {"received_on": day, "amount": price}),
            ("invoices/", {"lines": [
                {"description": "X", "unit_price": price, "service_from": day}]}),
        ]  # fmt: skip
        for path, body in bodies:
            program.post(path, body | {"customer": who}, status=422)
        with tenant_scope(tenant.pk):
            assert not Charge.objects.exists()
            assert not Receipt.objects.exists()

    def test_leap_days_and_what_ends_before_it_begins(
        self, boss: Client, tenant: Tenant, customer: Customer
    ) -> None:
        fields = CHARGE | {"customer": str(customer.pk), "service_date": "2024-02-29"}
        assert boss.post(f"{BASE}/invoices/charges/new/", fields).status_code == 302
        with tenant_scope(tenant.pk):
            assert Charge.objects.get().service_date == date(2024, 2, 29)
        turned = {"lines-0-service_from": "2026-03-02", "lines-0-service_to": "2026-03-01"}
        answer = boss.post(f"{BASE}/invoices/new/", BILL | turned | {"customer": str(customer.pk)})
        assert "Ends before it begins." in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=0", "limit=201", "limit=1e9", "limit=１", "limit=", "limit=99999",
        "cursor=x", "cursor=-1", "cursor=%00", "cursor=" + "A" * 5000, "offset=-1", "page=10000000",
        "sort=password", "ordering=-tenant__slug", "filter[a][b]=1", "tenant=2", "q=%00",
        "customer__tenant__slug=rival", "fields=secret_hash",
    ],
)  # fmt: skip
def test_no_question_to_the_api_is_an_error_of_ours(program: Program, query: str) -> None:
    for path in ("customers/", "invoices/", "receipts/", "open-items/", "jobs/", "charges/"):
        answer = program.client.get(f"/api/v1/{path}?{query}", headers=program.headers)
        assert answer.status_code == 400, (path, query, answer.content)
        assert answer.json()["code"]
