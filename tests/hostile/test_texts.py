"""Texts nobody should send, and fields nobody asked for: on pages and to the API."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from django.db import connection
from django.test import Client

from core.models import SavedView, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Invoice, Product
from tests.api.conftest import Program
from tests.crawl.hostile import XSS
from tests.factories import CustomerFactory, TaxCodeFactory
from tests.hostile.forms_with_ids import BILL, CUSTOMER
from tests.world import SECRET

pytestmark = pytest.mark.django_db
BASE = "/t/acme"
NFC, NFD = "Café Zürich GmbH", unicodedata.normalize("NFD", "Café Zürich GmbH")
UNSEEN = "\u202e\u202d\u2066\u2069\u200b\u2060\ufeff"


def names_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Customer.objects.order_by("pk").values_list("name", flat=True))


class TestTexts:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("a\x00b", None),
            ("x" * 201, None),
            ("x" * 1_000_000, None),
            (" \t\r\n\u3000 ", None),
            (UNSEEN, None),
            (f"Acme{UNSEEN} Ltd", "Acme Ltd"),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            (NFD, NFC),
            ("李娜 🧾👩‍💼 ООО", "李娜 🧾👩‍💼 ООО"),
            ("می‌خواهم", "می‌خواهم"),
            (XSS, XSS),
        ],
        ids=lambda text: ascii(text)[:24],
    )
    def test_a_name_on_a_page(
        self, boss: Client, tenant: Tenant, typed: str, kept: str | None
    ) -> None:
        answer = boss.post(f"{BASE}/customers/new/", CUSTOMER | {"name": typed})
        assert answer.status_code == (422 if kept is None else 302)
        assert names_of(tenant) == ([] if kept is None else [kept])
        assert len(answer.content) < 1_500_000
        if kept is not None:
            page = boss.get(answer["Location"]).content.decode()
            assert XSS not in page
            assert not set(UNSEEN) & set(page)

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("a\x00b", None),
            ("a\x1bb", None),
            ("x" * 201, None),
            ("x" * 1_000_000, None),
            (" \u3000 ", None),
            (f"Acme{UNSEEN} Ltd", None),
            (NFD, NFC),
            ("李娜 🧾👩‍💼 ООО", "李娜 🧾👩‍💼 ООО"),
            (XSS, XSS),
        ],
        ids=lambda text: ascii(text)[:24],
    )
    def test_a_name_by_the_api(
        self, program: Program, tenant: Tenant, typed: str, kept: str | None
    ) -> None:
        answer = program.post("customers/", {"name": typed}, status=422 if kept is None else 201)
        assert names_of(tenant) == ([] if kept is None else [kept])
        if kept is None:
            assert [one["pointer"] for one in answer.json()["errors"]] == ["/name"]
        else:
            assert answer.json()["name"] == kept

    def test_halves_of_signs_on_a_page_become_a_sign_that_says_so(
        self, boss: Client, tenant: Tenant
    ) -> None:
        body = "&".join(f"{name}={value}" for name, value in CUSTOMER.items() if name != "name")
        for raw in ("%ED%A0%80", "%FF%FE", "%C3"):
            answer = boss.post(
                f"{BASE}/customers/new/",
                f"name=A{raw}&{body}",
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code == 302
        assert all("\ufffd" in name for name in names_of(tenant))

    def test_what_looks_the_same_is_the_same(
        self, boss: Client, program: Program, tenant: Tenant
    ) -> None:
        with tenant_scope(tenant.pk):
            tax = TaxCodeFactory(is_default=True)
        fields = {"name": "X", "unit_price": "1", "currency": "CNY", "tax_code": tax.pk}
        for code, status in (("CAFÉ-1", 302), ("CAFE\u0301-1", 422), ("CAFÉ\u200b-1", 422)):
            answer = boss.post(f"{BASE}/invoices/products/new/", fields | {"code": code})
            assert answer.status_code == status, ascii(code)
        price = {"amount": "1.00", "currency": "CNY"}
        twin = {
            "code": "cafe\u0301-1",
            "name": "X",
            "unit_price": price,
            "tax_code": f"tax_{tax.pk}",
        }
        refused = program.post("products/", twin, status=422).json()
        assert [one["pointer"] for one in refused["errors"]] == ["/code"]
        first = boss.post(f"{BASE}/customers/new/", CUSTOMER | {"name": NFC, "code": "É1"})
        assert first.status_code == 302, first.context["form"].errors
        again = boss.post(f"{BASE}/customers/new/", CUSTOMER | {"name": NFD, "code": "E\u03011"})
        assert again.status_code == 422
        assert [one.name for one in again.context["form"].duplicates] == [NFC]
        sure = CUSTOMER | {"name": NFD, "code": "E\u03011", "same_anyway": "on"}
        assert boss.post(f"{BASE}/customers/new/", sure).status_code == 422, "the code is taken"
        with tenant_scope(tenant.pk):
            assert Product.objects.count() == Customer.objects.count() == 1

    @pytest.mark.parametrize("asked", [NFC, NFD, "cafe\u0301 zu\u0308rich", "ＣＡＦÉ　zürich"])
    def test_search_finds_either_writing(self, boss: Client, tenant: Tenant, asked: str) -> None:
        boss.post(f"{BASE}/customers/new/", CUSTOMER | {"name": NFD})
        for path in ("search/", "customers/", "customers/search/", "invoices/choices/customers/"):
            page = boss.get(f"{BASE}/{path}", {"q": asked})
            found = page.content.decode()
            if page["Content-Type"].startswith("application/json"):
                found = json.dumps(page.json(), ensure_ascii=False)
            assert NFC in found, path

    def test_names_of_views_and_notes_too(
        self, boss: Client, tenant: Tenant, customer: Customer
    ) -> None:
        fields = {"name": f"A\u202e{NFD}", "list": "customers", "query": "", "columns": ""}
        boss.post(f"{BASE}/views/new/", fields)
        boss.post(f"{BASE}/customers/{customer.pk}/notes/", {"body": f"B\u2066{NFD}"})
        with tenant_scope(tenant.pk):
            assert SavedView.objects.get().name == f"A{NFC}"
        assert f"B{NFC}" in boss.get(f"{BASE}/customers/{customer.pk}/").content.decode()


class TestMassAssignment:
    """Fields nobody asked for: refused by the API, without effect on pages."""

    FIELDS = {
        "tenant": 2, "tenant_id": 2, "status": "ARCHIVED", "state": "ISSUED", "id": "cus_1",
        "pk": 1, "number": "INV-1", "version": 99, "is_staff": True, "is_superuser": True,
        "is_operator": True, "total_amount": "0", "open_amount": "0", "created_at": "2020-01-01",
        "approved_by": 1, "owner": 1, "search_key": "x", "source": "IMPORT", "__class__": "x",
    }  # fmt: skip

    @pytest.mark.parametrize("name", FIELDS)
    def test_the_api_refuses_each(self, program: Program, customer: Customer, name: str) -> None:
        price = {"amount": "1.00", "currency": "CNY"}
        who = f"cus_{customer.pk}"
        known = {"customers/": {"owner"}}
        for path, body in (
            ("customers/", {"name": "X"}),
            (f"customers/{who}/contacts/", {"name": "X"}),
            ("products/", {"code": "X", "name": "X", "unit_price": price}),
            ("charges/", {"customer": who, "service_date": "2026-03-01", "description": "X",
                          "unit_price": price}),
            ("invoices/", {"customer": who}),
            ("receipts/", {"customer": who, "received_on": "2026-03-01", "amount": price}),
        ):  # fmt: skip
            if name in known.get(path, set()):
                continue
            answer = program.post(path, body | {name: self.FIELDS[name]}, status=422)
            assert f"/{name}" in [one["pointer"] for one in answer.json()["errors"]], path
        answer = program.patch(f"customers/{who}/", {name: self.FIELDS[name]}, status=422)
        nested = {"customer": who, "lines": [{"description": "X", "unit_price": price, name: 1}]}
        program.post("invoices/", nested, status=422)

    def test_pages_do_not_listen(
        self, boss: Client, tenant: Tenant, customer: Customer, members: dict[str, User]
    ) -> None:
        extra = {name: str(value) for name, value in self.FIELDS.items() if name != "version"}
        edited = CUSTOMER | {"name": "Renamed", "code": "C7", "version": "1"}
        assert boss.post(
            f"{BASE}/customers/{customer.pk}/edit/", extra | edited
        ).status_code == 302  # fmt: skip
        written = boss.post(
            f"{BASE}/invoices/new/", extra | BILL | {"customer": str(customer.pk), "version": ""}
        )
        assert written.status_code == 302
        boss.post("/profile/", extra | {"name": "X", "language": "en"})
        with tenant_scope(tenant.pk):
            after = Customer.objects.get()
            assert (after.name, after.status, after.version) == ("Renamed", "ACTIVE", 2)
            assert (after.tenant_id, after.owner) == (tenant.pk, None)
            bill = Invoice.objects.get()
            assert (bill.state, bill.number, bill.version) == ("DRAFT", "", 1)
            assert bill.source != "IMPORT"
        person = User.objects.get(pk=members[Role.ADMIN].pk)
        assert not any((person.is_operator, getattr(person, "is_staff", False)))


INJECTED = [
    "' OR 1=1 --",
    "OURS' UNION SELECT name FROM customers_customer --",
    "'; SELECT set_config('app.tenant', '2', true); --",
    "x') OR (SELECT set_config('app.tenant', '2', true)) IS NOT NULL --",
    "%' OR name LIKE '%SECRET",
    "\\",
    "$$ || pg_sleep(5) || $$",
]


PLACES = [
    "search/", "customers/", "customers/search/", "invoices/", "receipts/", "invoices/charges/",
    "messages/", "settings/history/", "reports/aging/", "invoices/choices/customers/",
    "invoices/choices/products/",
]  # fmt: skip


@pytest.mark.parametrize(
    "count", [1, pytest.param(len(INJECTED), marks=pytest.mark.slow)], ids=["in turn", "all"]
)
def test_no_statement_is_made_of_what_was_typed(
    boss: Client, program: Program, other_tenant: Tenant, count: int
) -> None:
    with tenant_scope(other_tenant.pk):
        CustomerFactory(name=SECRET)
    for number, path in enumerate(PLACES):
        for text in (*INJECTED, *INJECTED)[number % len(INJECTED) :][:count]:
            asked = dict.fromkeys(("q", "sort", "currency", "customer", "view"), text)
            answer = boss.get(f"{BASE}/{path}", asked)
            assert answer.status_code in {200, 422}, (path, text)
            assert SECRET not in answer.content.decode().replace(text, ""), (path, text)
    for text in INJECTED:
        answer = program.client.get("/api/v1/customers/", {"q": text}, headers=program.headers)
        assert answer.status_code in {200, 400}
        assert SECRET not in answer.content.decode().replace(text, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenant()")
        assert cursor.fetchone() == (None,)


def test_no_page_allows_scripts_of_its_own(boss: Client, tenant: Tenant) -> None:
    pages = ["/accounts/login/", "/b/x/", "/sign-up/", "/companies/", "/profile/"]
    inside = ["", "customers/", "customers/new/", "invoices/new/", "receipts/new/", "settings/"]
    for url in [*pages, *(f"{BASE}/{path}" for path in inside), f"{BASE}/nothing-here/"]:
        answer = boss.get(url)
        rule = answer["Content-Security-Policy"]
        rules = dict(part.strip().split(" ", 1) for part in rule.split(";") if part.strip())
        assert rules["script-src"] == "'self'", url
        assert rules["object-src"] == rules["base-uri"] == rules["default-src"] == "'none'"
        assert "unsafe" not in rule
        assert answer["X-Content-Type-Options"] == "nosniff"
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json)", text), url
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", text), url
