"""How a list looks to somebody: the saved view it was opened by, columns, density, rows of a page.

What the address says counts first, then the saved view, then what the person chose for the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Q, When
from django.db.models.functions import Lower
from django.http import HttpRequest, QueryDict

from core.lists.reading import view_query
from core.lists.spec import ListSpec
from core.models import ListPreference, SavedView
from core.models.tenant import Density

SIZES = (50, 100, 200)
MOST_VIEWS = 30  # of a list, one's own and shared ones
LONGEST_ID = 18  # digits of a bigint that cannot overflow
PREFIX = "saved-"


@dataclass(slots=True)
class Opened:
    """What a list was opened by: the views there are, and the one the address names."""

    views: Sequence[SavedView] = ()
    saved: SavedView | None = None
    is_gone: bool = False  # the address names a view that is not there, or not for this person


@dataclass(frozen=True, slots=True)
class Look:
    """Columns by name, in the table's order, and the rest of how the list is shown."""

    columns: tuple[str, ...]
    density: str
    size: int
    every: tuple[str, ...] = field(default=())

    @property
    def hidden(self) -> list[str]:
        """The columns that are not shown."""
        return [name for name in self.every if name not in self.columns]


def open_list(request: HttpRequest, key: str) -> Opened:
    """
    Read the views of the list, and put the one that ``?view=saved-12`` names into ``request.GET``.

    What else the address says is added to the view and counts more; ``saved=12`` remembers it.
    """
    visible = visible_views(request, key)
    views = list(visible[:MOST_VIEWS])
    opened = Opened(views)
    asked = request.GET.get("view", "")
    if asked.startswith(PREFIX):
        found = _named(asked.removeprefix(PREFIX), views, visible)
        opened.is_gone = found is None
        request.GET = _with_view(request.GET, found)  # type: ignore[assignment]
    opened.saved = _named(request.GET.get("saved", ""), views, visible)
    if opened.saved and opened.saved not in views:
        opened.views = [*views, opened.saved]
    if "saved" in request.GET and opened.saved is None:
        request.GET = request.GET.copy()  # type: ignore[assignment]
        del request.GET["saved"]  # type: ignore[misc]
    request.opened = opened  # type: ignore[attr-defined]
    return opened


def visible_views(request: HttpRequest, key: str) -> Any:
    """Return the list's saved views that are the person's own, then those others share."""
    own = Q(owner=request.user.pk)
    found = SavedView.objects.filter(own | Q(is_shared=True), list_key=key)
    is_others = Case(When(own, then=False), default=True, output_field=BooleanField())
    return found.order_by(is_others, Lower("name"), "pk")


def _named(digits: str, views: Sequence[SavedView], visible: Any) -> SavedView | None:
    """Return the view of an id, also one that is beyond the first; one more statement then."""
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_ID:
        return None
    pk = int(digits)
    known = next((view for view in views if view.pk == pk), None)
    if known is not None or len(views) < MOST_VIEWS:
        return known
    beyond: SavedView | None = visible.filter(pk=pk).first()
    return beyond


def _with_view(params: QueryDict, found: SavedView | None) -> QueryDict:
    opened = QueryDict(found.query if found else "", mutable=True)
    for name, values in params.lists():
        if name != "view":
            opened.setlist(name, values)
    if found:
        opened["saved"] = str(found.pk)
    return opened


def opened_by(request: HttpRequest) -> Opened:
    """Return what ``open_list`` read, or nothing for a list that is not registered."""
    return getattr(request, "opened", None) or Opened()


def look_of(request: HttpRequest, spec: ListSpec) -> Look:
    """Return how this person sees this list now; one query."""
    saved = opened_by(request).saved
    liked = _preference(request, spec)
    every = tuple(spec.table.base_columns)
    choices: tuple[Iterable[str], ...] = (
        request.GET.get("cols", "").split(","),
        saved.columns if saved else (),
        liked.columns if liked else (),
        spec.usual,
    )
    columns = next(filter(None, (known(every, choice) for choice in choices)), every)
    density = (
        request.GET.get("density"),
        saved.density if saved else "",
        liked.density if liked else "",
        getattr(request.user, "density", ""),
    )
    return Look(
        columns=columns,
        density=next((one for one in density if one in Density.values), "") or Density.COMPACT,
        size=_size(request, liked),
        every=every,
    )


def known(every: Sequence[str], chosen: Iterable[str]) -> tuple[str, ...]:
    """Return the chosen columns that the table has, in its order, its first one among them."""
    names = set(chosen) & set(every)
    return tuple(name for name in every if name in names or name == every[0]) if names else ()


def _preference(request: HttpRequest, spec: ListSpec) -> ListPreference | None:
    if not spec.key:
        return None
    return ListPreference.objects.filter(owner=request.user.pk, list_key=spec.key).first()


def _size(request: HttpRequest, liked: ListPreference | None) -> int:
    usual = getattr(request.user, "rows_per_page", SIZES[0])
    for asked in (request.GET.get("size"), str(liked.size if liked else usual)):
        for size in SIZES:
            if asked == str(size):
                return size
    return SIZES[0]


def is_changed(request: HttpRequest, spec: ListSpec, look: Look, saved: SavedView) -> bool:
    """Test if the list shows something else than the view it was opened by."""
    if view_query(request.GET, spec.default_ordering) != saved.query:
        return True
    columns = known(look.every, saved.columns) or look.columns
    return columns != look.columns or (saved.density or look.density) != look.density
