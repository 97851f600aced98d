"""Two people at one draft: what the other one saved, beside what was typed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import audit
from core.models import AuditEntry
from core.seen import in_words
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
    left, right = rows_in_words(theirs.lines), rows_in_words(mine.lines)
    sides = []
    for place in range(max(len(left), len(right))):
        pair = [rows[place] if place < len(rows) else "" for rows in (left, right)]
        if pair[0] != pair[1]:
            sides.append(Side("", place + 1, *pair))
    return sides


def rows_in_words(lines: Any) -> list[str]:
    """Return each line of a grid as one text, in the order of the bill."""
    rows: list[tuple[int, str]] = []
    for form in lines.forms:
        if form.is_bound and (not form.has_changed() or form.data.get(f"{form.prefix}-DELETE")):
            continue
        values = [_shown(form, name) for name in _LINE if name in form.fields]
        if any(values):
            position = form["position"].value()
            place = number_in(str(position or "")) or len(rows) + 1
            rows.append((place, " · ".join(value for value in values if value)))
    return [text for _place, text in sorted(rows, key=lambda row: row[0])]


def _shown(form: Any, name: str) -> str:
    return in_words(form.fields[name], form[name].value())
