"""Debts, receipts and a policy, straight through the operations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from customers.models import Customer
from dunning import operations
from dunning.calculations import Terms, numbered
from dunning.enums import Tone
from dunning.models import Decision, Policy
from ledger import operations as ledger
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import OpenItem
from tests.factories import ContactFactory, CustomerFactory

TODAY = date(2026, 3, 2)  # a Monday
MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine o'clock in Shanghai
STEPS = (
    (-3, Tone.BEFORE_DUE),
    (3, Tone.FRIENDLY),
    (14, Tone.FIRM),
    (30, Tone.FINAL),
)
_numbers = count(1)


def policy(*, minimum="0", quiet_days=3, steps=STEPS, send_hour=9, weekdays_only=True) -> Policy:
    current = Policy.objects.filter(is_active=True).first()
    return operations.save_policy(
        draft=operations.PolicyDraft(
            name="Standard",
            send_hour=send_hour,
            weekdays_only=weekdays_only,
            minimum_amount=Decimal(minimum),
            quiet_days=quiet_days,
            steps=steps,
        ),
        edited_version=current.version if current else None,
        at=MORNING - timedelta(days=400),
        actor=None,
    )


def terms(*, minimum="0", quiet_days=3, steps=STEPS) -> Terms:
    return Terms(numbered(steps), Decimal(minimum), quiet_days)


def customer(*, email: str | None = "", roles=("BILLING",), **fields) -> Customer:
    made = CustomerFactory(**fields)
    if email is not None:
        kwargs = {"email": email} if email else {}
        ContactFactory(customer=made, roles=list(roles), **kwargs)
    return made


def debt(
    of: Customer,
    amount: str = "100.00",
    *,
    late: int = 0,
    day: date = TODAY,
    currency: str = "CNY",
    rate: str | None = "1",
    label: str = "",
) -> OpenItem:
    """A bill that is ``late`` days past due on ``day``; negative: due in so many days."""
    due = day - timedelta(days=late)
    issued = due - timedelta(days=30)
    value = Decimal(amount)
    [item] = ledger.post(
        ledger.DocumentDraft(
            customer_id=of.pk,
            journal_kind=JournalKind.INVOICE,
            reference="INV",
            currency=currency,
            rate=None if rate is None else Decimal(rate),
            effective_date=issued,
            items=[
                ledger.ItemDraft(
                    ItemKind.INSTALMENT, label or f"INV-{next(_numbers):04}", value, issued, due
                )
            ],
            lines=[(Account.REVENUE, -value)],
        ),
        at=datetime(issued.year, issued.month, issued.day, 4, tzinfo=UTC),
    )
    return item


def credit(
    of: Customer, amount: str, *, day: date = TODAY, currency: str = "CNY", at=None
) -> OpenItem:
    value = Decimal(amount)
    [item] = ledger.post(
        ledger.DocumentDraft(
            customer_id=of.pk,
            journal_kind=JournalKind.RECEIPT,
            reference="RC",
            currency=currency,
            rate=Decimal(1),
            effective_date=day,
            items=[ledger.ItemDraft(ItemKind.RECEIPT, "RC-1", -value, day, day)],
            lines=[(Account.BANK, value)],
        ),
        at=at or MORNING,
    )
    return item


def pay(item: OpenItem, amount: str | None = None, *, day: date = TODAY, at=None) -> None:
    value = amount or str(OpenItem.objects.get(pk=item.pk).open_amount)
    money = credit(item.customer, value, day=day, currency=item.currency, at=at)
    ledger.allocate(
        credit_item=money,
        debit_item=item,
        amount=Decimal(value),
        effective_date=day,
        at=at or MORNING,
    )


def run(day: date = TODAY, at: datetime | None = None):
    if at is None:
        at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return operations.run_reminders(day=day, at=at, actor=None)


def decided(item: OpenItem | None = None) -> list[tuple[int, str]]:
    """Return (offset, reason or SENT) of each decision, the earliest first."""
    rows = Decision.objects.order_by("pk")
    if item is not None:
        rows = rows.filter(item=item)
    return [(one.offset_days, one.held_because or one.outcome) for one in rows]
