"""One timeline for a customer, a bill and a receipt: many sources, newest first, page by page.

Each source is asked for one row more than a page holds, so a page costs the same however much
happened. A page ends at a ``Place``; the next begins there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import Tenant
from core.timeline import Event

PAGE = 30
LONGEST_SEARCH = 80
_SEPARATOR = "~"

# What can be chosen, in the order of its links.
KINDS: dict[str, str | Promise] = {
    "documents": _("Documents and payments"),
    "messages": _("Messages"),
    "views": _("Seen by the customer"),
    "changes": _("Changes"),
    "notes": _("Notes"),
    "files": _("Files"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a timeline is of. ``space`` is the namespace of its addresses, ``pk`` its id there.

    ``name`` is how audit rows and messages name it; with ``is_account`` it is a customer, to whom
    everything of ``account_id`` belongs. ``item_ids`` are a document's open items.
    """

    tenant: Tenant
    space: str
    pk: int
    name: str
    account_id: int | None
    is_account: bool = False
    item_ids: tuple[int, ...] = ()

    def rows(self, queryset: QuerySet[Any], field: str = "subject") -> QuerySet[Any]:
        """Limit rows that name their subject and account to this timeline's."""
        if self.is_account:
            return queryset.filter(account_id=self.account_id)
        return queryset.filter(**{field: self.name})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page ends: the moment, the source's rank and the row's id."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return _SEPARATOR.join((self.at.isoformat(), str(self.rank), str(self.pk)))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: one kind or all ("" ), words, and before which place."""

    kind: str = ""
    text: str = ""
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What one source is asked for: of one kind or of all it knows (""), with the words."""

    kind: str
    text: str
    rank: int
    before: Place | None

    def of(self, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
        """Return the newest rows after the place in the timeline's order, one more than a page."""
        if self.before is not None:
            earlier = Q(**{f"{field}__lt": self.before.at})
            if self.rank < self.before.rank:
                earlier = Q(**{f"{field}__lte": self.before.at})
            elif self.rank == self.before.rank:
                earlier |= Q(**{field: self.before.at, "pk__lt": self.before.pk})
            rows = rows.filter(earlier)
        return rows.order_by(f"-{field}", "-pk")[: PAGE + 1]


Found = list[tuple[int, Event]]  # a row's id and what is shown of it
Source = Callable[[Subject, Window], Found]
_SOURCES: list[tuple[tuple[str, ...], Source]] = []


def timeline_source(*kinds: str) -> Callable[[Source], Source]:
    """Register what finds the events of these kinds by one question; called at start-up."""
    if not set(kinds) <= set(KINDS):
        raise ValueError(f"{kinds} are not in core.timelines.KINDS")

    def register(source: Source) -> Source:
        if (kinds, source) not in _SOURCES:
            _SOURCES.append((kinds, source))
            _SOURCES.sort(key=_order)
        return source

    return register


def _order(registered: tuple[tuple[str, ...], Source]) -> tuple[int, str, str]:
    """Return what the source's rank goes by: of the same instant, documents stand on top."""
    kinds, source = registered
    return -list(KINDS).index(kinds[0]), source.__module__, source.__qualname__


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one day on the company's calendar."""

    day: date
    events: list[Event]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """One page; ``older`` is the place to go on from, empty at the end."""

    subject: Subject
    asked: Asked
    days: list[Day]
    older: str

    @property
    def kinds(self) -> list[tuple[str, str | Promise, bool]]:
        """Return every kind that can be chosen, and whether it is."""
        return [(kind, label, kind == self.asked.kind) for kind, label in KINDS.items()]


def read_asked(query: Any) -> Asked:
    """Return what an address asks for; what makes no sense is left out."""
    kind = query.get("type", "")
    text = query.get("search", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    return Asked(kind if kind in KINDS else "", text, read_place(query.get("before", "")))


def read_place(text: str) -> Place | None:
    """Return the place in an address; None for what is none."""
    try:
        at, rank, pk = text.split(_SEPARATOR)
        place = Place(datetime.fromisoformat(at), int(rank), int(pk))
    except ValueError:
        return None
    in_range = abs(place.pk) < 2**63 and 1970 <= place.at.year <= 2100  # noqa: PLR2004 - the house's
    return place if place.at.tzinfo and in_range else None


def timeline(subject: Subject, asked: Asked) -> TimelinePage:
    """Return one page of everything, or of the kind and words that are asked for."""
    found: list[tuple[Place, Event]] = []
    for rank, (kinds, source) in enumerate(_SOURCES):
        if asked.kind in ("", *kinds):
            window = Window(asked.kind, asked.text, rank, asked.before)
            found += [
                (Place(event.at, rank, pk), replace(event, source=kinds[0]))
                for pk, event in source(subject, window)
            ]
    found.sort(key=_place, reverse=True)
    older = str(found[PAGE - 1][0]) if len(found) > PAGE else ""
    shown = _told_once([event for _place, event in found], PAGE)
    return TimelinePage(subject, asked, _by_day(shown), older)


def _place(pair: tuple[Place, Event]) -> Place:
    return pair[0]


def _told_once(events: Sequence[Event], count: int) -> list[Event]:
    """Return the first events; an act and the document it made are one: the document says who."""
    acts = {(one.at, one.makes): one for one in events if one.makes and one.source == "changes"}
    made = {(one.at, one.makes) for one in events if one.makes and one.source == "documents"}
    shown = []
    for event in events[:count]:
        act = acts.get((event.at, event.makes)) if event.source == "documents" else None
        if act is not None:
            shown.append(replace(event, actor=act.actor, api_key=act.api_key))
        elif event.source != "changes" or (event.at, event.makes) not in made:
            shown.append(event)
    return _folded(shown)


def _folded(events: Iterable[Event]) -> list[Event]:
    """Return the events, newest first, with those that fold as one: first before, last after."""
    shown: list[Event] = []
    for event in events:
        last = shown[-1] if shown else None
        if (
            last is None
            or not event.folds
            or event.folds != last.folds
            or _day(event) != _day(last)
        ):
            shown.append(event)
            continue
        changes = {name: (before, after) for name, before, after in event.changes}
        for name, before, after in last.changes:
            changes[name] = (changes[name][0] if name in changes else before, after)
        both = tuple((name, *sides) for name, sides in changes.items() if sides[0] != sides[1])
        shown[-1] = replace(last, changes=both)
    return shown


def _day(event: Event) -> date:
    return timezone.localtime(event.at).date()


def _by_day(events: Iterable[Event]) -> list[Day]:
    days: list[Day] = []
    for event in events:
        day = _day(event)
        if not days or days[-1].day != day:
            days.append(Day(day, []))
        days[-1].events.append(event)
    return days


def contains(text: str, *fields: str) -> Q:
    """Return the condition that one of the fields contains the words; everything for none."""
    condition = Q()
    if text:
        for field in fields:
            condition |= Q(**{f"{field}__icontains": text})
    return condition


def subject_name(row: models.Model) -> str:
    """Return how audit rows name the row: ``app.model:id``."""
    return f"{row._meta.label_lower}:{row.pk}"
