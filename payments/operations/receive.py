"""Receiving: money that came in becomes a receipt and a credit item of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import compress

from django.db import transaction

from core import audit, numbering
from core.bulk import take_ids
from core.companies import active_tenant
from core.dates import EARLIEST
from core.models import BankAccount, User
from core.money import ZERO, q
from core.news import is_news
from core.rates import rates_on
from core.tenancy import insert_many
from customers.enums import PaymentMethod
from customers.operations import lock_accounts
from ledger import operations as ledger
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import OpenItem
from messaging.enums import EventType
from messaging.operations import announce
from payments.models import Receipt
from payments.operations.paid import announce_paid


class ReceiptRefused(Exception):
    """The amount is not positive or finer than the currency, or the day lies in the future."""


class AccountNotInUse(ReceiptRefused):
    """The company's bank account the money came to is not in use any more."""


class AccountInOtherCurrency(ReceiptRefused):
    """The company's bank account the money came to is kept in another currency."""


class NumberTaken(ReceiptRefused):
    """The next number of the series stands on another receipt, since the pattern was changed."""


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """Money that came in, as it was told: ``amount`` in ``currency``, on a day of the tenant's."""

    customer_id: int
    received_on: date
    currency: str
    amount: Decimal
    method: str = PaymentMethod.TRANSFER
    bank_account: BankAccount | None = None
    payer_name: str = ""
    reference: str = ""
    note: str = ""
    external_key: str = ""


@transaction.atomic
def receive(
    *,
    draft: ReceiptDraft,
    allocations: Mapping[int, Decimal] | None = None,
    at: datetime,
    actor: User | None,
) -> Receipt:
    """
    Record one receipt and allocate it to open items by id; what is left stays as unused credit.

    :raises ReceiptRefused: if the amount or the day cannot be
    :raises AccountNotInUse: if the bank account is not in use any more
    :raises AccountInOtherCurrency: if the bank account is kept in another currency
    :raises NumberTaken: if the next number stands on another receipt
    :raises ledger.AllocationRefused: if an allocation is more than is left on either side
    :raises ledger.PeriodClosed: if the day lies in a closed period
    """
    [receipt] = receive_many(drafts=[draft], allocations=[allocations or {}], at=at, actor=actor)
    return receipt


@transaction.atomic
def receive_many(
    *,
    drafts: Sequence[ReceiptDraft],
    allocations: Sequence[Mapping[int, Decimal]],
    at: datetime,
    actor: User | None,
    is_import: bool = False,
) -> list[Receipt]:
    """
    Record receipts, each with its allocations; a bounded number of statements for any count.

    All or nothing. Allocations take effect on the day the money came, or on the day the debt was
    issued if that is later. Of an import other programs are told what came just now, not what is
    taken over. Errors: see ``receive``.
    """
    tenant = active_tenant()
    today = tenant.day_of(at)
    for draft in drafts:
        _refuse_impossible(draft, today)
    lock_accounts(draft.customer_id for draft in drafts)
    _refuse_bank_accounts(drafts)
    rates = {
        day: rates_on({d.currency for d in drafts if d.received_on == day}, tenant.currency, day)
        for day in {draft.received_on for draft in drafts}
    }
    numbers = numbering.take_numbers(kind="receipt", day=today, count=len(drafts))
    if taken := Receipt.objects.filter(number__in=numbers).values_list("number", flat=True):
        raise NumberTaken(min(taken))
    items = ledger.post_many(
        [
            _document(draft, number, rates[draft.received_on][draft.currency])
            for draft, number in zip(drafts, numbers, strict=True)
        ],
        at=at,
    )
    receipts = [
        _receipt(draft, number, own[0], at, actor)
        for draft, number, own in zip(drafts, numbers, items, strict=True)
    ]
    take_ids(receipts)
    trail = [
        audit.entry_for(
            event="receipt.recorded",
            subject=receipt,
            actor=actor,
            at=at,
            account_id=receipt.customer_id,
            changes={"amount": f"{receipt.amount} {receipt.currency}"},
        )
        for receipt in receipts
    ]
    insert_many(receipts, trail)
    _allocate(receipts, allocations, at)
    news = [not is_import or is_news(one.received_on, today) for one in receipts]
    announce(EventType.PAYMENT_RECEIVED, [one.pk for one in compress(receipts, news)], at=at)
    if settled := {item for amounts in compress(allocations, news) for item in amounts}:
        announce_paid(settled, at=at)
    return receipts


def _document(draft: ReceiptDraft, number: str, rate: Decimal | None) -> ledger.DocumentDraft:
    day = draft.received_on
    return ledger.DocumentDraft(
        customer_id=draft.customer_id,
        journal_kind=JournalKind.RECEIPT,
        reference=number,
        currency=draft.currency,
        rate=rate,
        effective_date=day,
        items=[ledger.ItemDraft(ItemKind.RECEIPT, number, -draft.amount, day, day)],
        lines=[(Account.BANK, draft.amount)],
    )


def _receipt(
    draft: ReceiptDraft, number: str, item: OpenItem, at: datetime, actor: User | None
) -> Receipt:
    return Receipt(
        customer_id=draft.customer_id,
        number=number,
        received_on=draft.received_on,
        currency=draft.currency,
        amount=draft.amount,
        method=draft.method,
        bank_account=draft.bank_account,
        payer_name=draft.payer_name,
        reference=draft.reference,
        note=draft.note,
        external_key=draft.external_key,
        item=item,
        created_by=actor,
        created_at=at,
    )


def _refuse_impossible(draft: ReceiptDraft, today: date) -> None:
    if draft.amount <= ZERO or draft.amount != q(draft.amount, draft.currency):
        raise ReceiptRefused(f"{draft.amount} {draft.currency}")
    if not EARLIEST <= draft.received_on <= today:
        raise ReceiptRefused(f"{draft.received_on} is not a day up to today.")


def _refuse_bank_accounts(drafts: Sequence[ReceiptDraft]) -> None:
    """Refuse money on an account it cannot have come to; one statement, none without accounts."""
    told = [(draft, draft.bank_account.pk) for draft in drafts if draft.bank_account]
    if not told:
        return
    accounts = BankAccount.objects.in_bulk({pk for _draft, pk in told})
    for draft, pk in told:
        account = accounts.get(pk)
        if account is None or not account.is_active:
            raise AccountNotInUse(str(draft.bank_account))
        if account.currency != draft.currency:
            raise AccountInOtherCurrency(f"{account} {account.currency}")


def _allocate(
    receipts: Sequence[Receipt], allocations: Sequence[Mapping[int, Decimal]], at: datetime
) -> None:
    wanted = {item_id for amounts in allocations for item_id in amounts}
    if not wanted:
        return
    issued = dict(OpenItem.objects.filter(pk__in=wanted).values_list("pk", "issue_date"))
    ledger.allocate_many(
        [
            ledger.Pair(
                receipt.item_id,
                item_id,
                amount,
                max(receipt.received_on, issued.get(item_id, receipt.received_on)),
            )
            for receipt, amounts in zip(receipts, allocations, strict=True)
            for item_id, amount in amounts.items()
        ],
        at=at,
    )
