"""Two people at once, each in a transaction of their own; made certain by barriers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.models import AuditEntry, Tenant
from core.tenancy import tenant_scope
from customers import operations
from customers.models import Customer
from customers.operations import CustomerDraft
from tests.conftest import NOON, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run the works at once; return what each gave, or the exception it ended with."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            results[place] = work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def creating(tenant: Tenant, name: str, code: str = "") -> Callable[[], Customer]:
    def work() -> Customer:
        with tenant_scope(tenant.pk):
            draft = CustomerDraft(name, code=code)
            return operations.create_customer(draft=draft, at=NOON, actor=None)

    return work


def test_generated_codes_are_unique_and_without_gap():
    tenant = make_tenant("acme")

    results = together(*(creating(tenant, f"Customer {n}") for n in range(4)))

    assert sorted(customer.code for customer in results) == ["C00001", "C00002", "C00003", "C00004"]


def test_one_of_two_gets_a_code_both_want():
    tenant = make_tenant("acme")

    results = together(creating(tenant, "One", "K-1"), creating(tenant, "Two", "K-1"))

    assert {type(result) for result in results} == {Customer, operations.CodeTaken}
    with tenant_scope(tenant.pk):
        assert Customer.objects.count() == 1


def test_two_companies_have_the_same_code():
    tenants = [make_tenant("acme"), make_tenant("rival", currency="EUR")]

    results = together(*(creating(tenant, "Same", "K-1") for tenant in tenants))

    assert sorted(customer.currency for customer in results) == ["CNY", "EUR"]


def test_one_of_two_editors_of_a_version_saves():
    tenant = make_tenant("acme")
    customer = creating(tenant, "Acme")()

    def editing(name: str) -> Callable[[], Customer]:
        def work() -> Customer:
            with tenant_scope(tenant.pk):
                return operations.update_customer(
                    customer=customer, version=1, changes={"name": name}, at=NOON, actor=None
                )

        return work

    results = together(editing("Mine"), editing("Hers"))

    saved = next(result for result in results if isinstance(result, Customer))
    refused = next(result for result in results if isinstance(result, operations.EditedMeanwhile))
    assert refused.current.name == saved.name
    assert refused.current.version == 2
    with tenant_scope(tenant.pk):
        assert AuditEntry.objects.filter(event="customer.changed").count() == 1


def test_two_imports_that_need_the_same_customers_make_them_once():
    tenant = make_tenant("acme")
    records = [(f"N{n}", f"Name {n}", "") for n in range(50)]

    def work() -> dict[str, Customer]:
        with tenant_scope(tenant.pk):
            return operations.ensure_customers(records=records, at=NOON, actor=None)

    first, second = together(work, work)

    assert {c.pk for c in first.values()} == {c.pk for c in second.values()}
    with tenant_scope(tenant.pk):
        assert Customer.objects.count() == 50
        assert AuditEntry.objects.filter(event="customer.created").count() == 50
