"""How bills and products are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Abs, Length
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from core.numbering import numbers_meant
from core.search import (
    SHOWN,
    Asked,
    Rank,
    Ranked,
    Shown,
    Source,
    ThingAction,
    beginning,
    best_of,
    by_amount,
    offer_action,
    rank_of,
    register,
)
from core.search.conditions import NEARNESS
from core.search.keys import plain
from invoices.models import Instalment, Invoice, Product
from invoices.presentation import status_of
from invoices.queries.lists import for_list
from ledger.enums import ItemKind
from ledger.models import OpenItem

CANDIDATES = 8 * SHOWN
LONGEST_ID = 18  # digits of a bigint that cannot overflow


def find_bills(asked: Asked) -> Ranked:
    """Return bills by number, purchase order and reference, by total and by what is open."""
    if asked.text.startswith("#"):
        return _draft(asked.text[1:])
    numbers = numbers_meant(kind="invoice", text=asked.text)
    found = beginning(Invoice.objects.all(), ("number", "po_number", "reference"), asked, numbers)
    if asked.amount is None:
        return best_of(found)
    totals = by_amount(Invoice.objects.all(), "total_thousandths", "total_amount", asked.amount)
    return best_of(found, totals, _partly_open(asked.amount))


def show_bills(ids: Sequence[int], day: date) -> Mapping[int, Shown]:
    """Return how bills look among what was found; one statement."""
    shown = {}
    for bill in for_list().filter(pk__in=ids).order_by():
        label, kind = status_of(bill, day)
        details = (bill.customer.name, bill.po_number, bill.reference)
        shown[bill.pk] = Shown(
            title=bill.number or now("Draft #%(pk)s") % {"pk": bill.pk},
            detail=" · ".join(one for one in details if one),
            amount=bill.total_amount,
            currency=bill.currency,
            chip=(str(label), kind),
        )
    return shown


def find_products(asked: Asked) -> Ranked:
    """Return products by code, name, pinyin and initials; of a rank those in use come first."""
    return _products(Product.objects.all(), asked)


def find_products_in_use(asked: Asked) -> Ranked:
    """Return products as ``find_products`` does; of those that a new line may name."""
    return _products(Product.objects.filter(is_active=True), asked)


def _products(products: QuerySet[Product], asked: Asked) -> Ranked:
    """
    Return the best of the products, that of the exact code first, however many share a part of it.

    A key begins with the code (``Product.search_key``), so that it is told in any case and width.
    """
    exact = products.filter(code__in=asked.writings).values_list("pk", flat=True)
    found = dict.fromkeys(exact, (Rank.EXACT, False))
    words = Q(*(Q(search_key__contains=f" {word}") for word in asked.words))
    parts = Q(*(Q(search_key__contains=word) for word in asked.words))
    begins = Case(
        When(search_key__startswith=f" {asked.plain} ", then=0),
        When(search_key__startswith=f" {asked.plain}", then=1),
        When(words, then=2),
        default=3,
    )
    rows = products.filter(parts).order_by(begins, "-is_active", Length("search_key"), "pk")
    columns = rows.values_list("pk", "code", "is_active", "search_key")
    for pk, code, is_active, key in columns[:CANDIDATES]:
        rank = Rank.EXACT if plain(code) == asked.plain else rank_of(key, asked)
        if rank is not None:
            found.setdefault(pk, (rank, not is_active))
    best = sorted(found.items(), key=lambda one: one[1])
    return [(pk, rank) for pk, (rank, _is_idle) in best]


def show_products(ids: Sequence[int], day: date) -> Mapping[int, Shown]:
    """Return how products look among what was found."""
    return {
        product.pk: Shown(
            title=product.name,
            detail=product.code,
            chip=None if product.is_active else (now("Not in use"), "off"),
        )
        for product in Product.objects.filter(pk__in=ids)
    }


def connect() -> None:
    """Let bills and products be found; offer to bill a customer that is."""
    register(
        Source(
            kind="invoice",
            label=_("Invoices"),
            permission="invoices.view",
            icon="file-invoice",
            page="invoices:detail",
            place=2,
            find=find_bills,
            show=show_bills,
        )
    )
    register(
        Source(
            kind="product",
            label=_("Products"),
            permission="invoices.view",
            icon="package",
            page="invoices:product",
            place=4,
            find=find_products,
            show=show_products,
        )
    )
    offer_action(
        "customer",
        ThingAction(
            label=_("New invoice for %(name)s"),
            page="invoices:new",
            permission="invoices.edit",
            parameter="customer",
            icon="file-invoice",
            place=1,
        ),
    )


def _draft(digits: str) -> Ranked:
    """Return the bill that ``#7`` means: a draft has no number yet."""
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_ID:
        return []
    found = Invoice.objects.filter(pk=int(digits)).values_list("pk", flat=True)
    return [(pk, Rank.EXACT) for pk in found]


def _partly_open(amount: Decimal) -> Ranked:
    """Return bills of which exactly or nearly the amount is open, from the nearest open items."""
    width = amount * NEARNESS
    near = OpenItem.objects.open().filter(
        kind=ItemKind.INSTALMENT,
        open_amount__gte=amount - width,
        open_amount__lte=amount + width,
    )
    items = near.order_by(Abs(F("open_amount") - amount), "-pk").values("pk")[:CANDIDATES]
    rows = Instalment.objects.filter(item__in=items).values_list("invoice_id", "item__open_amount")
    nearest = sorted(rows, key=lambda row: (abs(row[1] - amount), -row[0]))
    return [(pk, Rank.NEAR if left != amount else Rank.WORD) for pk, left in nearest]
