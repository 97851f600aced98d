"""The navigation as one table: what stands there, for whom, and how much work waits behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Tenant
from core.tenancy import NoActiveTenant
from core.urls_in import page_url


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table; it is left out where its page does not exist or is not allowed."""

    label: str | Promise
    page: str = ""
    permission: str = ""
    icon: str = ""
    children: tuple[Entry, ...] = ()


@dataclass(slots=True)
class Item:
    """One line of the navigation as it is shown to somebody."""

    label: str
    url: str
    icon: str
    page: str = ""
    count: int = 0
    is_active: bool = False
    children: list[Item] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.is_active or any(child.is_active for child in self.children)


ENTRIES = (
    Entry(_("Home"), "home", "home.view", "home"),
    Entry(
        _("Invoices"),
        "invoices:list",
        "invoices.view",
        "file-invoice",
        (
            Entry(_("Review queue"), "invoices:review", "invoices.view"),
            Entry(pgettext_lazy("schedules", "Recurring"), "invoices:schedules", "invoices.view"),
            Entry(_("Charges"), "invoices:charges", "invoices.view"),
            Entry(_("Products"), "invoices:products", "invoices.view"),
        ),
    ),
    Entry(_("Customers"), "customers:list", "customers.view", "users"),
    Entry(_("Receipts"), "payments:list", "payments.view", "cash"),
    Entry(
        _("Collections"),
        "collections:runs",
        "collections.view",
        "bell",
        (
            Entry(_("Reminders"), "collections:runs", "collections.view"),
            Entry(_("Policy"), "collections:policy", "collections.view"),
        ),
    ),
    Entry(
        _("Reports"),
        "",
        "reports.view",
        "chart-bar",
        (Entry(_("Aging"), "reports:aging", "reports.view"),),
    ),
    Entry(
        _("Messages & jobs"),
        "",
        "",
        "send",
        (
            Entry(_("Outgoing messages"), "messaging:list", "messages.view"),
            Entry(_("Jobs"), "jobs", "jobs.view"),
        ),
    ),
    Entry(_("Settings"), "settings", "settings.view", "settings"),
)

CREATE = (
    Entry(_("New invoice"), "invoices:new", "invoices.edit", "file-invoice"),
    Entry(_("Receive payment"), "payments:new", "payments.edit", "cash"),
    Entry(_("New customer"), "customers:new", "customers.edit", "user-plus"),
    Entry(_("Import a file"), "imports", "imports.use", "file-import"),
)

Counter = Callable[[], QuerySet[Any]]
_COUNTERS: dict[str, Counter] = {}


def count_work(page: str) -> Callable[[Counter], Counter]:
    """Register which rows of the company are the work that waits behind a page."""

    def register(counter: Counter) -> Counter:
        _COUNTERS[page] = counter
        return counter

    return register


def navigation(request: HttpRequest) -> list[Item]:
    """Return what the member sees at the left; nothing outside a company."""
    items = _items(ENTRIES, request)
    _mark_active(items, request.path)
    _count(items)
    return items


def creation_menu(request: HttpRequest) -> list[Item]:
    """Return what the member may create from anywhere."""
    return _items(CREATE, request)


def places(request: HttpRequest) -> list[Item]:
    """Return every page of the navigation the member may go to, without counting any work."""
    items = _items(ENTRIES, request)
    every = [one for parent in items for one in (parent, *parent.children)]
    return list({one.url: one for one in every}.values())


def _items(entries: tuple[Entry, ...], request: HttpRequest) -> list[Item]:
    tenant, membership = getattr(request, "tenant", None), getattr(request, "membership", None)
    if tenant is None or membership is None:
        return []
    may = membership.allows
    found = (_item(entry, tenant, may) for entry in entries)
    return [item for item in found if item is not None]


def _item(entry: Entry, tenant: Tenant, may: Callable[[str], bool]) -> Item | None:
    if entry.permission and not may(entry.permission):
        return None
    children = [item for child in entry.children if (item := _item(child, tenant, may))]
    url = _url(tenant, entry.page) or (children[0].url if children else "")
    if not url:
        return None
    page = "" if entry.children else entry.page
    return Item(str(entry.label), url, entry.icon, page=page, children=children)


def _url(tenant: Tenant, page: str) -> str:
    try:
        return page_url(tenant, page) if page else ""
    except NoReverseMatch:
        return ""


def _count(items: list[Item]) -> None:
    """Count the work behind all the pages, by one statement; none outside a company's scope."""
    every = [one for parent in items for one in (*parent.children, parent)]
    try:
        waiting = [
            _COUNTERS[one.page]()
            .order_by()
            .annotate(house_page=Value(one.page))
            .values_list("house_page")
            .annotate(house_count=Count("pk"))
            for one in every
            if one.page in _COUNTERS
        ]
    except NoActiveTenant:
        return
    counts: dict[str, int] = dict(waiting[0].union(*waiting[1:], all=True)) if waiting else {}
    for one in every:
        one.count = counts.get(one.page, 0)


def _mark_active(items: list[Item], path: str) -> None:
    """Mark the entry whose address the page's begins with: of several the longest, the deepest."""
    every = [item for parent in items for item in (*parent.children, parent)]
    home = items[0].url if items else ""
    fitting = [
        one for one in every if path == one.url or (path.startswith(one.url) and one.url != home)
    ]
    if fitting:
        max(fitting, key=lambda item: len(item.url)).is_active = True
