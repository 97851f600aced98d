"""What happened to something, in words: the timeline of a page and the history of changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext

from core.field_names import FIELD_NAMES
from core.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``core/parts/timeline.html``; ``kind`` tints it as a chip of that kind."""

    at: datetime
    icon: str
    title: str | Promise
    detail: str | Promise = ""
    actor: str | Promise = ""
    api_key: str = ""  # of the program that did it in the actor's name
    url: str = ""
    kind: str = ""
    state: str | Promise = ""  # a word in a chip of that kind
    body: str = ""  # what a person wrote, line by line
    source: str = ""
    makes: str = ""  # the label of the document that this made, or is
    changes: tuple[tuple[str, str, str], ...] = ()  # field, before, after
    file: str = ""  # the name of a file that can be fetched
    size: int = 0  # of that file, in bytes
    note: int = 0  # the id of a note
    note_subject: str = ""  # what it is about
    folds: str = ""  # with what comes right before it and has the same key, it is shown as one
    author_id: int = 0
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class _Names:
    labels: dict[str, str | Promise] = field(default_factory=dict)
    icons: dict[str, str] = field(default_factory=dict)


_NAMES = _Names()


def name_events(**events: tuple[str | Promise, str]) -> None:
    """
    Say what audit events are called and which icon they have.

    For an app's ``apps.py``: ``name_events(**{"invoice.issued": (_("Issued"), "file-check")})``.
    """
    for event, (label, icon) in events.items():
        _NAMES.labels[event] = label
        _NAMES.icons[event] = icon


def event_names() -> list[tuple[str, str]]:
    """Return every event that has a name, as choices in the order of the names."""
    return sorted(((event, str(label)) for event, label in _NAMES.labels.items()), key=_name)


def events_called(text: str) -> list[str]:
    """Return the events whose name, in the reader's language, contains the words."""
    wanted = text.casefold()
    return [event for event, label in event_names() if wanted in label.casefold()]


def _name(choice: tuple[str, str]) -> str:
    return choice[1]


def event_label(entry: AuditEntry) -> str:
    """Return what happened, in the reader's language; the event's own name if nobody named it."""
    label = _NAMES.labels.get(entry.event)
    return str(label) if label else capfirst(entry.event.replace(".", " ").replace("_", " "))


def event_icon(entry: AuditEntry) -> str:
    return _NAMES.icons.get(entry.event, "history")


def field_label(entry: AuditEntry, name: str) -> str:
    """
    Return the name of a changed field as its model calls it.

    ``lines.2.unit`` is a field of the second line, ``lines.2`` that line.
    """
    try:
        model = apps.get_model(entry.subject.partition(":")[0])
        if "." in name:
            return _label_of_part(model, *name.split(".", 2))
        return _label_in(model, name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return _without_own(name)


def _label_in(model: Any, name: str) -> str:
    own = str(getattr(model._meta.get_field(name), "verbose_name", ""))
    is_named = own and own != name.replace("_", " ")
    # A field without a name of its own is called like a word of the house.
    return gettext(capfirst(own)) if is_named else _without_own(name)


def _without_own(name: str) -> str:
    return str(FIELD_NAMES.get(name) or gettext(capfirst(name.replace("_", " "))))


def _label_of_part(model: Any, relation: str, place: str, name: str = "") -> str:
    if place == "order":
        return gettext("Order of the lines")
    if place == "more":
        return gettext("Further changes of lines")
    if not name:
        return gettext("Line %(line)s") % {"line": place}
    part = model._meta.get_field(relation).related_model
    return gettext("Line %(line)s: %(field)s") % {"line": place, "field": _label_in(part, name)}


def from_audit(entries: Iterable[AuditEntry]) -> list[Event]:
    """Return audit entries (fetched with ``select_related("actor")``) as timeline events."""
    return [
        Event(
            at=entry.happened_at,
            icon=event_icon(entry),
            title=event_label(entry),
            detail=_detail(entry),
            actor=str(entry.actor) if entry.actor_id else gettext("System"),
            api_key=entry.api_key,
        )
        for entry in entries
    ]


def newest_first(*groups: Iterable[Event], limit: int = 200) -> list[Event]:
    """Return the events of several sources as one timeline."""
    merged = [event for group in groups for event in group]
    return sorted(merged, key=lambda event: event.at, reverse=True)[:limit]


def _detail(entry: AuditEntry) -> str:
    return entry.reason or entry.subject_label


A_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{3,}")
IDLE_ZEROS = re.compile(r"(\.[0-9]{2}[0-9]*?)0+$")  # two decimals stay


def shown_value(value: Any) -> str:
    """Return a changed value as text, a number without idle zeros; nothing where there was none."""
    text = "" if value is None else str(value)
    return IDLE_ZEROS.sub(r"\1", text) if A_NUMBER.fullmatch(text) else text
