"""Two people at one form: what was saved since a page was opened is never overwritten unseen.

A page that changes a row carries a signed note of what it showed, one digest for each field
(``{% include "core/parts/seen.html" %}`` inside the form). When it is sent, the note is held
against what stands now: a field that somebody else changed meanwhile, and that would be saved
otherwise, stops the saving with status 409, both values side by side. The page then carries a note
of what stands now, so that sending it again means to overwrite.

The view locks what it changes before it reads it (``hold`` or ``hold_company``), so that nothing
comes between the look and the saving. A sending without a note, or with a note of another form,
says nothing of what was seen and is refused: 422, "open the page again".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.audit import subject_of
from core.http import UNPROCESSABLE
from core.models import AuditEntry
from core.operations.hold import held, hold_settings
from core.views import StaffRequest

FIELD = "seen"
CONFLICT = 409
SALT = "core.seen"
LATELY = 60  # minutes that are counted out; what was saved before is told by its time
OPEN_AGAIN = _(
    "Nothing was saved: this page does not say what it showed when you opened it. Open it again "
    "and enter your changes there."
)

Row = TypeVar("Row", bound=models.Model)


def hold(request: StaffRequest, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows, each locked by its reading if the request may change it."""
    return held(rows) if request.method == "POST" else rows


def hold_company(request: StaffRequest) -> None:
    """Lock the company's settings until the answer, if the request may change them."""
    if request.method == "POST":
        hold_settings(request.tenant)


@dataclass(frozen=True, slots=True)
class Part:
    """What a page shows besides its form's fields, such as lines: in words, now and as typed."""

    name: str
    label: Any
    stands: str
    typed: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people say differently."""

    label: str
    stands: str
    typed: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody saved meanwhile; ``entry`` tells who and when, ``minutes`` how long ago."""

    differences: list[Difference]
    entry: AuditEntry | None = None
    is_own: bool = False
    minutes: int | None = None


class Seen:
    """What the page of one row showed, and whether that still stands.

    ``form`` has the row as it stands as its initial values. ``subject`` and ``events`` name the
    audit entries that tell who saved it, where these are not the row's own.
    """

    def __init__(
        self,
        request: StaffRequest,
        form: Any,
        row: models.Model,
        *,
        at: datetime,
        subject: models.Model | None = None,
        events: Sequence[str] = (),
        parts: Sequence[Part] = (),
    ) -> None:
        self.request, self.form, self.at, self.parts = request, form, at, parts
        self.subject, self.events = subject_of(subject or row), events
        self.salt = f"{SALT}:{type(form).__name__}:{subject_of(row)}"
        self.conflict: Conflict | None = None

    @property
    def token(self) -> str:
        """The note for the page that is about to be shown; a refused one keeps its own."""
        if self.form.is_bound and self.conflict is None:
            return str(self.form.data.get(FIELD, ""))
        note = {"at": self.at.timestamp(), "of": self._stands()}
        return signing.dumps(note, salt=self.salt)

    def is_current(self) -> bool:
        """Test if a valid form may be saved: nothing is overwritten that the person did not see."""
        note = self._note()
        if note is None:
            self.form.add_error(None, OPEN_AGAIN)
            return False
        stands = self._stands()
        changed = {name for name, digest in note["of"].items() if digest != stands[name]}
        differences = [
            *(d for name in self.form.fields if name in changed and (d := self._field(name))),
            *(d for part in self.parts if part.name in changed and (d := _of_part(part))),
        ]
        if not differences:
            return True
        since = datetime.fromtimestamp(note["at"], UTC)
        entries = AuditEntry.objects.filter(subject=self.subject, happened_at__gte=since)
        if self.events:
            entries = entries.filter(event__in=self.events)
        self.conflict = conflict_of(self.request, differences, entries, at=self.at)
        return False

    def _note(self) -> Any:
        try:
            note = signing.loads(str(self.form.data.get(FIELD, "")), salt=self.salt)
        except signing.BadSignature:
            return None
        return note if note["of"].keys() == self._stands().keys() else None

    def _stands(self) -> dict[str, str]:
        fields = {
            name: _digest(self.form.get_initial_for_field(field, name))
            for name, field in self.form.fields.items()
        }
        return fields | {part.name: _digest(part.stands) for part in self.parts}

    def _field(self, name: str) -> Difference | None:
        """Return both values, unless the one that was typed stands there already."""
        stands = self.form.get_initial_for_field(self.form.fields[name], name)
        is_same = _plain(self.form.cleaned_data.get(name)) == _plain(stands)
        return None if is_same or name not in self.form.changed_data else side(self.form, name)


def refused(request: StaffRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Show a form again: 409 if ``context["seen"]`` has a conflict, or 422 with its messages."""
    seen: Seen | None = context["seen"]
    status = CONFLICT if seen and seen.conflict else UNPROCESSABLE
    return render(request, template, context, status=status)


def conflict_of(
    request: StaffRequest,
    differences: list[Difference],
    entries: QuerySet[AuditEntry],
    *,
    at: datetime,
) -> Conflict:
    """Return the conflict with who made the last of the entries, and how long before ``at``."""
    entry = entries.select_related("actor").order_by("-pk").first()
    if entry is None:
        return Conflict(differences)
    minutes = max(1, (at - entry.happened_at) // timedelta(minutes=1))
    is_own = entry.actor_id == request.user.pk
    return Conflict(differences, entry, is_own, minutes if minutes < LATELY else None)


def sides(form: Any, names: Iterable[str]) -> list[Difference]:
    """Return what a bound form says differently from what stands, its initial values."""
    both = [side(form, name) for name in names]
    return [one for one in both if one.stands != one.typed]


def side(form: Any, name: str) -> Difference:
    """Return a field's initial value and the typed one in words."""
    field, bound = form.fields[name], form[name]
    return Difference(
        str(bound.label),
        in_words(field, form.get_initial_for_field(field, name)),
        in_words(field, bound.data),
    )


def in_words(field: Any, value: Any) -> str:
    """Return a field's value as a person reads it: the label of a choice, an amount as written."""
    if isinstance(field, forms.BooleanField):
        return gettext("yes") if value else gettext("no")
    if choices := getattr(field.widget, "choices", None):
        words = dict(_flat(choices))
        keys = [_plain(one) for one in (value if isinstance(value, list | tuple) else [value])]
        return ", ".join(words.get(key, key) for key in keys)
    if isinstance(value, str):
        try:
            value = field.to_python(value)
        except ValidationError:
            return str(value).strip()  # what cannot be read is shown as typed
    shown = field.prepare_value(value)
    return "" if shown is None else str(shown).strip()


def _of_part(part: Part) -> Difference | None:
    typed = part.typed()
    return None if typed == part.stands else Difference(str(part.label), part.stands, typed)


def _flat(choices: Any) -> list[tuple[str, str]]:
    """Return the choices with text keys, those in groups among them."""
    flat: list[tuple[str, str]] = []
    for key, label in choices:
        if isinstance(label, list | tuple):
            flat += _flat(label)
        else:
            flat.append((_plain(key), str(label)))
    return flat


def _digest(value: Any) -> str:
    return hashlib.blake2s(_plain(value).encode(), digest_size=6).hexdigest()


def _plain(value: Any) -> str:
    """Return one text for equal values, however the column or the form writes them."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list | tuple | set):
        return "\x1f".join(sorted(_plain(one) for one in value))
    if isinstance(value, models.Model):
        return str(value.pk)
    return str(value).replace("\r\n", "\n").strip()
