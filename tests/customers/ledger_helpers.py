"""Bills and receipts straight in the ledger, for pages about customers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from customers.models import Customer
from ledger import operations
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import OpenItem
from tests.conftest import NOON

DAY = date(2026, 3, 2)


def bill(
    customer: Customer,
    amount: str,
    *,
    currency: str = "CNY",
    day: date = DAY,
    due: date = DAY,
    label: str = "INV-1",
) -> OpenItem:
    value = Decimal(amount)
    draft = operations.DocumentDraft(
        customer_id=customer.pk,
        journal_kind=JournalKind.INVOICE,
        reference=label,
        currency=currency,
        rate=Decimal(1),
        effective_date=day,
        items=[operations.ItemDraft(ItemKind.INSTALMENT, label, value, day, due)],
        lines=[(Account.REVENUE, -value)],
    )
    return operations.post(draft, at=NOON)[0]


def receipt(
    customer: Customer,
    amount: str,
    *,
    currency: str = "CNY",
    day: date = DAY,
    label: str = "RC-1",
) -> OpenItem:
    value = Decimal(amount)
    draft = operations.DocumentDraft(
        customer_id=customer.pk,
        journal_kind=JournalKind.RECEIPT,
        reference=label,
        currency=currency,
        rate=Decimal(1),
        effective_date=day,
        items=[operations.ItemDraft(ItemKind.RECEIPT, label, -value, day, day)],
        lines=[(Account.BANK, value)],
    )
    return operations.post(draft, at=NOON)[0]


def settle(credit: OpenItem, debit: OpenItem, amount: str, day: date = DAY) -> None:
    operations.allocate(
        credit_item=credit,
        debit_item=debit,
        amount=Decimal(amount),
        effective_date=day,
        at=NOON,
    )
