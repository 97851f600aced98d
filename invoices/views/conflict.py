"""Two people at one draft: what the other one saved, beside what was typed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from core import audit
from core.models import AuditEntry
from invoices.models import Invoice
from invoices.views.editor_page import Page, number_in, page_of

_HEAD = (
    "customer", "terms", "currency", "language", "po_number", "reference", "discount", "note",
    "internal_note",
)  # fmt: skip
_LINE = (
    "product", "description", "service_from", "service_to", "quantity", "unit", "unit_price",
    "discount", "tax_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One thing that is said differently: a field of the head, or a line."""

    label: str
    line: int
    theirs: str
    mine: str


def conflict_context(page: Page, current: Invoice) -> dict[str, Any]:
    """Return who saved the bill, when, and what differs between it and the page."""
    last = (
        AuditEntry.objects.filter(subject=audit.subject_of(current))
        .select_related("actor")
        .order_by("-pk")
        .first()
    )
    theirs = page_of(page.tenant, current)
    return {
        "conflict": current,
        "conflict_by": last.actor if last else None,
        "conflict_at": last.happened_at if last else None,
        "conflict_sides": [*_of_heads(theirs, page), *_of_lines(theirs, page)],
    }


def _of_heads(theirs: Page, mine: Page) -> list[Side]:
    sides = []
    for name in _HEAD:
        label = str(theirs.head.fields[name].label)
        left, right = _shown(theirs.head, name), _shown(mine.head, name)
        if left != right:
            sides.append(Side(label, 0, left, right))
    return sides


def _of_lines(theirs: Page, mine: Page) -> list[Side]:
    left, right = _rows(theirs), _rows(mine)
    sides = []
    for place in range(max(len(left), len(right))):
        pair = [rows[place] if place < len(rows) else "" for rows in (left, right)]
        if pair[0] != pair[1]:
            sides.append(Side("", place + 1, *pair))
    return sides


def _rows(page: Page) -> list[str]:
    """Return each line as one text, in the order of the bill."""
    rows: list[tuple[int, str]] = []
    for form in page.lines.forms:
        if form.is_bound and (not form.has_changed() or form.data.get(f"{form.prefix}-DELETE")):
            continue
        values = [_shown(form, name) for name in _LINE]
        if any(values):
            position = form["position"].value()
            place = number_in(str(position or "")) or len(rows) + 1
            rows.append((place, " · ".join(value for value in values if value)))
    return [text for _place, text in sorted(rows, key=lambda row: row[0])]


def _shown(form: Any, name: str) -> str:
    """Return a field as a person reads it: the label of a choice, an amount as it is written."""
    bound = form[name]
    value = bound.value()
    choices = getattr(bound.field.widget, "choices", None)
    if choices:
        return dict(_flat(choices)).get(str(value if value is not None else ""), str(value or ""))
    if isinstance(value, str):
        try:
            value = bound.field.to_python(value)
        except ValidationError:
            return str(value).strip()  # what cannot be read is shown as typed
    shown = bound.field.prepare_value(value)
    return "" if shown is None else str(shown).strip()


def _flat(choices: Any) -> list[tuple[str, str]]:
    """Return the choices with text keys, those in groups among them."""
    flat: list[tuple[str, str]] = []
    for key, label in choices:
        if isinstance(label, list | tuple):
            flat += _flat(label)
        else:
            flat.append((str(key if key is not None else ""), str(label)))
    return flat
