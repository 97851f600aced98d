"""Every key of the keyboard that does something: one table makes the help sheet and the bindings.

``static/js/shortcuts.js`` reads the table from the page and knows what each ``does`` means. Letters
alone never act while somebody types, and can be switched off for a person (WCAG 2.1.4).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.urls_in import page_url


class Scope(Enum):
    """Where a key acts, in the order of the help sheet."""

    EVERYWHERE = _("Everywhere")
    GO = _("Go to: g, then")
    CREATE = _("Create: c, then")
    LIST = _("In a list")
    REVIEW = _("In the review queue")
    FORM = _("In a form")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """
    One line of the table.

    :ivar keys: the ways to press it: ``?``, ``g i`` (one after the other), ``mod+k`` (Ctrl or
        Command), ``alt+n``, ``shift+x``
    :ivar does: what the script does; empty: it opens ``page`` or presses ``button``
    :ivar button: selector of the button that does the same; its tooltip names the key
    :ivar is_bound: False where the browser or the page's own script already acts on the key
    """

    scope: Scope
    keys: tuple[str, ...]
    label: str | Promise
    does: str = ""
    page: str = ""
    permission: str = ""
    button: str = ""
    is_bound: bool = True


def _go(keys: str, label: str | Promise, page: str, permission: str) -> Shortcut:
    return Shortcut(Scope.GO, (keys,), label, page=page, permission=permission)


def _create(keys: str, label: str | Promise, page: str, permission: str) -> Shortcut:
    return Shortcut(Scope.CREATE, (keys,), label, page=page, permission=permission)


def _line(keys: str, label: str | Promise, act: str) -> Shortcut:
    return Shortcut(Scope.FORM, (keys,), label, f"line-{act}", button=f"[data-line-{act}]")


_APPROVE = ".review-decision button[name=decision][value=approve]"
_EDITOR = "button[form=editor]"

TABLE = (
    Shortcut(Scope.EVERYWHERE, ("mod+k", "/"), _("Search and commands"), "palette"),
    Shortcut(Scope.EVERYWHERE, ("?",), _("Keyboard shortcuts"), "help"),
    Shortcut(Scope.EVERYWHERE, ("escape",), _("Close what is open"), is_bound=False),
    Shortcut(Scope.EVERYWHERE, ("[",), _("Previous record of the list one came from"), "record-up"),
    Shortcut(Scope.EVERYWHERE, ("]",), _("Next record of the list one came from"), "record-down"),
    _go("g h", _("Home"), "home", "home.view"),
    _go("g i", _("Invoices"), "invoices:list", "invoices.view"),
    _go("g v", _("Review queue"), "invoices:review", "invoices.view"),
    _go("g c", _("Customers"), "customers:list", "customers.view"),
    _go("g p", _("Receipts"), "payments:list", "payments.view"),
    _go("g a", _("Aging"), "reports:aging", "reports.view"),
    _create("c i", _("New invoice"), "invoices:new", "invoices.edit"),
    _create("c p", _("Receive payment"), "payments:new", "payments.edit"),
    _create("c u", _("New customer"), "customers:new", "customers.edit"),
    _create("c f", _("Import a file"), "imports", "imports.use"),
    Shortcut(Scope.LIST, ("j",), _("Next row"), "row-down"),
    Shortcut(Scope.LIST, ("k",), _("Previous row"), "row-up"),
    Shortcut(Scope.LIST, ("enter", "o"), _("Open the row"), "row-open"),
    Shortcut(Scope.LIST, ("e",), _("Edit the row"), "row-edit"),
    Shortcut(Scope.LIST, (".",), _("What can be done with the row"), "row-menu"),
    Shortcut(Scope.LIST, ("x",), _("Tick the row"), "row-tick"),
    Shortcut(Scope.LIST, ("shift+x",), _("Tick all rows from the last ticked one"), "row-range"),
    Shortcut(Scope.LIST, ("y",), _("Copy the row's number"), "row-copy"),
    Shortcut(Scope.LIST, ("v",), _("Views"), "views"),
    Shortcut(Scope.LIST, ("f",), _("Filters"), "filters", button=".filter-menu > summary"),
    Shortcut(Scope.REVIEW, ("a",), _("Approve"), button=_APPROVE),
    Shortcut(Scope.REVIEW, ("r",), _("Return: choose the reason"), "review-return"),
    Shortcut(Scope.REVIEW, ("n",), _("Next invoice"), "review-down"),
    Shortcut(Scope.REVIEW, ("p",), _("Previous invoice"), "review-up"),
    Shortcut(Scope.FORM, ("mod+s",), _("Save the draft"), button=f"{_EDITOR}[name=save]"),
    Shortcut(Scope.FORM, ("mod+enter",), _("The form's main button"), "form-submit"),
    _line("alt+n", _("Add a line"), "add"),
    _line("mod+d", _("Copy the line"), "copy"),
    _line("alt+arrowup", _("Move the line up"), "up"),
    _line("alt+arrowdown", _("Move the line down"), "down"),
    _line("mod+delete", _("Remove the line"), "remove"),
)

_NAMES = {
    "mod": pgettext_lazy("key", "Ctrl"),
    "alt": pgettext_lazy("key", "Alt"),
    "shift": pgettext_lazy("key", "Shift"),
    "escape": pgettext_lazy("key", "Esc"),
    "enter": pgettext_lazy("key", "Enter"),
    "delete": pgettext_lazy("key", "Del"),
    "arrowup": "↑",
    "arrowdown": "↓",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the help sheet: each way to press it is a list of keys' names."""

    label: str
    ways: list[list[str]]


def is_single(keys: str) -> bool:
    """Test if the keys are letters or signs alone, which can be switched off."""
    return not keys.startswith(("mod+", "alt+")) and keys not in {"escape", "enter"}


def key_map(request: HttpRequest) -> str:
    """Return the person's bindings on this company's pages, as JSON for the script."""
    user = getattr(request, "user", None)
    with_single = bool(getattr(user, "single_keys", True))
    rows = []
    for shortcut in _allowed(request):
        keys = [one for one in shortcut.keys if with_single or not is_single(one)]
        row: dict[str, Any] = {"keys": keys, "label": str(shortcut.label)}
        row |= {"names": " / ".join(" ".join(way) for way in _ways(tuple(keys)))}
        row |= {"does": shortcut.does, "button": shortcut.button, "bound": shortcut.is_bound}
        if shortcut.page:
            row["url"] = page_url(request.tenant, shortcut.page)  # type: ignore[attr-defined]
        if keys and (shortcut.is_bound or shortcut.button):
            rows.append({name: value for name, value in row.items() if value not in ("", None)})
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def help_sheet(request: HttpRequest) -> list[tuple[str, list[Line]]]:
    """Return the member's keys, by where they act."""
    lines: dict[Scope, list[Line]] = {scope: [] for scope in Scope}
    for shortcut in _allowed(request):
        ways = _ways(shortcut.keys)
        if shortcut.scope in (Scope.GO, Scope.CREATE):
            ways = [way[1:] for way in ways]
        lines[shortcut.scope].append(Line(str(shortcut.label), ways))
    return [(str(scope.value), of_scope) for scope, of_scope in lines.items() if of_scope]


def _allowed(request: HttpRequest) -> list[Shortcut]:
    membership = getattr(request, "membership", None)
    if membership is None:
        return []
    return [one for one in TABLE if not one.permission or membership.allows(one.permission)]


def _ways(keys: tuple[str, ...]) -> list[list[str]]:
    """Return the names of the keys to press, for each way to press them."""
    return [[name for step in way.split(" ") for name in _names(step)] for way in keys]


def _names(step: str) -> list[str]:
    """Return the names of keys that are held together: Ctrl and K; a letter alone stays small."""
    first, *others = step.split("+")
    return [_name(first), *(_name(one.upper() if len(one) == 1 else one) for one in others)]


def _name(key: str) -> str:
    return str(_NAMES.get(key, key))
