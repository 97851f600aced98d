"""How receipts are found: by number, reference and amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.numbering import numbers_meant
from core.presentation import day_text
from core.search import (
    Asked,
    Ranked,
    Shown,
    Source,
    ThingAction,
    beginning,
    best_of,
    by_amount,
    offer_action,
    register,
)
from payments.models import Receipt
from payments.queries import Use, for_list
from payments.tables import USE_CHIPS


def find(asked: Asked) -> Ranked:
    """Return receipts by number and reference, and by amount."""
    numbers = numbers_meant(kind="receipt", text=asked.text)
    found = beginning(Receipt.objects.all(), ("number", "reference"), asked, numbers)
    if asked.amount is None:
        return best_of(found)
    return best_of(
        found, by_amount(Receipt.objects.all(), "amount_thousandths", "amount", asked.amount)
    )


def show(ids: Sequence[int], day: date) -> Mapping[int, Shown]:
    """Return how receipts look among what was found; one statement."""
    shown = {}
    receipts: QuerySet[Any] = for_list().filter(pk__in=ids)
    for receipt in receipts:
        use = Use(receipt.use)
        details = (receipt.customer.name, receipt.reference, day_text(receipt.received_on))
        shown[receipt.pk] = Shown(
            title=receipt.number,
            detail=" · ".join(one for one in details if one),
            amount=receipt.amount,
            currency=receipt.currency,
            chip=(str(use.label), USE_CHIPS[use]),
        )
    return shown


def connect() -> None:
    """Let receipts be found; offer to receive money of a customer that is."""
    register(
        Source(
            kind="receipt",
            label=_("Receipts"),
            permission="payments.view",
            icon="cash",
            page="payments:detail",
            place=3,
            find=find,
            show=show,
        )
    )
    offer_action(
        "customer",
        ThingAction(
            label=_("Receive payment from %(name)s"),
            page="payments:new",
            permission="payments.edit",
            parameter="customer",
            icon="cash",
            place=2,
        ),
    )
