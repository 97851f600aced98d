"""Saving a view of a list, changing it, sharing it; and keeping how somebody likes a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import ListPreference, SavedView, User
from core.models.tenant import Density
from core.tenancy import active_tenant_id

MOST_OWN = 20
LONGEST_QUERY = 2000


class ViewRefused(Exception):
    """The view cannot be kept so; ``field`` names what is wrong, if it is one field."""

    def __init__(self, message: str | Promise, field: str = "") -> None:
        super().__init__(str(message))
        self.message, self.field = message, field


@transaction.atomic
def save_view(
    *,
    list_key: str,
    name: str,
    query: str,
    columns: Sequence[str],
    density: str,
    is_shared: bool,
    at: datetime,
    actor: User,
) -> SavedView:
    """
    Keep what a list shows under a name.

    :raises ViewRefused: if the name is taken, the filters are too long, or there are too many
    """
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(_("These filters are too long to be kept."))
    if SavedView.objects.filter(owner=actor, list_key=list_key).count() >= MOST_OWN:
        raise ViewRefused(_("You have 20 views of this list. Delete one first."))
    view = SavedView(
        owner=actor,
        list_key=list_key,
        name=name,
        query=query,
        columns=list(columns),
        density=density,
        is_shared=is_shared,
        created_at=at,
        changed_at=at,
    )
    _write(view)
    changes = {"name": name, "is_shared": is_shared, "query": query}
    audit.record(event="view.saved", subject=view, actor=actor, at=at, changes=changes)
    return view


@transaction.atomic
def change_view(
    *, view: SavedView, name: str, is_shared: bool, at: datetime, actor: User
) -> SavedView:
    """
    Rename the view, share it or keep it to its owner again.

    :raises ViewRefused: if the owner has another view of that name
    """
    return _changed(view, {"name": name, "is_shared": is_shared}, at, actor)


@transaction.atomic
def renew_view(
    *,
    view: SavedView,
    query: str,
    columns: Sequence[str],
    density: str,
    at: datetime,
    actor: User,
) -> SavedView:
    """
    Make the view what the list shows now.

    :raises ViewRefused: if the filters are too long
    """
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(_("These filters are too long to be kept."))
    new = {"query": query, "columns": list(columns), "density": density}
    return _changed(view, new, at, actor)


def _changed(view: SavedView, new: dict[str, Any], at: datetime, actor: User) -> SavedView:
    found = SavedView.objects.select_for_update(no_key=True).get(pk=view.pk)
    changes = audit.differences(found, new, new)
    if not changes:
        return found
    for name, value in new.items():
        setattr(found, name, value)
    found.changed_at = at
    _write(found, [*new, "changed_at"])
    audit.record(event="view.changed", subject=found, actor=actor, at=at, changes=changes)
    return found


def _write(view: SavedView, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            view.save(update_fields=fields)
    except IntegrityError as error:
        if "savedview_name" not in str(error):
            raise
        raise ViewRefused(_("There is a view of this name already."), "name") from None


@transaction.atomic
def delete_view(*, view: SavedView, at: datetime, actor: User) -> None:
    """Delete the view; the rows it showed stay what they are."""
    changes = {"is_shared": view.is_shared, "query": view.query}
    audit.record(event="view.deleted", subject=view, actor=actor, at=at, changes=changes)
    view.delete()


@transaction.atomic
def keep_look(
    *,
    list_key: str,
    actor: User,
    columns: Sequence[str] | None = None,
    density: str | None = None,
    size: int | None = None,
) -> ListPreference:
    """
    Keep how a person likes one list; None leaves what was, no columns mean the usual ones.

    Not audited: it changes no books.
    """
    chosen: dict[str, Any] = {
        "columns": None if columns is None else list(columns),
        "density": density if density in Density.values else None,
        "size": size,
    }
    changed = {name: value for name, value in chosen.items() if value is not None}
    liked, _made = ListPreference.objects.update_or_create(
        owner=actor,
        list_key=list_key,
        defaults=changed,
        create_defaults={
            "density": actor.density,
            "size": actor.rows_per_page,
            "tenant_id": active_tenant_id(),
        }
        | changed,
    )
    return liked
