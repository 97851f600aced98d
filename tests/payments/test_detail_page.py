"""A receipt's page: allocating the rest, undoing, reversing."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from core.tenancy import tenant_scope
from ledger.models import Allocation
from payments import operations, queries
from payments.enums import ReceiptState
from tests.conftest import NOON
from tests.payments.pages import (
    left_of,
    owed,
    receipts,
    received,
    text,
    url,
    value_of,
)


def test_detail_shows_all_about_it(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"}, note="by phone")

    page = text(cashier.get(url(f"{receipt.pk}/")))

    for word in (receipt.number, "Acme Trading", "Partly used", "INV-1", "60.00", "40.00"):
        assert word in page
    for word in ("by phone", "Allocate the rest", "Bank and cash", f"Receipt {receipt.number}"):
        assert word in page
    assert "Undo its allocations first." in page
    assert cashier.get(url(f"by-item/{receipt.item_id}/")).url == url(f"{receipt.pk}/")
    assert cashier.get(url(f"by-item/{item.pk}/")).status_code == 404


def test_who_may_only_look_gets_no_buttons(tenant, client, members, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"})
    client.force_login(members["AUDITOR"])

    page = text(client.get(url(f"{receipt.pk}/")))

    assert "INV-1" in page
    assert "Allocate the rest" not in page
    assert "Undo the allocation" not in page


def test_rest_is_allocated_later_once(tenant, cashier, customer):
    receipt = received(tenant, customer, "100.00")
    item = owed(tenant, customer, "80.00", "INV-1")
    page = cashier.get(url(f"{receipt.pk}/"))
    sent = {n: value_of(page, n) for n in ("once", "suggested", "seen", f"apply_{item.pk}")}
    assert sent[f"apply_{item.pk}"] == "80.00"

    first = cashier.post(url(f"{receipt.pk}/allocate/"), sent, follow=True)
    second = cashier.post(url(f"{receipt.pk}/allocate/"), sent)

    assert "CNY 80.00 was applied." in text(first)
    assert second.status_code in (302, 422)
    assert left_of(tenant, item) == 0
    with tenant_scope(tenant.pk):
        assert Allocation.objects.count() == 1


def test_allocating_nothing_or_too_much_says_so(tenant, cashier, customer):
    receipt = received(tenant, customer, "100.00")
    item = owed(tenant, customer, "80.00", "INV-1")
    path = url(f"{receipt.pk}/allocate/")

    nothing = cashier.post(path, {"suggested": "-"})
    assert nothing.status_code == 422
    assert "Nothing is applied yet." in text(nothing)
    much = cashier.post(path, {f"apply_{item.pk}": "80.01"})
    assert much.status_code == 422
    assert "Only 80.00 of it is open." in text(much)
    assert value_of(much, f"apply_{item.pk}") == "80.01"
    assert left_of(tenant, item) == Decimal(80)


def test_undo_says_what_it_does_and_does_it_once(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    receipt = received(tenant, customer, "100.00", {item.pk: "60.00"})
    with tenant_scope(tenant.pk):
        path = url(f"allocations/{Allocation.objects.get().pk}/undo/")

    asked = text(cashier.get(path))
    assert "INV-1 becomes open again by CNY 60.00." in asked
    assert left_of(tenant, item) == Decimal(20)
    done = text(cashier.post(path, follow=True))
    assert "INV-1 is open again by CNY 60.00." in done
    assert "Undone on" in done
    again = cashier.post(path)
    assert again.status_code == 422
    assert "undone before" in text(again)
    assert left_of(tenant, item) == Decimal(80)
    assert left_of(tenant, receipt.item) == Decimal(-100)
    with tenant_scope(tenant.pk):
        undoing = Allocation.objects.get(undoes__isnull=False)
    assert cashier.post(url(f"allocations/{undoing.pk}/undo/")).status_code == 404


def test_reverse_needs_a_reason_and_nothing_allocated(tenant, cashier, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    used = received(tenant, customer, "60.00", {item.pk: "60.00"})
    free = received(tenant, customer, "40.00")

    page = cashier.post(url(f"{used.pk}/reverse/"), {"reason": "wrong"})
    assert page.status_code == 422
    assert "Undo its allocations first." in text(page)
    assert value_of(page, "reason") == "wrong"
    assert cashier.post(url(f"{free.pk}/reverse/"), {"reason": " "}).status_code == 422
    done = text(cashier.post(url(f"{free.pk}/reverse/"), {"reason": "bounced"}, follow=True))
    assert "was reversed" in done
    assert "bounced" in done
    assert cashier.post(url(f"{free.pk}/reverse/"), {"reason": "again"}).status_code == 422
    states = {receipt.pk: receipt.state for receipt in receipts(tenant)}
    assert states == {used.pk: ReceiptState.POSTED, free.pk: ReceiptState.REVERSED}


def test_what_settled_a_debt_is_asked_by_its_item(tenant, customer):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "30.00", {item.pk: "30.00"})
    undone = received(tenant, customer, "20.00", {item.pk: "20.00"})
    with tenant_scope(tenant.pk):
        allocation = queries.allocations_of(undone)[0]
        operations.undo_allocation(
            allocation=allocation, day=NOON.date(), at=timezone.now(), actor=None
        )

        rows = [(one.amount, one.undone_on) for one in queries.of_item(item.pk)]

    assert rows == [(Decimal(20), NOON.date()), (Decimal(30), None)]
