"""What is fixed stays, of two at once one wins, and what is too much is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.models import Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices import operations
from invoices.models import Invoice
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.factories import TaxCodeFactory
from tests.hostile.forms_with_ids import BILL, CUSTOMER
from tests.invoices.helpers import approved, draft, issued
from tests.test_access_matrix import STAFF, address

pytestmark = pytest.mark.django_db
BASE = "/t/acme"


class TestWhatIsFixed:
    """A bill that was issued: neither page nor program changes or deletes it."""

    @pytest.fixture
    def bill(self, tenant: Tenant, members: dict[str, User]) -> Invoice:
        with tenant_scope(tenant.pk):
            return issued(members[Role.BILLER], members[Role.APPROVER])

    def test_by_the_api(self, program: Program, tenant: Tenant, bill: Invoice) -> None:
        path = f"invoices/inv_{bill.pk}/"
        program.patch(path, {"note": "changed"}, status=409)
        program.patch(path, {"lines": []}, status=409)
        program("delete", path, status=409)
        program("put", path, status=405)
        for step in ("submit", "approve", "withdraw", "issue"):
            program.post(f"{path}{step}/", status=409)
        self._stands(tenant, bill)

    def test_by_pages(self, boss: Client, tenant: Tenant, bill: Invoice) -> None:
        fields = BILL | {"customer": str(bill.customer_id), "version": str(bill.version)}
        edited = boss.post(f"{BASE}/invoices/{bill.pk}/edit/", fields)
        assert edited.status_code in {302, 409, 422}
        kept = boss.post(f"{BASE}/invoices/keep/", fields | {"invoice": str(bill.pk)})
        assert kept.status_code < 500
        for step in ("delete", "submit", "approve", "withdraw", "issue", "return"):
            answer = boss.post(f"{BASE}/invoices/{bill.pk}/{step}/", {"reason": "PRICE"})
            assert answer.status_code in {302, 409, 422}, step
        self._stands(tenant, bill)

    def _stands(self, tenant: Tenant, bill: Invoice) -> None:
        with tenant_scope(tenant.pk):
            after = Invoice.objects.get(pk=bill.pk)
            for name in ("state", "number", "total_amount", "note", "version", "issue_date"):
                assert getattr(after, name) == getattr(bill, name), name
            assert after.lines.count() == bill.lines.count() == 1


def test_a_draft_typed_in_two_tabs_is_saved_once(
    boss: Client, tenant: Tenant, members: dict[str, User]
) -> None:
    """The back button: the form of before names a version that is over, and overwrites nothing."""
    with tenant_scope(tenant.pk):
        TaxCodeFactory(is_default=True)
        bill = draft(members[Role.ADMIN])
    fields = BILL | {"customer": str(bill.customer_id), "version": str(bill.version)}
    first = boss.post(f"{BASE}/invoices/{bill.pk}/edit/", fields | {"note": "first"})
    second = boss.post(f"{BASE}/invoices/{bill.pk}/edit/", fields | {"note": "second"})
    assert (first.status_code, second.status_code) == (302, 422)
    assert "first" in second.content.decode()
    with tenant_scope(tenant.pk):
        assert Invoice.objects.get().note == "first"


@pytest.mark.django_db(transaction=True)
def test_issuing_while_another_takes_it_back(
    tenant: Tenant, members: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read it as approved and meet before its lock: one is done, the other is told."""
    with tenant_scope(tenant.pk):
        bill = approved(members[Role.BILLER], members[Role.APPROVER])
    barrier = Barrier(2)
    for module, name in (("issue", "lock_accounts"), ("review", "lock_account")):
        _meet(monkeypatch, f"invoices.operations.{module}", name, barrier)

    def run(act: Callable[[], Any]) -> Any:
        try:
            with tenant_scope(tenant.pk):
                return act()
        except operations.InvoiceRefusal as refused:
            return refused
        finally:
            connection.close()

    acts = (
        lambda: operations.issue(invoice=bill, at=NOON, actor=members[Role.BILLER]),
        lambda: operations.return_(
            invoice=bill, reason="PRICE", at=NOON, actor=members[Role.ADMIN]
        ),
    )
    with ThreadPoolExecutor(2) as pool:
        issue, taken_back = pool.map(run, acts)
    assert {type(issue), type(taken_back)} == {Invoice, operations.WrongState}
    with tenant_scope(tenant.pk):
        after = Invoice.objects.get(pk=bill.pk)
        assert (after.state, bool(after.number)) in {("ISSUED", True), ("RETURNED", False)}
        assert (after.state == "ISSUED") == isinstance(issue, Invoice)


def _meet(monkeypatch: pytest.MonkeyPatch, module: str, name: str, barrier: Barrier) -> None:
    """Let whoever comes to the lock wait for the other."""
    operation = import_module(module)
    original = getattr(operation, name)

    def wait(*args: Any, **kwargs: Any) -> Any:
        with suppress(BrokenBarrierError):
            barrier.wait(5)
        return original(*args, **kwargs)

    monkeypatch.setattr(operation, name, wait)


class TestTooMuch:
    def test_ten_thousand_fields(self, boss: Client, tenant: Tenant) -> None:
        fields = CUSTOMER | {"name": "X"} | {f"f{number}": "1" for number in range(10_000)}
        answer = boss.post(f"{BASE}/customers/new/", fields)
        assert answer.status_code == 400
        assert "<html" in answer.content.decode(), "a page of ours"
        query = "&".join(f"f{number}=1" for number in range(10_000))
        assert boss.get(f"{BASE}/customers/?{query}").status_code == 400
        with tenant_scope(tenant.pk):
            assert not Customer.objects.exists()

    def test_six_megabytes(self, boss: Client, tenant: Tenant) -> None:
        for sort in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
            body = b"name=" + b"x" * 6 * 1024 * 1024
            answer = boss.post(f"{BASE}/customers/new/", body, content_type=sort)
            assert answer.status_code in {400, 413, 422}, sort
        with tenant_scope(tenant.pk):
            assert not Customer.objects.exists()

    def test_a_body_in_many_parts(self, boss: Client, tenant: Tenant) -> None:
        part = '--B\r\nContent-Disposition: form-data; name="f{0}"; filename="{0}"\r\n\r\nx\r\n'
        body = "".join(part.format(number) for number in range(500)) + "--B--"
        kind = "multipart/form-data; boundary=B"
        answer = boss.post(f"{BASE}/customers/new/", body.encode(), content_type=kind)
        assert answer.status_code == 400
        broken = boss.post(f"{BASE}/customers/new/", b"x", content_type="multipart/form-data")
        assert broken.status_code == 400

    def test_a_packed_body_is_not_unpacked(self, boss: Client, program: Program) -> None:
        bomb = gzip.compress(b"name=" + b"x" * 50_000_000)
        headers = {"content-encoding": "gzip"}
        answer = boss.post(
            f"{BASE}/customers/new/",
            bomb,
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        assert answer.status_code in {400, 422}
        answer = program.client.post(
            "/api/v1/customers/",
            gzip.compress(b'{"name": "X"}'),
            content_type="application/json",
            headers=program.headers | headers,
        )
        assert answer.status_code in {400, 415}

    def test_numbers_of_thousands_of_digits(self, boss: Client, tenant: Tenant) -> None:
        digits = "9" * 5000
        with tenant_scope(tenant.pk):
            TaxCodeFactory(is_default=True)
        for name in ("version", "lines-TOTAL_FORMS", "lines-0-position", "customer", "mine"):
            answer = boss.post(f"{BASE}/invoices/new/", BILL | {name: digits, "more": "1"})
            assert answer.status_code < 500, name

    @pytest.mark.slow
    def test_such_numbers_in_addresses(self, boss: Client, tenant: Tenant) -> None:
        digits = "9" * 5000
        for path, name, _entry in STAFF:
            if path.count("<") == 1:
                url = address(path, tenant.slug, name, None)
                asked = dict.fromkeys(("page", "invoice", "customer", "item", "before"), digits)
                assert boss.get(url, asked).status_code < 500, url
