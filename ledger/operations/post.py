"""Posting: an economic event becomes a balanced journal, its open items and their first entries.

One document and five thousand take the same way: a bounded number of statements per batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from core.bulk import take_ids
from core.companies import active_tenant
from core.money import ZERO, Money, q, split
from core.tenancy import insert_many
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import Entry, Journal, JournalLine, OpenItem
from ledger.operations.errors import named_refusals


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One open item to be: ``amount`` signed, in the document's currency."""

    kind: ItemKind
    label: str
    amount: Decimal
    issue_date: date
    due_date: date


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """One economic event to be posted.

    ``lines`` are the counter-lines (debit positive, credit negative); the RECEIVABLE line is added
    as the sum of the items. ``rate`` is base currency per unit, None when none is known.
    """

    customer_id: int
    journal_kind: JournalKind
    reference: str
    currency: str
    rate: Decimal | None
    effective_date: date
    items: Sequence[ItemDraft]
    lines: Sequence[tuple[Account, Decimal]] = field(default_factory=tuple)


def post(document: DocumentDraft, *, at: datetime) -> list[OpenItem]:
    """Post one event under the customer's lock; see ``post_many``."""
    return post_many([document], at=at)[0]


def post_many(documents: Sequence[DocumentDraft], *, at: datetime) -> list[list[OpenItem]]:
    """
    Post events and return each one's open items, in order. The caller holds the account locks.

    ``at`` becomes ``recorded_at``: the moment the work began, not the one it was committed. Until
    all work that began before a moment is committed, what was known at that moment may still grow.

    :raises PeriodClosed: if an effective date lies in a closed period
    :raises Unbalanced: if a document's lines and items do not add up to zero
    """
    base_currency = active_tenant().currency
    journals = [_journal(document, at) for document in documents]
    result = [[_item(document, draft) for draft in document.items] for document in documents]
    items = [item for own in result for item in own]
    take_ids(journals, items)
    lines: list[JournalLine] = []
    entries: list[Entry] = []
    for document, journal, own in zip(documents, journals, result, strict=True):
        bases = _item_bases(document, base_currency)
        lines += _lines(document, journal, bases, base_currency)
        entries += [
            Entry(
                item_id=item.pk,
                journal_id=journal.pk,
                amount=item.amount,
                base_amount=base,
                effective_date=document.effective_date,
                recorded_at=at,
            )
            for item, base in zip(own, bases, strict=True)
        ]
    with named_refusals():
        insert_many(journals, items, lines, entries)
    return result


def _journal(document: DocumentDraft, at: datetime) -> Journal:
    return Journal(
        kind=document.journal_kind,
        customer_id=document.customer_id,
        reference=document.reference[:60],
        effective_date=document.effective_date,
        recorded_at=at,
    )


def _item(document: DocumentDraft, draft: ItemDraft) -> OpenItem:
    return OpenItem(
        customer_id=document.customer_id,
        kind=draft.kind,
        label=draft.label[:60],
        currency=document.currency,
        amount=draft.amount,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
    )


def _item_bases(document: DocumentDraft, base_currency: str) -> list[Decimal | None]:
    """Return each item's amount in base currency: the whole is converted once, then split."""
    if document.rate is None:
        return [None for _item in document.items]
    if document.currency == base_currency:
        return [item.amount for item in document.items]
    whole = q(sum((item.amount for item in document.items), ZERO) * document.rate, base_currency)
    weights = [abs(item.amount) for item in document.items]
    return [part.amount for part in split(Money(whole, base_currency), weights)]


def _lines(
    document: DocumentDraft, journal: Journal, bases: Sequence[Decimal | None], base_currency: str
) -> list[JournalLine]:
    """Return the receivable line and the counter-lines; the last of these takes the base's rest."""
    total = sum((item.amount for item in document.items), ZERO)
    legs: list[tuple[str, Decimal]] = [
        (Account.RECEIVABLE, total),
        *((account, amount) for account, amount in document.lines if amount),
    ]
    converted: list[Decimal | None] = [None for _leg in legs]
    if document.rate is not None:
        left = sum((base for base in bases if base is not None), ZERO)
        converted[0] = left
        for index, (_account, amount) in enumerate(legs[1:], start=1):
            is_last = index == len(legs) - 1
            part = -left if is_last else q(amount * document.rate, base_currency)
            converted[index] = part
            left += part
    return [
        JournalLine(
            journal_id=journal.pk,
            account=account,
            currency=document.currency,
            amount=amount,
            base_amount=base,
        )
        for (account, amount), base in zip(legs, converted, strict=True)
    ]
