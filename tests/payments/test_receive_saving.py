"""Saving a receipt by page: what is refused where, and that nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.models import AuditEntry, BankAccount
from core.tenancy import tenant_scope
from ledger.models import Allocation
from ledger.operations import close_period
from tests.factories import CustomerFactory
from tests.payments.pages import (
    left_of,
    owed,
    receipts,
    received,
    text,
    typed,
    url,
    value_of,
)


def test_save_records_allocates_and_tells(tenant, cashier, customer, today):
    with tenant_scope(tenant.pk):
        account = BankAccount.objects.create(
            currency="CNY", holder="Acme", bank="ICBC", number="6222000012345678"
        )
    item = owed(tenant, customer, "80.00", "INV-1")
    data = typed(
        customer,
        today,
        amount="1,000.00",
        bank_account=str(account.pk),
        reference="INV-1",
        payer_name="Group",
        note="by phone",
    )

    answer = cashier.post(url("new/"), data | {f"apply_{item.pk}": "80"}, follow=True)

    [receipt] = receipts(tenant)
    assert answer.redirect_chain == [(url(f"{receipt.pk}/"), 302)]
    assert (receipt.amount, receipt.bank_account_id) == (Decimal(1000), account.pk)
    assert (receipt.reference, receipt.payer_name, receipt.note) == ("INV-1", "Group", "by phone")
    assert left_of(tenant, item) == 0
    assert "CNY 920.00 is unused" in text(answer)
    with tenant_scope(tenant.pk):
        assert AuditEntry.objects.get(event="receipt.recorded").actor.email == "cashier@acme.test"


def test_save_and_next_keeps_day_and_method(tenant, cashier, customer, today):
    yesterday = today - timedelta(days=1)
    data = typed(customer, yesterday, method="CASH", action="next")

    answer = cashier.post(url("new/"), data, follow=True)

    assert value_of(answer, "received_on") == yesterday.isoformat()
    assert re.search(r'value="CASH" selected', answer.content.decode())
    assert len(receipts(tenant)) == 1


def test_double_post_makes_one_receipt(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    token = value_of(cashier.get(url("new/")), "once")
    data = typed(customer, today, once=token, **{f"apply_{item.pk}": "30"})

    first, second = cashier.post(url("new/"), data), cashier.post(url("new/"), data)

    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert len(receipts(tenant)) == 1
    assert left_of(tenant, item) == Decimal(50)


@pytest.mark.parametrize(
    "amount",
    ["NaN", "Infinity", "1e3", "１００", "-5", "0", "0.001", "1" * 40, "1.280,50", "", "1 000"],
)
def test_hostile_amounts_are_refused_at_the_field(tenant, cashier, customer, today, amount):
    page = cashier.post(url("new/"), typed(customer, today, amount=amount, reference="kept"))

    assert page.status_code == 422
    assert 'id="error_1_id_amount"' in page.content.decode()
    assert value_of(page, "amount") in (amount, None)
    assert value_of(page, "reference") == "kept"
    assert receipts(tenant) == []


@pytest.mark.parametrize("amount", ["NaN", "1e3", "１", "-5", "0.001", "9" * 40, "x"])
def test_hostile_parts_are_refused_at_their_row(tenant, cashier, customer, today, amount):
    item = owed(tenant, customer, "80.00", "INV-1")

    page = cashier.post(url("new/"), typed(customer, today, **{f"apply_{item.pk}": amount}))

    assert page.status_code == 422
    assert f'id="id_apply_{item.pk}_error"' in page.content.decode()
    assert value_of(page, f"apply_{item.pk}") == amount
    assert receipts(tenant) == []


def test_too_much_is_refused_at_the_row_with_what_is_left(tenant, cashier, customer, today):
    first = owed(tenant, customer, "80.00", "INV-1")
    second = owed(tenant, customer, "80.00", "INV-2")

    page = cashier.post(url("new/"), typed(customer, today, **{f"apply_{first.pk}": "80.01"}))
    assert page.status_code == 422
    assert "Only 80.00 of it is open." in text(page)
    both = {f"apply_{first.pk}": "70", f"apply_{second.pk}": "40"}
    page = cashier.post(url("new/"), typed(customer, today, **both))
    assert page.status_code == 422
    assert "Only 30.00 of the money is left for it." in text(page)
    assert value_of(page, f"apply_{second.pk}") == "40"
    assert receipts(tenant) == []


def test_what_closed_meanwhile_is_said_and_nothing_is_lost(tenant, cashier, customer, today):
    item = owed(tenant, customer, "80.00", "INV-1")
    received(tenant, customer, "80.00", {item.pk: "80.00"})

    page = cashier.post(
        url("new/"), typed(customer, today, reference="kept", **{f"apply_{item.pk}": "80"})
    )

    assert page.status_code == 422
    assert "no longer open" in text(page)
    assert value_of(page, "reference") == "kept"
    assert len(receipts(tenant)) == 1


def test_days_to_come_and_closed_periods_are_refused_at_the_day(
    tenant, cashier, members, customer, today
):
    page = cashier.post(url("new/"), typed(customer, today + timedelta(days=1)))
    assert page.status_code == 422
    assert "Money cannot have come in after today." in text(page)
    first = today.replace(day=1) - timedelta(days=40)
    with tenant_scope(tenant.pk):
        close_period(last_day=first, at=timezone.now(), actor=members["ADMIN"])
    page = cashier.post(url("new/"), typed(customer, first, reference="kept"))
    assert page.status_code == 422
    assert "closed period" in text(page)
    assert value_of(page, "reference") == "kept"
    assert receipts(tenant) == []


def test_account_of_another_currency_is_refused(tenant, cashier, customer, today):
    with tenant_scope(tenant.pk):
        account = BankAccount.objects.create(
            currency="EUR", holder="Acme", bank="ING", number="NL91ABNA0417164300"
        )
        BankAccount.objects.create(currency="CNY", holder="A", bank="ICBC", number="6222000012")

    page = cashier.post(url("new/"), typed(customer, today, bank_account=str(account.pk)))

    assert page.status_code == 422
    assert receipts(tenant) == []


# --- Other companies ------------------------------------------------------------------------------


@pytest.fixture
def foreign(other_tenant):
    """A debt, a receipt and their allocation of another company."""
    with tenant_scope(other_tenant.pk):
        customer = CustomerFactory(name="Secret", code="SECRET", currency="CNY")
    item = owed(other_tenant, customer, "80.00", "SECRET-1")
    receipt = received(other_tenant, customer, "80.00", {item.pk: "50.00"})
    with tenant_scope(other_tenant.pk):
        return customer, item, receipt, Allocation.objects.get()


def test_foreign_ids_answer_like_missing_ones(tenant, cashier, customer, foreign, today):
    their_customer, their_item, their_receipt, their_allocation = foreign

    for theirs, nobodys in (
        (f"new/?customer={their_customer.pk}", "new/?customer=987654321"),
        (f"new/?item={their_item.pk}", "new/?item=987654321"),
        (f"?customer={their_customer.pk}", "?customer=987654321"),
    ):
        page, other = cashier.get(url(theirs)), cashier.get(url(nobodys))
        assert page.status_code == other.status_code == 200
        assert "SECRET" not in text(page).upper()
    for path in (
        f"{their_receipt.pk}/",
        f"by-item/{their_receipt.item_id}/",
        f"allocations/{their_allocation.pk}/undo/",
        f"{their_receipt.pk}/reverse/",
    ):
        assert cashier.get(url(path)).status_code == 404
    for path, data in (
        (f"allocations/{their_allocation.pk}/undo/", {}),
        (f"{their_receipt.pk}/reverse/", {"reason": "mine"}),
        (f"{their_receipt.pk}/allocate/", {f"apply_{their_item.pk}": "1"}),
    ):
        assert cashier.post(url(path), data).status_code == 404


def test_foreign_customer_and_item_change_nothing(
    tenant, other_tenant, cashier, customer, foreign, today
):
    their_customer, their_item, _receipt, _allocation = foreign
    own = owed(tenant, customer, "80.00", "INV-1")
    mine = received(tenant, customer, "10.00")

    theirs = cashier.post(url("new/"), typed(their_customer, today))
    missing = cashier.post(url("new/"), typed(customer, today, customer="987654321"))
    assert theirs.status_code == missing.status_code == 422
    assert "No such customer." in text(theirs)
    assert "No such customer." in text(missing)
    for pk in (their_item.pk, 987654321):
        for path, fields in (("new/", typed(customer, today)), (f"{mine.pk}/allocate/", {})):
            page = cashier.post(url(path), fields | {f"apply_{pk}": "1", f"apply_{own.pk}": "1"})
            assert page.status_code == 422
            assert "no longer open" in text(page)
    assert left_of(other_tenant, their_item) == Decimal(30)
    assert left_of(tenant, own) == Decimal(80)
    assert len(receipts(tenant)) == 1
