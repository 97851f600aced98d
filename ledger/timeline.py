"""Documents and payments in timelines: what was posted, and what settled what."""

from __future__ import annotations

from typing import Any

from django.db.models import Min, Q, Sum
from django.utils.translation import gettext

from core.presentation import day_text, shown_amount
from core.timeline import Event
from core.timelines import Found, Subject, Window, contains, timeline_source
from customers.timeline import item_url
from ledger.models import Allocation, Entry, Journal


@timeline_source("documents")
def postings(subject: Subject, window: Window) -> Found:
    """Return the journals of a customer, or of a document's open items; two queries."""
    rows = Journal.objects.filter(contains(window.text, "reference", "reason"))
    if subject.is_account:
        rows = rows.filter(customer_id=subject.pk)
    else:
        own = Entry.objects.filter(item_id__in=subject.item_ids, journal__isnull=False)
        rows = rows.filter(pk__in=own.values("journal_id"))
    found = list(window.of(rows, "recorded_at"))
    sums: dict[int, Any] = {
        row["journal_id"]: row
        for row in Entry.objects.filter(journal__in=[one.pk for one in found])
        .order_by()
        .values("journal_id")
        .annotate(
            total=Sum("amount"),
            currency=Min("item__currency"),
            first_item=Min("item_id"),
            kind=Min("item__kind"),
        )
    }
    return [(one.pk, _posting(subject, one, sums.get(one.pk))) for one in found]


def _posting(subject: Subject, journal: Journal, row: dict[str, Any] | None) -> Event:
    parts = [gettext("effective %(day)s") % {"day": day_text(journal.effective_date)}]
    if row is not None:
        parts.insert(0, f"{row['currency']} {shown_amount(row['total'], row['currency'])}")
    if journal.reason:
        parts.append(journal.reason)
    is_receipt = row is not None and row["kind"] == "RECEIPT"
    url = ""
    if row is not None and subject.is_account:
        url = item_url(subject.tenant, row["kind"], row["first_item"])
    return Event(
        at=journal.recorded_at,
        icon="cash" if is_receipt else "file-invoice",
        title=f"{journal.get_kind_display()} {journal.reference}",
        detail=" · ".join(parts),
        url=url,
        makes=journal.reference,
    )


@timeline_source("documents")
def settlements(subject: Subject, window: Window) -> Found:
    """Return what settled a document, or what it settled; a customer sees the receipts instead."""
    if subject.is_account or not subject.item_ids:
        return []
    rows = (
        Allocation.objects.filter(
            Q(debit_item_id__in=subject.item_ids) | Q(credit_item_id__in=subject.item_ids)
        )
        .filter(contains(window.text, "debit_item__label", "credit_item__label"))
        .select_related("debit_item", "credit_item")
    )
    return [(one.pk, _settlement(subject, one)) for one in window.of(rows, "recorded_at")]


def _settlement(subject: Subject, one: Allocation) -> Event:
    other = one.credit_item if one.debit_item_id in subject.item_ids else one.debit_item
    amount = f"{other.currency} {shown_amount(one.amount, other.currency)}"
    is_undoing = one.undoes_id is not None
    words = {"label": other.label}
    title = (
        gettext("Allocation with %(label)s undone")
        if is_undoing
        else gettext("Allocated: %(label)s")
    )
    return Event(
        at=one.recorded_at,
        icon="unlink" if is_undoing else "link",
        title=title % words,
        detail=amount,
        url=item_url(subject.tenant, other.kind, other.pk),
    )
