"""What a change of a bill's lines says in the audit trail: each field, before and after.

The names are ``lines.<position>.<field>``; ``lines.<position>`` is a line that came or went, with
what it said; ``lines.order`` the former positions in their new order; ``lines.more`` how many
entries are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core import audit
from core.money import trimmed
from invoices.models import InvoiceLine, Product, TaxCode

MOST_TOLD = 30
LONGEST = 120  # characters of a line that came or went
# What a person writes of a line; the rest follows from it.
WRITTEN = (
    "product_id",
    "description",
    "service_from",
    "service_to",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "tax_code_id",
)
_NAMED: dict[str, Any] = {"product_id": (Product, "code"), "tax_code_id": (TaxCode, "name")}
_PLACES = {"unit_price": 2, "discount_amount": 2}


@dataclass(slots=True)
class LineChanges:
    """
    What was done to the lines.

    :ivar kept: the lines that stay, in their new order, with what they said before
    """

    added: list[InvoiceLine] = field(default_factory=list)
    removed: list[InvoiceLine] = field(default_factory=list)
    kept: list[tuple[InvoiceLine, Mapping[str, Any]]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return the changes as the audit trail keeps them."""
        told: dict[str, Any] = {}
        places = [int(before["position"]) for _line, before in self.kept]
        if places != sorted(places):
            told["lines.order"] = _moved(places)
        sides: dict[int, list[str | None]] = {}
        for side, lines in enumerate((self.removed, self.added)):
            for line in lines:
                sides.setdefault(line.position, [None, None])[side] = _short(line)
        told |= {f"lines.{position}": sides[position] for position in sorted(sides)}
        told |= self._fields()
        if len(told) > MOST_TOLD:
            left_out = len(told) - MOST_TOLD
            told = dict(list(told.items())[:MOST_TOLD]) | {"lines.more": left_out}
        return told

    def _fields(self) -> dict[str, Any]:
        names = {name: self._names_of(name) for name in _NAMED}
        told: dict[str, Any] = {}
        for line, before in self.kept:
            for name in WRITTEN:
                old, new = before[name], getattr(line, name)
                if not audit.differences({name: old}, {name: new}, [name]):
                    continue
                if name in names:
                    pair = [names[name].get(old), names[name].get(new)]
                else:
                    pair = [_text(name, old), _text(name, new)]
                told[f"lines.{line.position}.{name.removesuffix('_id')}"] = pair
        return told

    def _names_of(self, name: str) -> dict[int, str]:
        """Return what the products or tax codes are called that one of the lines changed."""
        pairs = [(before[name], getattr(line, name)) for line, before in self.kept]
        changed = {pk for old, new in pairs if old != new for pk in (old, new) if pk}
        if not changed:
            return {}
        model, called = _NAMED[name]
        return {pk: getattr(row, called) for pk, row in model.objects.in_bulk(changed).items()}


def _moved(places: Sequence[int]) -> list[list[int]]:
    """Return before and after of what is no longer where it was among the lines that stay."""
    before = sorted(places)
    apart = [
        index for index, pair in enumerate(zip(before, places, strict=True)) if len(set(pair)) > 1
    ]
    part = slice(apart[0], apart[-1] + 1)
    return [before[part], list(places[part])]


def _short(line: InvoiceLine) -> str:
    quantity, price = _text("quantity", line.quantity), _text("unit_price", line.unit_price)
    return f"{line.description[:LONGEST]} · {quantity} × {price}"


def _text(name: str, value: Any) -> Any:
    return f"{trimmed(value, _PLACES.get(name, 0)):f}" if isinstance(value, Decimal) else value
