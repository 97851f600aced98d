"""Receiving money, allocating it, taking it back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import AuditEntry, BankAccount, NumberFormat, NumberSeries, Tenant
from ledger import operations as ledger
from ledger.models import Allocation, OpenItem
from payments import operations
from payments.calculations import OpenDebt, suggest
from payments.enums import Proposal, ReceiptState
from payments.models import Receipt
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.ledger.test_post import DAY, bill, fresh


def draft(customer, amount: str, **fields: object) -> operations.ReceiptDraft:
    values = {"customer_id": customer.pk, "received_on": DAY, "currency": "CNY"} | fields
    return operations.ReceiptDraft(amount=Decimal(amount), **values)


def receive(customer, amount: str, allocations: dict[int, str] | None = None, **fields: object):
    return operations.receive(
        draft=draft(customer, amount, **fields),
        allocations={pk: Decimal(part) for pk, part in (allocations or {}).items()},
        at=NOON,
        actor=None,
    )


def test_receive_allocates_and_keeps_the_rest_as_credit(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    first, second = bill(customer, "100.00"), bill(customer, "50.00")

    receipt = receive(customer, "170.00", {first.pk: "100.00", second.pk: "20.00"})

    assert receipt.number == "RC-2026-00001"
    assert fresh(first).open_amount == 0
    assert fresh(second).open_amount == Decimal(30)
    assert fresh(receipt.item).open_amount == Decimal(-50)
    assert [entry.event for entry in AuditEntry.objects.all()] == ["receipt.recorded"]


def test_refused_allocation_leaves_no_receipt_and_no_gap(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    item = bill(customer, "100.00")

    with pytest.raises(ledger.AllocationRefused):
        receive(customer, "50.00", {item.pk: "60.00"})

    assert Receipt.objects.count() == 0
    assert receive(customer, "50.00").number == "RC-2026-00001"


def test_a_taken_number_is_refused_by_its_name(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    pattern = NumberFormat.objects.create(kind="receipt", pattern="R{year}/1{number}")
    assert receive(customer, "5.00").number == "R2026/11"
    pattern.pattern = "R{year}/{number}"
    pattern.save()
    NumberSeries.objects.update(next_number=11)

    with pytest.raises(operations.NumberTaken):
        receive(customer, "5.00")

    assert Receipt.objects.count() == OpenItem.objects.count() == 1
    assert NumberSeries.objects.get().next_number == 11


@pytest.mark.parametrize(
    ("amount", "fields"),
    [
        ("0", {}),
        ("-5", {}),
        ("1.005", {}),
        ("10.5", {"currency": "JPY"}),
        ("1", {"received_on": date(2026, 3, 3)}),
        ("1", {"received_on": date(1969, 12, 31)}),
    ],
)
def test_impossible_receipts_are_refused(
    in_tenant: Tenant, amount: str, fields: dict[str, object]
) -> None:
    with pytest.raises(operations.ReceiptRefused):
        receive(CustomerFactory(), amount, **fields)


@pytest.mark.parametrize(
    ("account", "refusal"),
    [
        ({"is_active": False}, operations.AccountNotInUse),
        ({"currency": "EUR"}, operations.AccountInOtherCurrency),
    ],
)
def test_a_bank_account_that_cannot_be_is_refused_by_its_name(
    in_tenant: Tenant, account: dict[str, object], refusal: type[Exception]
) -> None:
    values = {"currency": "CNY", "holder": "A", "bank": "B", "number": "1"} | account
    bank = BankAccount.objects.create(**values)
    with pytest.raises(refusal):
        receive(CustomerFactory(), "5.00", bank_account=bank)
    assert Receipt.objects.count() == 0


def test_allocation_is_effective_not_before_the_debt_was_issued(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    item = bill(customer, "100.00", day=DAY)

    receive(customer, "100.00", {item.pk: "100.00"}, received_on=DAY - timedelta(days=9))

    assert Allocation.objects.get().effective_date == DAY


def test_reverse_needs_undoing_first_and_happens_once(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    item = bill(customer, "100.00")
    receipt = receive(customer, "100.00", {item.pk: "100.00"})

    def reverse() -> Receipt:
        return operations.reverse_receipt(
            receipt=receipt, reason="bounced", day=DAY, at=NOON, actor=None
        )

    with pytest.raises(operations.ReceiptInUse):
        reverse()
    operations.undo_allocation(allocation=Allocation.objects.get(), day=DAY, at=NOON, actor=None)
    assert reverse().state == ReceiptState.REVERSED
    assert fresh(receipt.item).open_amount == 0
    assert fresh(item).open_amount == Decimal(100)
    with pytest.raises(operations.ReceiptInUse):
        reverse()


def test_many_receipts_take_a_bounded_number_of_statements(
    in_tenant: Tenant, django_assert_max_num_queries
) -> None:
    customers = CustomerFactory.create_batch(30)
    items = [bill(customer, "10.00") for customer in customers]

    with django_assert_max_num_queries(40):
        operations.receive_many(
            drafts=[draft(customer, "10.00") for customer in customers],
            allocations=[{item.pk: Decimal(10)} for item in items],
            at=NOON,
            actor=None,
        )

    assert not OpenItem.objects.open().exists()


def debts(*amounts: str) -> list[OpenDebt]:
    return [
        OpenDebt(number, Decimal(amount), DAY + timedelta(days=number))
        for number, amount in enumerate(amounts)
    ]


def test_suggestions_name_their_reason() -> None:
    owed = debts("100.00", "40.00", "60.00", "25.50")

    assert suggest(Decimal("60.00"), owed).reason is Proposal.EXACT
    exact = suggest(Decimal("65.50"), owed)
    assert (exact.reason, set(exact.amounts)) == (Proposal.EXACT_SUM, {1, 3})
    oldest = suggest(Decimal("120.00"), owed)
    assert oldest.reason is Proposal.OLDEST_FIRST
    assert oldest.amounts == {0: Decimal("100.00"), 1: Decimal("20.00")}
    assert suggest(Decimal(5), []).reason is Proposal.NOTHING
    everything = suggest(Decimal("225.50"), owed)
    assert everything.reason is Proposal.EXACT_SUM


def test_fifty_items_that_add_up_are_found_as_a_whole() -> None:
    owed = debts(*[f"{100 + n}.17" for n in range(50)])
    whole = sum((debt.open_amount for debt in owed), Decimal(0))

    assert len(suggest(whole, owed).amounts) == 50


cents = st.integers(min_value=1, max_value=10**7).map(lambda n: Decimal(n).scaleb(-2))


@settings(deadline=None)
@given(cents, st.lists(cents, max_size=25))
def test_a_suggestion_never_exceeds_the_money_or_a_debt(
    amount: Decimal, amounts: list[Decimal]
) -> None:
    owed = [OpenDebt(n, value, DAY) for n, value in enumerate(amounts)]

    suggestion = suggest(amount, owed)

    assert sum(suggestion.amounts.values(), Decimal(0)) <= amount
    assert all(0 < part <= amounts[pk] for pk, part in suggestion.amounts.items())
    if suggestion.reason in (Proposal.EXACT, Proposal.EXACT_SUM):
        assert sum(suggestion.amounts.values(), Decimal(0)) == amount
