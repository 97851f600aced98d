"""Two people at one form: nothing is overwritten that was not seen."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, BankAccount, Membership, NumberFormat, Tenant, User
from core.tenancy import tenant_scope
from customers.models import PaymentTerm
from invoices.models import Product, TaxCode
from tests.factories import PaymentTermPartFactory, ProductFactory, TaxCodeFactory
from tests.opened import form_in, opened, seen_at, send

pytestmark = pytest.mark.django_db
AT = "/t/acme/settings/"


@pytest.fixture
def lina(members: dict[str, User]) -> Client:
    return signed_in(members["ADMIN"], "Li Na")


@pytest.fixture
def tom(tenant: Tenant, members: dict[str, User]) -> Client:
    other = User.objects.create_user("tom@acme.test")
    Membership.objects.create(tenant=tenant, user=other, roles=["ADMIN"])
    return signed_in(other, "Tom")


def signed_in(person: User, name: str) -> Client:
    User.objects.filter(pk=person.pk).update(name=name)
    client = Client()
    client.force_login(person)
    return client


def words(answer: Any) -> str:
    """Return what a person reads of the page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def rows_of(answer: Any) -> dict[str, tuple[str, str]]:
    """Return the table of what differs: what stands now and what was typed, by label."""
    differences = answer.context["seen"].conflict.differences
    return {one.label: (one.stands, one.typed) for one in differences}


@pytest.fixture
def product(tenant: Tenant) -> Product:
    with tenant_scope(tenant.pk):
        return ProductFactory(code="H", name="Hour", unit_price=Decimal(80), currency="CNY")


def url_of(product: Product) -> str:
    return f"/t/acme/invoices/products/{product.pk}/"


class TestAProduct:
    def test_the_second_sees_both_and_may_save_over_it(
        self, lina: Client, tom: Client, tenant: Tenant, product: Product
    ) -> None:
        url = url_of(product)
        hers, his = opened(lina, url), opened(tom, url)
        assert send(lina, hers, {"unit_price": "90", "unit": "h"}).status_code == 302
        answer = send(tom, his, {"unit_price": "95", "name": "Hours & more"})

        assert answer.status_code == 409
        assert rows_of(answer) == {"Unit": ("h", ""), "Unit price": ("90.00", "95.00")}
        text = words(answer)
        assert "Li Na saved this 1 minute ago." in text
        assert "Unit price 90.00 95.00" in text
        kept = dict(form_in(answer, url).values)
        assert (kept["unit_price"], kept["name"]) == ("95", "Hours & more")
        with tenant_scope(tenant.pk):
            product.refresh_from_db()
            assert (product.unit_price, product.name) == (90, "Hour")

        assert send(tom, form_in(answer, url), {}).status_code == 302
        with tenant_scope(tenant.pk):
            product.refresh_from_db()
            assert (product.unit_price, product.name) == (95, "Hours & more")
            last = AuditEntry.objects.filter(event="product.saved").latest("pk")
        assert [Decimal(one) for one in last.changes["unit_price"]] == [90, 95]

    def test_the_second_may_take_what_stands(
        self, lina: Client, tom: Client, tenant: Tenant, product: Product
    ) -> None:
        url = url_of(product)
        his = opened(tom, url)
        send(lina, opened(lina, url), {"unit_price": "90"})
        answer = send(tom, his, {"unit_price": "95"})
        assert f'href="{url}">Take what stands there' in answer.content.decode()
        again = opened(tom, url)
        assert dict(again.values)["unit_price"] == "90.00"
        assert send(tom, again, {"unit_price": "91"}).status_code == 302

    def test_a_third_saving_is_told_of_too(
        self, lina: Client, tom: Client, product: Product
    ) -> None:
        url = url_of(product)
        his = opened(tom, url)
        send(lina, opened(lina, url), {"unit_price": "90"})
        mine = form_in(send(tom, his, {"unit_price": "95"}), url)
        send(lina, opened(lina, url), {"unit_price": "92"})
        answer = send(tom, mine, {})
        assert answer.status_code == 409
        assert rows_of(answer) == {"Unit price": ("92.00", "95.00")}

    def test_a_change_of_nothing_that_would_be_overwritten_is_no_conflict(
        self, lina: Client, tom: Client, tenant: Tenant, product: Product
    ) -> None:
        url = url_of(product)
        his = opened(tom, url)
        send(lina, opened(lina, url), {"unit_price": "90"})
        lina.post(f"{url}switch/", {"active": "0"})
        assert send(tom, his, {"unit_price": "90.0", "name": "Hours"}).status_code == 302
        with tenant_scope(tenant.pk):
            product.refresh_from_db()
        assert (product.name, product.unit_price, product.is_active) == ("Hours", 90, False)

    def test_a_mistake_keeps_the_note_of_what_was_seen(
        self, lina: Client, tom: Client, product: Product
    ) -> None:
        url = url_of(product)
        his = opened(tom, url)
        send(lina, opened(lina, url), {"unit_price": "90"})
        mistaken = send(tom, his, {"unit_price": "x"})
        assert mistaken.status_code == 422
        assert send(tom, form_in(mistaken, url), {"unit_price": "95"}).status_code == 409

    def test_oneself_in_another_window_is_told_so(self, lina: Client, product: Product) -> None:
        url = url_of(product)
        stale = opened(lina, url)
        send(lina, opened(lina, url), {"unit_price": "90"})
        answer = send(lina, stale, {"unit_price": "95"})
        assert answer.status_code == 409
        assert "You saved this in another window" in words(answer)

    @pytest.mark.parametrize("note", [None, "x\x00", "other"])
    def test_without_a_note_of_this_page_nothing_is_saved(
        self, lina: Client, tenant: Tenant, product: Product, note: str | None
    ) -> None:
        if note == "other":
            with tenant_scope(tenant.pk):
                other = ProductFactory(code="O", tax_code=product.tax_code)
            note = seen_at(lina, url_of(other))["seen"]
        form = opened(lina, url_of(product))
        answer = send(lina, form, {"seen": note, "unit_price": "90"})
        assert answer.status_code == 422
        assert "Open it again" in words(answer)
        with tenant_scope(tenant.pk):
            product.refresh_from_db()
        assert product.unit_price == 80


@dataclass(frozen=True)
class Case:
    """A page of the settings, two changes of one thing, and how each reads afterwards."""

    name: str
    make: Callable[[], str]
    first: dict[str, Any]
    second: dict[str, Any]
    stands: Callable[[], Any]
    values: tuple[Any, Any]

    def __str__(self) -> str:
        return self.name


def _account() -> str:
    account = BankAccount.objects.create(holder="A", bank="ICBC", number="1", currency="CNY")
    return f"bank-accounts/{account.pk}/"


def _person() -> str:
    return f"people/{_biller().pk}/"


def _biller() -> Membership:
    return Membership.objects.get(user__email="biller@acme.test")


def _term_days() -> int:
    return PaymentTerm.objects.get().parts.get().days


CASES = [
    Case(
        "company",
        lambda: "company/",
        {"phone": "1"},
        {"phone": "2"},
        lambda: Tenant.objects.get(slug="acme").phone,
        ("1", "2"),
    ),
    Case(
        "bank account",
        _account,
        {"bank": "BOC"},
        {"bank": "CCB"},
        lambda: BankAccount.objects.get().bank,
        ("BOC", "CCB"),
    ),
    Case(
        "tax code",
        lambda: f"taxes/{TaxCodeFactory().pk}/",
        {"percent": "7"},
        {"percent": "8.5"},
        lambda: TaxCode.objects.get().rate,
        (Decimal("0.07"), Decimal("0.085")),
    ),
    Case(
        "terms",
        lambda: f"terms/{PaymentTermPartFactory(days=30).term.pk}/",
        {"parts-0-days": "31"},
        {"parts-0-days": "45"},
        _term_days,
        (31, 45),
    ),
    Case(
        "person",
        _person,
        {"roles": ["BILLER", "AUDITOR"]},
        {"roles": ["BILLER", "CASHIER"]},
        lambda: set(_biller().roles),
        ({"BILLER", "AUDITOR"}, {"BILLER", "CASHIER"}),
    ),
    Case(
        "numbers",
        lambda: "numbers/",
        {"invoice": "A-{year}-{number:05}"},
        {"invoice": "B-{year}-{number:05}"},
        lambda: NumberFormat.objects.get(kind="invoice").pattern,
        ("A-{year}-{number:05}", "B-{year}-{number:05}"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
class TestSettings:
    def test_the_second_of_two_sees_both_and_may_save_over_it(
        self, case: Case, lina: Client, tom: Client, tenant: Tenant
    ) -> None:
        url = self._url(case, tenant)
        his = opened(tom, url)
        assert send(lina, opened(lina, url), case.first).status_code == 302
        with CaptureQueriesContext(connection) as queries:
            answer = send(tom, his, case.second)
        assert answer.status_code == 409
        assert any("FOR NO KEY UPDATE" in one["sql"] for one in queries), "locked, then compared"
        (both,) = rows_of(answer).values()
        assert both[0] != both[1]
        assert f"{both[0]} {both[1]}" in words(answer)
        assert "Li Na saved this 1 minute ago." in words(answer)
        assert self._stands(case, tenant) == case.values[0]
        assert send(tom, form_in(answer, url), {}).status_code == 302
        assert self._stands(case, tenant) == case.values[1]

    def test_one_who_saves_twice_meets_nobody(
        self, case: Case, lina: Client, tenant: Tenant
    ) -> None:
        url = self._url(case, tenant)
        form = opened(lina, url)
        assert send(lina, form, case.first).status_code == 302
        assert send(lina, form, case.first).status_code == 302, "a double click"
        assert send(lina, opened(lina, url), case.second).status_code == 302
        assert self._stands(case, tenant) == case.values[1]

    @staticmethod
    def _url(case: Case, tenant: Tenant) -> str:
        with tenant_scope(tenant.pk):
            return AT + case.make()

    @staticmethod
    def _stands(case: Case, tenant: Tenant) -> Any:
        with tenant_scope(tenant.pk):
            return case.stands()
