"""How customers are found: by code, name, tax id, pinyin and initials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Case, Q, When
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from core.search import SHOWN, Asked, Rank, Ranked, Shown, Source, rank_of, register
from customers.enums import CustomerStatus
from customers.models import Customer

CANDIDATES = 8 * SHOWN
SHORT = 2  # letters, such as initials begin with
CHIPS = {CustomerStatus.ON_HOLD: "due", CustomerStatus.ARCHIVED: "off"}


def find(asked: Asked) -> Ranked:
    """
    Return the best customers; archived ones come last among their like.

    The company's keys are read from their index, some 20 ms for 100,000: those that begin with the
    text are taken first, then those of which every word begins so, of these the shortest, so that
    no number of others hides the exact one. A letter or two, or a digit, stand somewhere in nearly
    every key: for them the words' beginnings are asked alone first.
    """
    exact = Customer.objects.filter(code__in=asked.writings).values_list("pk", flat=True)
    found = dict.fromkeys(exact, (Rank.EXACT, False))
    words = Q(*(Q(search_key__contains=f" {word}") for word in asked.words))
    parts = Q(*(Q(search_key__contains=word) for word in asked.words))
    begins = Case(
        When(search_key__startswith=f" {asked.plain}", then=0), When(words, then=1), default=2
    )
    longest = 1 if asked.plain.isdigit() else SHORT
    is_common = len(asked.plain) <= longest and asked.plain.isascii()
    for condition in (words, parts) if is_common else (parts,):
        rows = Customer.objects.filter(condition).order_by(begins, Length("search_key"), "pk")
        for pk, status, key in rows.values_list("pk", "status", "search_key")[:CANDIDATES]:
            rank = rank_of(key, asked)
            if rank is not None:
                found.setdefault(pk, (rank, status == CustomerStatus.ARCHIVED))
        if len(found) >= SHOWN:
            break
    best = sorted(found.items(), key=lambda one: one[1])
    return [(pk, rank) for pk, (rank, _is_archived) in best]


def show(ids: Sequence[int], day: date) -> Mapping[int, Shown]:
    """Return how customers look among what was found."""
    shown = {}
    for customer in Customer.objects.filter(pk__in=ids):
        status = CustomerStatus(customer.status)
        details = (customer.code, customer.short_name, customer.tax_id)
        shown[customer.pk] = Shown(
            title=customer.name,
            detail=" · ".join(one for one in details if one),
            chip=(str(status.label), CHIPS[status]) if status in CHIPS else None,
            is_idle=status == CustomerStatus.ARCHIVED,
        )
    return shown


def connect() -> None:
    """Let customers be found."""
    register(
        Source(
            kind="customer",
            label=_("Customers"),
            permission="customers.view",
            icon="users",
            page="customers:detail",
            place=1,
            find=find,
            show=show,
        )
    )
