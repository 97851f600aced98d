"""Receipts as pages show them, what they settled, and what they could settle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import (
    Case,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.translation import pgettext_lazy

from core.fields import AmountField
from core.lists import CurrencySums, sums_by_statement
from core.money import ZERO
from core.tenancy import active_tenant_id
from customers.enums import CustomerStatus
from customers.models import Customer
from ledger.models import Allocation, OpenItem
from payments.calculations import OpenDebt
from payments.enums import ReceiptState
from payments.models import Receipt

KNOWN = 500  # so many receipts found by a search are known by their ids
SHOWN_CUSTOMERS = 50
LONGEST_ID = 18  # digits of a bigint that cannot overflow
SHOWN_DEBTS = 50
SUGGESTED_DEBTS = 500


class Use(models.TextChoices):
    """What became of a receipt: one word for its state and what is left of it."""

    POSTED = "POSTED", pgettext_lazy("receipt", "Posted")
    PARTLY = "PARTLY", pgettext_lazy("receipt", "Partly used")
    USED = "USED", pgettext_lazy("receipt", "Used up")
    REVERSED = "REVERSED", pgettext_lazy("receipt", "Reversed")


@dataclass(frozen=True, slots=True)
class Debts:
    """Open debts of one customer and currency, the earliest due first.

    :ivar items: those to show: the first ones found, and those asked for
    :ivar found: how many there are (of the search, if one was made)
    :ivar others: what is owed in other currencies, each by its code and sum
    """

    items: list[OpenItem]
    found: int
    others: list[tuple[str, Decimal]]


def for_list() -> models.QuerySet[Receipt]:
    """
    Return receipts with their customer, ``allocated``, ``unused`` (both positive) and ``use``.

    All is asked of the receipt's item in the ledger, by a join of one row to one.
    """
    unused = ExpressionWrapper(-F("item__open_amount"), output_field=AmountField())
    allocated = Case(
        When(state=ReceiptState.REVERSED, then=Value(ZERO)),
        default=F("amount") + F("item__open_amount"),
        output_field=AmountField(),
    )
    use = Case(
        When(state=ReceiptState.REVERSED, then=Value(Use.REVERSED)),
        When(item__open_amount=0, then=Value(Use.USED)),
        When(item__open_amount=F("item__amount"), then=Value(Use.POSTED)),
        default=Value(Use.PARTLY),
        output_field=models.CharField(),
    )
    return Receipt.objects.select_related("customer").annotate(
        unused=unused, allocated=allocated, use=use
    )


def with_unused_money(receipts: models.QuerySet[Receipt]) -> models.QuerySet[Receipt]:
    """Limit receipts to those of which something is left."""
    return receipts.filter(state=ReceiptState.POSTED, item__closed_on__isnull=True)


def unused(day: date) -> models.QuerySet[Receipt]:
    """Return receipts up to the tenant's day of which something is left now, the oldest first."""
    return with_unused_money(for_list()).filter(received_on__lte=day).order_by("received_on", "pk")


def search(receipts: models.QuerySet[Receipt], text: str) -> models.QuerySet[Receipt]:
    """
    Limit to receipts whose number, reference, payer or customer contains the text; one query.

    As for bills (``invoices.queries.lists.search``): all are read once, from an index alone, and a
    few hundred that match are from then on known by their ids.
    """
    lookup = "icontains" if text.upper() != text.lower() else "contains"
    customers = Customer.objects.filter(
        Q(**{f"name__{lookup}": text})
        | Q(**{f"short_name__{lookup}": text})
        | Q(code__istartswith=text)
    )
    matches = (
        Q(**{f"number__{lookup}": text})
        | Q(**{f"reference__{lookup}": text})
        | Q(**{f"payer_name__{lookup}": text})
        | Q(customer__in=customers.values("pk"))
    )
    found = list(Receipt.objects.filter(matches).values_list("pk", flat=True)[: KNOWN + 1])
    return receipts.filter(matches if len(found) > KNOWN else Q(pk__in=found))


# What is unused is summed from the open items, which are few, not asked of every receipt.
_SUMS = """
WITH chosen (item_id, currency, amount) AS MATERIALIZED ({chosen})
SELECT currency, count(*), sum(amount), NULL FROM chosen GROUP BY currency
UNION ALL
SELECT item.currency, 0, NULL, -sum(item.open_amount)
FROM chosen JOIN ledger_openitem item ON item.tenant_id = %s AND item.id = chosen.item_id
WHERE item.closed_on IS NULL GROUP BY item.currency
"""
_SUMS_OF_ALL = """
SELECT currency, count(*), sum(amount), NULL
FROM payments_receipt WHERE tenant_id = %s GROUP BY currency
UNION ALL
SELECT currency, 0, NULL, -sum(open_amount) FROM ledger_openitem
WHERE tenant_id = %s AND closed_on IS NULL AND kind = 'RECEIPT' GROUP BY currency
"""


def sums_by_currency(receipts: models.QuerySet[Receipt]) -> list[CurrencySums]:
    """Return count, amount and what is unused of the receipts per currency, by one statement."""
    tenant_id = active_tenant_id()
    if len(receipts.query.where) == 1:  # the tenant's own condition
        return sums_by_statement(_SUMS_OF_ALL, (tenant_id, tenant_id))
    try:
        bare = receipts.order_by().values_list("item_id", "currency", "amount")
        chosen, filters = bare.query.sql_with_params()
    except EmptyResultSet:  # the filters leave nothing, as can be seen without asking
        return []
    return sums_by_statement(_SUMS.format(chosen=chosen), (*filters, tenant_id))


def allocations_of(receipt: Receipt) -> models.QuerySet[Allocation]:
    """
    Return what the receipt was allocated to, newest first, undone allocations too.

    ``undone_on`` is the day an undone one was taken back on; None while it stands.
    """
    return _allocations(Q(credit_item=receipt.item_id)).select_related("debit_item")


def of_item(item_id: int) -> models.QuerySet[Allocation]:
    """
    Return what settles a debt, newest first, with the receipt's or credit note's item.

    ``undone_on`` is the day an undone one was taken back on; None while it stands.
    """
    return _allocations(Q(debit_item=item_id)).select_related("credit_item")


def _allocations(condition: Q) -> models.QuerySet[Allocation]:
    undoing = Allocation.objects.filter(undoes=OuterRef("pk")).values("effective_date")[:1]
    return (
        Allocation.objects.filter(condition, undoes__isnull=True)
        .annotate(undone_on=Subquery(undoing))
        .order_by("-pk")
    )


def open_debts(customer_id: int, currency: str) -> models.QuerySet[OpenItem]:
    """Return what the customer owes in the currency, the earliest due first."""
    return (
        OpenItem.objects.open()
        .debts()
        .filter(customer_id=customer_id, currency=currency)
        .order_by("due_date", "pk")
    )


def debts_to_settle(
    customer_id: int, currency: str, *, text: str = "", always: Iterable[int] = ()
) -> Debts:
    """
    Return the 50 earliest due debts, those with the text in their label if there is one.

    ``always`` are ids of debts that are shown besides, if they are among the customer's. Four
    queries at most, for any number of debts.
    """
    debts = open_debts(customer_id, currency)
    matching = debts.filter(label__icontains=text) if text else debts
    items = list(matching[:SHOWN_DEBTS])
    others = set(always) - {item.pk for item in items}
    if others:
        items += debts.filter(pk__in=others)
        items.sort(key=_by_due_date)
    others_owed = (
        OpenItem.objects.open()
        .debts()
        .filter(customer_id=customer_id)
        .exclude(currency=currency)
        .values_list("currency")
        .annotate(total=Sum("open_amount"))
        .order_by("currency")
    )
    return Debts(items, matching.count(), list(others_owed))


def debts_to_suggest(customer_id: int, currency: str, amount: Decimal) -> list[OpenDebt]:
    """Return the earliest due debts a suggestion looks at, and one of exactly the amount."""
    debts = open_debts(customer_id, currency)
    items = list(debts[:SUGGESTED_DEBTS])
    if len(items) == SUGGESTED_DEBTS:
        exact = debts.filter(open_amount=amount).first()
        if exact is not None and exact not in items:
            items.append(exact)
    return [OpenDebt(item.pk, item.open_amount, item.due_date) for item in items]


def customer_choices(chosen: Customer | None) -> list[tuple[str, str]]:
    """Return customers for a list that is searched on the server; the chosen one among them."""
    rows = list(
        Customer.objects.exclude(status=CustomerStatus.ARCHIVED).order_by("name", "pk")[
            :SHOWN_CUSTOMERS
        ]
    )
    if chosen is not None and chosen not in rows:
        rows.insert(0, chosen)
    return [("", ""), *((str(one.pk), f"{one.name} ({one.code})") for one in rows)]


def read_id(text: object) -> int | None:
    """Return the id an address or form names; None for what cannot be one."""
    word = str(text or "")
    is_id = word.isascii() and word.isdigit() and len(word) <= LONGEST_ID
    return int(word) if is_id else None


def _by_due_date(item: OpenItem) -> tuple[date, int]:
    return item.due_date, item.pk
