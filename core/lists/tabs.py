"""The views above a list: those built in and those that people saved, with their counts."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from core.lists.look import PREFIX, opened_by
from core.lists.reading import rows_of
from core.lists.registry import ListEntry
from core.lists.spec import ListSpec
from core.lists.totals import count_up_to
from core.models import SavedView

MOST_COUNTED = 1000


@dataclass(slots=True)
class TabShown:
    """One tab: where it leads, and how many rows are there; "" before they are counted."""

    key: str
    label: str
    url: str
    is_active: bool
    count: str = ""
    view: SavedView | None = None


def tabs_of(request: HttpRequest, spec: ListSpec) -> list[TabShown]:
    """Return the list's tabs, the open one marked; none if the whole list is the only one."""
    opened = opened_by(request)
    built_in = [tab for tab in spec.tabs if _is_within(tab.query, request.GET)]
    longest = max(built_in, key=lambda tab: len(tab.query), default=None)
    tabs = [
        TabShown(
            tab.key,
            str(tab.label),
            f"?{tab.query}" if tab.query else request.path,
            opened.saved is None and tab == longest,
        )
        for tab in spec.tabs
    ]
    tabs += [
        TabShown(
            f"{PREFIX}{view.pk}",
            view.name,
            f"?view={PREFIX}{view.pk}",
            opened.saved == view,
            view=view,
        )
        for view in opened.views
    ]
    return tabs


def _is_within(query: str, params: QueryDict) -> bool:
    """Test if the address filters at least as the tab does."""
    wanted = QueryDict(query)
    return all(set(values) <= set(params.getlist(name)) for name, values in wanted.lists())


def count_tabs(
    request: HttpRequest, entry: ListEntry, kwargs: dict[str, object], tabs: list[TabShown]
) -> None:
    """Put the counts to the tabs: the list's own by what it knows, the others by asking each."""
    spec = entry.spec(request, kwargs)
    known = spec.tab_counts() if spec.tab_counts else {}
    queries = {tab.key: tab.query for tab in spec.tabs}
    asked = request.GET
    for tab in tabs:
        if tab.key in known:
            tab.count = f"{known[tab.key]:,}"
        elif tab.view is not None or (queries[tab.key] and not spec.tab_counts):
            query = tab.view.query if tab.view else queries[tab.key]
            request.GET = QueryDict(query)
            count = count_up_to(rows_of(request, entry.spec(request, kwargs)), MOST_COUNTED)
            tab.count = f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"
    request.GET = asked
