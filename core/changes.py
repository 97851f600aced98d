"""A change in words: before and after as people call the values."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext

from core.models import AuditEntry
from core.roles import Role
from core.timeline import field_label, shown_value


def changed_pairs(entry: AuditEntry) -> list[tuple[str, Any]]:
    """Return the names and values of what the entry says changed."""
    return list(entry.changes.items()) if isinstance(entry.changes, dict) else []


def change_sides(entry: AuditEntry, name: str, value: Any) -> tuple[str, ...]:
    """Return before and after in words; or the one value of something that is new."""
    choices = _choices(entry, name)
    is_change = isinstance(value, list) and len(value) == 2  # noqa: PLR2004 - before, after
    return tuple(_words(part, choices) for part in (value if is_change else [value]))


def changes_in_words(entry: AuditEntry) -> tuple[tuple[str, str, str], ...]:
    """Return field, before and after of each change; "" before for what is new."""
    found = []
    for name, value in changed_pairs(entry):
        sides = change_sides(entry, name, value)
        before, after = sides if len(sides) > 1 else ("", sides[0])
        found.append((field_label(entry, name), before, after))
    return tuple(found)


def _words(value: Any, choices: dict[Any, Any]) -> str:
    if isinstance(value, list):
        return ", ".join(_words(part, choices) for part in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(choices.get(value, shown_value(value)))


def _choices(entry: AuditEntry, name: str) -> dict[Any, Any]:
    """Return how the field's stored values are called."""
    if name == "roles" and entry.subject.startswith("core."):
        return dict(Role.choices)
    try:
        field = apps.get_model(entry.subject.partition(":")[0])._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return {}
    return dict(getattr(field, "flatchoices", ()))
