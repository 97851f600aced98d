"""What the house itself knows of a thing: its audit trail, and what people wrote and kept."""

from __future__ import annotations

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext

from core.changes import changes_in_words
from core.models import AuditEntry, Note
from core.timeline import Event, event_icon, event_label, events_called
from core.timelines import Found, Subject, Window, contains, timeline_source

# Audit events by which a document comes into the books or goes: shown as the document itself.
_MAKING: set[str] = set()
# Audit events that tell of the customer's acts.
_CUSTOMERS: set[str] = set()
# Audit events of which several by one person in a row are shown as one.
_FOLDED: set[str] = set()


def events_that_make(*events: str) -> None:
    """Say which audit events are told by the document they make; at start-up."""
    _MAKING.update(events)


def events_of_the_customer(*events: str) -> None:
    """Say which audit events are acts of the customer; at start-up."""
    _CUSTOMERS.update(events)


def events_that_fold(*events: str) -> None:
    """Say which audit events a page writes by itself while somebody types; at start-up."""
    _FOLDED.update(events)


@timeline_source("changes", "views")
def trail(subject: Subject, window: Window) -> Found:
    """Return what was changed, with before and after, and when the customer looked or fetched."""
    entries = subject.rows(AuditEntry.objects.select_related("actor"))
    if window.kind == "views":
        entries = entries.filter(event__in=_CUSTOMERS)
    else:
        entries = entries.exclude(event__startswith="note.")
    if window.kind == "changes":
        entries = entries.exclude(event__in=_CUSTOMERS)
    if window.text:
        entries = entries.annotate(said=Cast("changes", TextField())).filter(
            contains(window.text, "subject_label", "reason", "said", "actor__name")
            | Q(event__in=events_called(window.text))
        )
    return [(entry.pk, _told(subject, entry)) for entry in window.of(entries, "happened_at")]


def _told(subject: Subject, entry: AuditEntry) -> Event:
    parts = [entry.reason]
    if entry.subject != subject.name:
        parts.insert(0, entry.subject_label)
    by_customer = entry.event in _CUSTOMERS
    return Event(
        at=entry.happened_at,
        icon=event_icon(entry),
        title=event_label(entry),
        detail=" · ".join(part for part in parts if part),
        actor="" if by_customer else str(entry.actor) if entry.actor_id else gettext("System"),
        api_key=entry.api_key,
        kind="info" if by_customer else "",
        makes=entry.subject_label if entry.event in _MAKING else "",
        changes=changes_in_words(entry),
        folds=_fold_key(entry),
    )


def _fold_key(entry: AuditEntry) -> str:
    """Return what is alike in entries shown as one; "" where lines came, went or were moved."""
    has_other_places = any(name.count(".") == 1 for name in entry.changes)
    if entry.event not in _FOLDED or has_other_places:
        return ""
    return f"{entry.event} {entry.subject} {entry.actor_id} {entry.api_key}"


@timeline_source("notes", "files")
def written(subject: Subject, window: Window) -> Found:
    """Return what people wrote and attached, withdrawn or not."""
    found = subject.rows(Note.objects.select_related("author", "withdrawn_by", "file")).filter(
        contains(window.text, "body", "file_name", "author__name", "author__email")
    )
    if window.kind:
        found = found.filter(file__isnull=window.kind == "notes")
    return [(note.pk, _note(subject, note)) for note in window.of(found, "created_at")]


def _note(subject: Subject, note: Note) -> Event:
    is_withdrawn = note.withdrawn_at is not None
    title = gettext("File") if note.file_id else gettext("Note")
    detail = ""
    if is_withdrawn:
        detail = gettext("Withdrawn by %(person)s") % {"person": note.withdrawn_by}
    return Event(
        at=note.created_at,
        icon="paperclip" if note.file_id else "message-circle",
        title=note.file_name or title,
        detail=detail,
        actor=str(note.author),
        kind="void" if is_withdrawn else "draft",
        body=note.body,
        file=note.file_name,
        note=note.pk,
        is_withdrawn=is_withdrawn,
        note_subject=note.subject,
        size=note.file.size if note.file else 0,
        author_id=note.author_id,
    )
