"""Everything that happened with a customer as one timeline, newest first, page by page.

Three sources: the audit trail and the outbox, which know the account, and what was posted, which
hangs on the customer's open items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry, Tenant
from core.presentation import amount_text, day_text
from core.timeline import Event, event_icon, event_label, field_label
from core.urls_in import page_url
from customers.models import Customer
from customers.queries import open_item_model
from messaging.enums import MessageState
from messaging.queries import for_account

PAGE = 30
_SEPARATOR = "~"
_SHOWN_CHANGES = 4
_CHIPS = {
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "ok",
    MessageState.BOUNCED: "failed",
    MessageState.FAILED: "failed",
    MessageState.UNCONFIRMED: "unconfirmed",
    MessageState.HELD: "due",
    MessageState.CANCELLED: "void",
}
_ITEM_PAGES = {"INSTALMENT": "invoices:by_item", "RECEIPT": "payments:by_item"}

TYPES: dict[str, str | Promise] = {
    "changes": _("Changes"),
    "messages": _("Messages"),
    "postings": _("Postings"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the moment, the source's rank and the row's id."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return _SEPARATOR.join((self.at.isoformat(), str(self.rank), str(self.pk)))


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Events, newest first; ``older`` is the place to go on from, empty at the end."""

    events: list[Event]
    older: str


def read_place(text: str) -> Place | None:
    """Return the place in an address; None for what is none."""
    try:
        at, rank, pk = text.split(_SEPARATOR)
        place = Place(datetime.fromisoformat(at), int(rank), int(pk))
    except ValueError:
        return None
    return place if place.at.tzinfo and abs(place.pk) < 2**63 else None


def timeline(
    customer: Customer, *, tenant: Tenant, kind: str = "", before: Place | None = None
) -> TimelinePage:
    """Return a page of the customer's timeline; ``kind`` is one of ``TYPES``, empty for all."""
    found: list[tuple[Place, Event]] = []
    for rank, (name, source) in enumerate(_SOURCES.items()):
        if kind in ("", name):
            found += source(customer, tenant, rank, before)
    found.sort(key=lambda pair: (pair[0].at, pair[0].rank, pair[0].pk), reverse=True)
    events = [event for _place, event in found[:PAGE]]
    return TimelinePage(events, str(found[PAGE - 1][0]) if len(found) > PAGE else "")


def item_url(tenant: Tenant, kind: str, item_id: int) -> str:
    """Return the page of the bill or receipt an open item belongs to, by an app above; or none."""
    try:
        return page_url(tenant, _ITEM_PAGES[kind], item_id) if kind in _ITEM_PAGES else ""
    except NoReverseMatch:
        return ""


def _older_than(rows: QuerySet[Any], field: str, rank: int, before: Place | None) -> QuerySet[Any]:
    """Limit to rows that come after the place in the timeline's order, the newest of them first."""
    if before is not None:
        earlier = Q(**{f"{field}__lt": before.at})
        if rank < before.rank:
            earlier = Q(**{f"{field}__lte": before.at})
        elif rank == before.rank:
            earlier |= Q(**{field: before.at, "pk__lt": before.pk})
        rows = rows.filter(earlier)
    return rows.order_by(f"-{field}", "-pk")[: PAGE + 1]


def _changes(
    customer: Customer, _tenant: Tenant, rank: int, before: Place | None
) -> list[tuple[Place, Event]]:
    entries = AuditEntry.objects.select_related("actor").filter(account_id=customer.pk)
    return [
        (
            Place(entry.happened_at, rank, entry.pk),
            Event(
                at=entry.happened_at,
                icon=event_icon(entry),
                title=event_label(entry),
                detail=_detail(entry),
                actor=str(entry.actor) if entry.actor_id else gettext("System"),
            ),
        )
        for entry in _older_than(entries, "happened_at", rank, before)
    ]


def _detail(entry: AuditEntry) -> str:
    parts = [] if entry.subject.startswith("customers.customer:") else [entry.subject_label]
    if entry.reason:
        parts.append(entry.reason)
    elif not entry.event.endswith((".created", ".added")):
        parts += [
            f"{field_label(entry, name)}: {_shown(change[0])} → {_shown(change[1])}"
            for name, change in list(entry.changes.items())[:_SHOWN_CHANGES]
            if isinstance(change, list) and len(change) == 2  # noqa: PLR2004 - before and after
        ]
    return " · ".join(part for part in parts if part)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return "–" if value in (None, "") else str(value)[:80]


def _messages(
    customer: Customer, tenant: Tenant, rank: int, before: Place | None
) -> list[tuple[Place, Event]]:
    return [
        (
            Place(message.created_at, rank, message.pk),
            Event(
                at=message.created_at,
                icon="mail",
                title=message.subject,
                detail=f"{message.to_address} · {message.get_state_display()}",
                url=_page(tenant, "messaging:detail", message.pk),
                kind=_CHIPS.get(MessageState(message.state), "draft"),
            ),
        )
        for message in _older_than(for_account(customer.pk), "created_at", rank, before)
    ]


def _postings(
    customer: Customer, tenant: Tenant, rank: int, before: Place | None
) -> list[tuple[Place, Event]]:
    items = open_item_model()
    journals = items._meta.get_field("entries").related_model._meta.get_field("journal")
    journal_model = journals.related_model
    kinds = dict(journal_model._meta.get_field("kind").choices)
    rows = (
        journal_model.objects.filter(entries__item__customer_id=customer.pk)
        .values("pk", "kind", "reference", "effective_date", "recorded_at", "reason")
        .annotate(
            amount=Sum("entries__amount"),
            currency=Min("entries__item__currency"),
            item_id=Min("entries__item_id"),
            item_kind=Min("entries__item__kind"),
        )
    )
    return [
        (
            Place(row["recorded_at"], rank, row["pk"]),
            Event(
                at=row["recorded_at"],
                icon="cash" if row["item_kind"] == "RECEIPT" else "file-invoice",
                title=f"{kinds[row['kind']]} {row['reference']}",
                detail=_posting_detail(row),
                url=item_url(tenant, row["item_kind"], row["item_id"]),
            ),
        )
        for row in _older_than(rows, "recorded_at", rank, before)
    ]


def _posting_detail(row: dict[str, Any]) -> str:
    parts = [
        f"{row['currency']} {amount_text(row['amount'], row['currency'])}",
        gettext("effective %(day)s") % {"day": day_text(row["effective_date"])},
        row["reason"],
    ]
    return " · ".join(part for part in parts if part)


def _page(tenant: Tenant, name: str, pk: int) -> str:
    try:
        return page_url(tenant, name, pk)
    except NoReverseMatch:
        return ""


_Source = Callable[[Customer, Tenant, int, Place | None], list[tuple[Place, Event]]]
_SOURCES: dict[str, _Source] = {
    "changes": _changes,
    "messages": _messages,
    "postings": _postings,
}
