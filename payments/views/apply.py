"""The part of a page on which money is applied to open debts: a new receipt's, or what is left.

All arithmetic is done here. The page sends what was typed and what the last proposal was, so that
an amount that changes brings a new proposal only where nobody has typed into the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.forms import BoundField

from core.models import Tenant
from core.money import ZERO, q
from core.presentation import plain_amount, typed_amount
from customers.timeline import item_url
from ledger.models import OpenItem
from payments import queries
from payments.calculations import oldest_first, suggest
from payments.enums import Proposal
from payments.forms import ApplyForm, apply_name
from payments.queries import read_id

SUGGEST, OLDEST, CLEAR, REFRESH, SEARCH = "suggest", "oldest", "clear", "refresh", "search"
ACTIONS = (SUGGEST, OLDEST, CLEAR, REFRESH, SEARCH)
TYPED = "-"  # as last proposal: a person decided, propose nothing by yourself
PREFIX = "apply_"
MOST_TYPED = 2000
LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class ApplyRow:
    """One open debt, where its document is, and the field for what is applied to it."""

    item: OpenItem
    url: str
    field: BoundField
    open_text: str


@dataclass(slots=True)
class ApplyPart:
    """What ``payments/parts/debts.html`` and ``foot.html`` show.

    :ivar amount: the money there is, in ``currency``; None while nobody knows
    :ivar reason: why the amounts are proposed; None where a person typed them
    :ivar suggested: the last proposal, sent back by the page
    :ivar seen: which customer, currency and amount the page was made for
    :ivar is_unseen: a proposal would be made that nobody has seen yet
    :ivar is_missing: something typed belongs to a debt that is not open any more
    """

    form: ApplyForm
    rows: list[ApplyRow]
    currency: str
    amount: Decimal | None
    reason: Proposal | None
    suggested: str
    seen: str
    search: str
    debts: queries.Debts
    is_unseen: bool
    is_missing: bool

    @property
    def applied(self) -> Decimal:
        """The sum of what is applied."""
        return sum(self.form.amounts().values(), ZERO)

    @property
    def left(self) -> Decimal | None:
        """What stays unused; negative when too much is applied."""
        return None if self.amount is None else self.amount - self.applied

    @property
    def hidden(self) -> int:
        """How many debts the table does not show."""
        return max(self.debts.found - len(self.rows), 0)

    @property
    def has_errors(self) -> bool:
        """Test if the amounts cannot be applied as they are."""
        return self.is_missing or bool(self.form.errors)


def apply_part(
    tenant: Tenant,
    *,
    customer_id: int,
    currency: str,
    amount: Decimal | None,
    data: Mapping[str, Any],
    action: str,
    preset: Mapping[int, Decimal] | None = None,
) -> ApplyPart:
    """
    Return the part for what the page sent; ``action`` is one of ``ACTIONS`` or saves.

    ``preset`` are amounts by item id to start from. Ids of other customers' debts are as missing
    as ids of none.
    """
    typed = _typed(data)
    said = str(data.get("suggested") or "")
    seen = f"{customer_id}:{currency}:{'' if amount is None else plain_amount(amount, currency)}"
    is_untouched = _written(typed) == said
    reason, proposed = _proposal(
        customer_id, currency, amount, preset, action, is_untouched=is_untouched
    )
    is_unseen = False
    if proposed is not None and action in ACTIONS:
        typed = {pk: typed_amount(part, currency) for pk, part in proposed.items()}
        said = _written(typed) if action != CLEAR else TYPED
    elif proposed and data.get("seen") != seen:
        is_unseen = True
        typed = {pk: typed_amount(part, currency) for pk, part in proposed.items()}
        said = _written(typed)
    elif not is_untouched:
        reason, said = None, said if action in ACTIONS else TYPED
    text = str(data.get("search") or "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    debts = queries.debts_to_settle(customer_id, currency, text=text, always=typed)
    there = {item.pk for item in debts.items}
    form = ApplyForm(
        {apply_name(pk): text for pk, text in typed.items()},
        items=debts.items,
        currency=currency,
        amount=amount,
    )
    form.is_valid()
    return ApplyPart(
        form=form,
        rows=[
            ApplyRow(
                item,
                item_url(tenant, item.kind, item.pk),
                form[apply_name(item.pk)],
                typed_amount(item.open_amount, currency),
            )
            for item in debts.items
        ],
        currency=currency,
        amount=amount,
        reason=reason,
        suggested=said,
        seen=seen,
        search=text,
        debts=debts,
        is_unseen=is_unseen,
        is_missing=action not in ACTIONS and not set(typed) <= there,
    )


def _proposal(
    customer_id: int,
    currency: str,
    amount: Decimal | None,
    preset: Mapping[int, Decimal] | None,
    action: str,
    *,
    is_untouched: bool,
) -> tuple[Proposal | None, Mapping[int, Decimal] | None]:
    """Return amounts by item id and why; None for the amounts where none shall be proposed."""
    if preset is not None:
        return Proposal.EXACT if len(preset) == 1 else Proposal.EXACT_SUM, preset
    if action == CLEAR:
        return None, {}
    if amount is None or amount <= ZERO or action == SEARCH:
        return None, None
    if action not in (SUGGEST, OLDEST) and not is_untouched:
        return None, None
    debts = queries.debts_to_suggest(customer_id, currency, q(amount, currency))
    if action == OLDEST:
        return Proposal.OLDEST_FIRST, oldest_first(amount, debts)
    suggestion = suggest(amount, debts)
    return suggestion.reason, suggestion.amounts


def _typed(data: Mapping[str, Any]) -> dict[int, str]:
    """Return what stands in the fields by item id, without the empty ones."""
    found: dict[int, str] = {}
    for name in data:
        pk = read_id(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
        text = str(data[name]).strip()
        if pk is not None and text and len(found) < MOST_TYPED:
            found[pk] = text
    return found


def _written(typed: Mapping[int, str]) -> str:
    """Return amounts as one text, to see whether they are still the proposed ones."""
    return " ".join(f"{pk}={text}" for pk, text in sorted(typed.items()))
