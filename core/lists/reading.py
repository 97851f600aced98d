"""What an address asks of a list: rows, order, and the same in words."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from core.lists.filters import chips
from core.lists.keyset import Ordering, ordered, ordering_of
from core.lists.spec import ListSpec

# What is of the moment and never part of an address that is kept or built on.
OWN_PARAMS = ("after", "before", "export", "tabs")
# How the list looks, and which saved view it came from; filters and order are the rest.
LOOK_PARAMS = ("cols", "density", "size", "saved")


def filterset_of(request: HttpRequest, spec: ListSpec) -> Any | None:
    """Return the list's filters, filled in from the address."""
    if spec.filterset is None:
        return None
    return spec.filterset(data=request.GET, queryset=spec.queryset, request=request)


def rows_of(request: HttpRequest, spec: ListSpec) -> QuerySet[Any]:
    """Return the rows that the address's filters leave."""
    filterset = filterset_of(request, spec)
    return filterset.qs if filterset else spec.queryset


def ordering_asked(request: HttpRequest, spec: ListSpec) -> Ordering:
    """Return the order the address asks for, or the list's own."""
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in spec.orderings:
        asked = spec.default_ordering
    name = asked.removeprefix("-")
    return ordering_of(name, spec.orderings[name], reverse=asked.startswith("-"))


def rows_in_order(request: HttpRequest, spec: ListSpec) -> QuerySet[Any]:
    """Return the rows of the whole list as the address filters and sorts them."""
    return ordered(rows_of(request, spec), ordering_asked(request, spec))


def filters_in_words(request: HttpRequest, spec: ListSpec) -> list[tuple[str, str]]:
    """Return each active filter: its name, and what it is set to."""
    filterset = filterset_of(request, spec)
    found = chips(filterset, request.GET) if filterset else []
    return [(chip.label, chip.value) for chip in found]


def filter_text(request: HttpRequest, spec: ListSpec) -> str:
    """Return the active filters as one line."""
    words = [
        gettext("%(name)s: %(value)s") % {"name": name, "value": value}
        for name, value in filters_in_words(request, spec)
    ]
    return ", ".join(words)


def clean_params(params: QueryDict) -> QueryDict:
    """Return what an address needs: no empty values, nothing unreadable, not the page's place."""
    clean = QueryDict(mutable=True)
    for name, values in params.lists():
        kept = [value for value in values if value and "\x00" not in value]
        if kept and name not in OWN_PARAMS and "\x00" not in name:
            clean.setlist(name, kept)
    return clean


def address_of(params: QueryDict, **changes: Any) -> str:
    """Return the address with other parameters."""
    address = params.copy()
    for name, value in changes.items():
        address[name] = str(value)
    return f"?{address.urlencode()}"


def view_query(params: QueryDict, default_sort: str = "") -> str:
    """Return filters and order alone, in one form: what a saved view keeps of an address."""
    kept = clean_params(params)
    for name in LOOK_PARAMS:
        kept.pop(name, None)
    if default_sort and kept.get("sort") == default_sort:
        del kept["sort"]
    query = QueryDict(mutable=True)
    for name in sorted(kept):
        query.setlist(name, sorted(kept.getlist(name)))
    return query.urlencode()
