"""Posting, allocating, undoing, reversing; and what the database refuses whoever asks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction

from core.models import ExchangeRate, Tenant
from core.rates import rate_on
from customers.models import Customer
from ledger import operations
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import Entry, JournalLine, OpenItem
from tests.conftest import NOON
from tests.factories import CustomerFactory

DAY = date(2026, 3, 2)


def bill(
    customer: Customer,
    amount: str,
    *,
    currency: str = "CNY",
    rate: str | None = "1",
    day: date = DAY,
) -> OpenItem:
    value = Decimal(amount)
    return operations.post(
        operations.DocumentDraft(
            customer_id=customer.pk,
            journal_kind=JournalKind.INVOICE,
            reference="INV-1",
            currency=currency,
            rate=None if rate is None else Decimal(rate),
            effective_date=day,
            items=[
                operations.ItemDraft(
                    ItemKind.INSTALMENT, "INV-1", value, day, day + timedelta(days=30)
                )
            ],
            lines=[(Account.REVENUE, -value)],
        ),
        at=NOON,
    )[0]


def receipt(
    customer: Customer,
    amount: str,
    *,
    currency: str = "CNY",
    rate: str | None = "1",
    day: date = DAY,
) -> OpenItem:
    value = Decimal(amount)
    return operations.post(
        operations.DocumentDraft(
            customer_id=customer.pk,
            journal_kind=JournalKind.RECEIPT,
            reference="RC-1",
            currency=currency,
            rate=None if rate is None else Decimal(rate),
            effective_date=day,
            items=[operations.ItemDraft(ItemKind.RECEIPT, "RC-1", -value, day, day)],
            lines=[(Account.BANK, value)],
        ),
        at=NOON,
    )[0]


def fresh(item: OpenItem) -> OpenItem:
    return OpenItem.objects.get(pk=item.pk)


def allocate(credit: OpenItem, debit: OpenItem, amount: str, day: date = DAY):
    return operations.allocate(
        credit_item=credit,
        debit_item=debit,
        amount=Decimal(amount),
        effective_date=day,
        at=NOON,
    )


def test_posting_opens_an_item_and_balances(in_tenant: Tenant) -> None:
    item = fresh(bill(CustomerFactory(), "113.00"))

    assert (item.open_amount, item.base_open) == (Decimal(113), Decimal(113))
    assert item.closed_on is None
    lines = {line.account: line.amount for line in JournalLine.objects.all()}
    assert lines == {Account.RECEIVABLE: Decimal(113), Account.REVENUE: Decimal(-113)}


def test_allocation_closes_and_undoing_opens_again(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    debit, credit = bill(customer, "100.00"), receipt(customer, "150.00")

    done = allocate(credit, debit, "100.00", day=DAY + timedelta(days=5))
    assert fresh(debit).closed_on == DAY + timedelta(days=5)
    assert fresh(credit).open_amount == Decimal(-50)

    operations.unallocate(allocation=done, effective_date=DAY + timedelta(days=6), at=NOON)
    assert (fresh(debit).open_amount, fresh(debit).closed_on) == (Decimal(100), None)
    assert fresh(credit).open_amount == Decimal(-150)
    with pytest.raises(operations.AlreadyUndone):
        operations.unallocate(allocation=done, effective_date=DAY, at=NOON)


@pytest.mark.parametrize("amount", ["100.01", "0", "-1", "0.001"])
def test_allocating_too_much_or_no_amount_is_refused(in_tenant: Tenant, amount: str) -> None:
    customer = CustomerFactory()
    debit, credit = bill(customer, "100.00"), receipt(customer, "150.00")

    with pytest.raises(operations.AllocationRefused):
        allocate(credit, debit, amount)
    assert fresh(debit).open_amount == Decimal(100)


def test_two_pairs_together_may_not_exceed_either_side(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    first, second = bill(customer, "100.00"), bill(customer, "100.00")
    credit = receipt(customer, "150.00")
    pairs = [operations.Pair(credit.pk, item.pk, Decimal(100), DAY) for item in (first, second)]

    with pytest.raises(operations.AllocationRefused):
        operations.allocate_many(pairs, at=NOON)
    assert fresh(first).open_amount == Decimal(100)


def test_other_customer_or_currency_is_refused(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    debit = bill(customer, "100.00")

    for credit in (
        receipt(CustomerFactory(), "100.00"),
        receipt(customer, "100.00", currency="USD", rate=None),
    ):
        with pytest.raises(operations.AllocationRefused):
            allocate(credit, debit, "1.00")


def test_exchange_difference_is_booked_and_leaves_no_rest(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    ExchangeRate.objects.create(currency="EUR", day=DAY - timedelta(days=10), rate=Decimal("7.9"))
    assert rate_on("EUR", "CNY", DAY) == Decimal("7.9")
    debit = bill(customer, "100.00", currency="EUR", rate="7.9")
    credit = receipt(customer, "100.00", currency="EUR", rate="8.1")

    allocate(credit, debit, "33.33")
    allocate(credit, debit, "66.67")

    assert [fresh(item).base_open for item in (debit, credit)] == [Decimal(0), Decimal(0)]
    differences = JournalLine.objects.filter(account=Account.FX_DIFFERENCE)
    assert sum(line.base_amount for line in differences) == Decimal(-20)


def test_unknown_rate_leaves_the_base_amount_unknown(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    debit = bill(customer, "100.00", currency="USD", rate=None)
    credit = receipt(customer, "100.00", currency="USD", rate=None)

    allocate(credit, debit, "100.00")

    assert fresh(debit).base_open is None
    assert fresh(debit).open_amount == 0


def test_reversing_mirrors_and_is_refused_once_settled(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    item = bill(customer, "100.00")
    settled, credit = bill(customer, "100.00"), receipt(customer, "10.00")
    allocate(credit, settled, "10.00")

    journal = operations.reverse_items(
        items=[item],
        journal_kind=JournalKind.INVOICE_VOID,
        effective_date=DAY,
        at=NOON,
        reason="typing error",
    )

    assert fresh(item).open_amount == 0
    assert sum(line.amount for line in journal.lines.all()) == 0
    for again in (item, settled):
        with pytest.raises(operations.ItemSettled):
            operations.reverse_items(
                items=[again],
                journal_kind=JournalKind.INVOICE_VOID,
                effective_date=DAY,
                at=NOON,
                reason="again",
            )


def test_closed_period_takes_no_posting(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    debit, credit = bill(customer, "100.00"), receipt(customer, "100.00")
    period = operations.close_period(last_day=DAY, at=NOON, actor=None)

    with pytest.raises(operations.PeriodClosed):
        bill(customer, "1.00")
    with pytest.raises(operations.PeriodClosed):
        allocate(credit, debit, "1.00")
    allocate(credit, debit, "1.00", day=DAY + timedelta(days=1))
    operations.reopen_period(period=period, reason="late bill", at=NOON, actor=None)
    bill(customer, "1.00")


def run_sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


FORBIDDEN = [
    "UPDATE ledger_openitem SET open_amount = 0",
    "UPDATE ledger_openitem SET closed_on = '2026-01-01'",
    "DELETE FROM ledger_openitem",
    "UPDATE ledger_entry SET amount = 1",
    "DELETE FROM ledger_entry",
    "TRUNCATE ledger_entry",
    "UPDATE ledger_journalline SET amount = amount + 1",
    "DELETE FROM ledger_journal",
    "DELETE FROM ledger_allocation",
    "UPDATE core_auditentry SET event = 'x'",
    "ALTER TABLE ledger_entry DISABLE ROW LEVEL SECURITY",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_app_role_cannot_rewrite_the_books(in_tenant: Tenant, statement: str) -> None:
    customer = CustomerFactory()
    allocate(receipt(customer, "5.00"), bill(customer, "5.00"), "5.00")

    with pytest.raises((IntegrityError, ProgrammingError)):
        run_sql(statement)


def test_an_entry_without_a_balanced_journal_is_refused(in_tenant: Tenant) -> None:
    item = bill(CustomerFactory(), "100.00")
    journal_id = Entry.objects.get(item=item).journal_id

    with pytest.raises(IntegrityError, match=r"agree|balance|moves"):
        run_sql(
            "INSERT INTO ledger_journal (tenant_id, kind, customer_id, reference, effective_date,"
            " recorded_at, reason) SELECT tenant_id, kind, customer_id, reference, effective_date,"
            " recorded_at, '' FROM ledger_journal WHERE id = %s",
            journal_id,
        )
    with pytest.raises(IntegrityError, match="entry_has_one_cause"):
        run_sql(
            "INSERT INTO ledger_entry (tenant_id, item_id, amount, effective_date, recorded_at)"
            " VALUES (%s, %s, -1, now(), now())",
            in_tenant.pk,
            item.pk,
        )


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_no_amount_is_nan(in_tenant: Tenant, value: str) -> None:
    customer = CustomerFactory()
    with pytest.raises((IntegrityError, DataError)):
        run_sql("UPDATE customers_customer SET credit_limit = %s WHERE id = %s", value, customer.pk)


def test_an_item_starts_empty(in_tenant: Tenant) -> None:
    customer = CustomerFactory()
    with pytest.raises(IntegrityError, match="starts empty"), transaction.atomic():
        OpenItem.objects.create(
            customer=customer,
            kind=ItemKind.INSTALMENT,
            label="forged",
            currency="CNY",
            amount=Decimal(5),
            open_amount=Decimal(5),
            issue_date=DAY,
            due_date=DAY,
        )


def test_another_tenants_customer_cannot_be_named(in_tenant: Tenant, other_tenant: Tenant) -> None:
    ours = bill(CustomerFactory(), "1.00")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(other_tenant.pk)])
        cursor.execute(
            "INSERT INTO customers_customer (tenant_id, code, name, short_name, kind, status,"
            " tax_id, country, language, currency, payment_method, channel, po_required,"
            " reminders_paused, reminders_paused_reason, note, external_key, version, created_at)"
            " VALUES (%s, 'X', 'X', '', 'COMPANY', 'ACTIVE', '', '', 'en', 'EUR', 'TRANSFER',"
            " 'EMAIL', false, false, '', '', '', 1, now()) RETURNING id",
            [other_tenant.pk],
        )
        foreign = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(in_tenant.pk)])
    with pytest.raises(IntegrityError, match="tfk"):
        run_sql(
            "INSERT INTO ledger_openitem (tenant_id, customer_id, kind, label, currency, amount,"
            " open_amount, issue_date, due_date) SELECT tenant_id, %s, kind, label, currency,"
            " amount, 0, issue_date, due_date FROM ledger_openitem WHERE id = %s",
            foreign,
            ours.pk,
        )
