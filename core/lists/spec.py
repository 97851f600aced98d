"""What a list is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Action:
    """
    A link among the page's actions; the first one is the primary button.

    Who lacks the ``permission`` sees it disabled, with the roles it takes.
    """

    label: Text
    url: str
    icon: str = ""
    permission: str = ""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button for the selected rows; posts to ``url``, whose view calls ``selection()``.

    ``confirm`` is asked before (with JavaScript); who lacks the ``permission`` sees it disabled,
    with the roles it takes.
    """

    label: Text
    url: str
    icon: str = ""
    permission: str = ""
    confirm: Text = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A view that is built in: ``Tab("drafts", _("Drafts"), "view=drafts")``.

    ``query`` is the address of its filters; none is the whole list.
    """

    key: str
    label: Text
    query: str = ""


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What a list says that never had a row: what it is for and what to do first."""

    title: Text
    text: Text = ""
    icon: str = "inbox"
    actions: tuple[Action, ...] = ()


@dataclass(slots=True)
class ListSpec:
    """One list.

    :ivar queryset: all rows the person may see, with ``select_related`` for what columns show;
        what is annotated comes from subqueries, never from joins that multiply rows
    :ivar counted: the same rows without what is joined and annotated, if counting those is slow
    :ivar orderings: column name -> expressions, ending in ``pk``; ``-`` before one reverses it
    :ivar sums: field or annotation -> label; summed per currency, never across
    :ivar sums_of: what a queryset's rows add up to, in the order of ``sums``, with their count:
        where asking each row of a large table would be slow
    :ivar sums_of_rows: what a page's rows add up to, for rows that hold several currencies; then
        the counts of ``sums_of`` overlap, and the list's rows are counted besides
    :ivar today: the company's day, for columns that say how late something is
    :ivar phone: columns that a phone's card shows; empty means all
    :ivar usual: columns shown until a person chooses others; empty means all
    :ivar tabs: views above the list, before those that people saved
    :ivar tab_counts: how many rows the tabs have, by key, where asking each would be slow
    :ivar version: the field that counts a row's changes: its box then says which version was shown,
        and what is confirmed for all that match holds for these versions
    :ivar key: what saved views and preferences call the list; ``list_view`` fills it in
    :ivar permission: what its view asks for; ``list_view`` fills it in
    """

    title: Text
    queryset: QuerySet[Any]
    table: type[Any]
    orderings: dict[str, tuple[str, ...]]
    default_ordering: str
    filterset: type[Any] | None = None
    counted: QuerySet[Any] | None = None
    sums: Mapping[str, Text] = field(default_factory=dict)
    sums_of: Callable[[QuerySet[Any]], list[Any]] | None = None  # a list of CurrencySums
    sums_of_rows: Callable[[Sequence[Any]], list[Any]] | None = None  # the same
    currency_field: str = "currency"
    export_name: str = "list"
    template: str = "core/list.html"
    empty: EmptyState | None = None
    context: dict[str, Any] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    bulk_actions: tuple[BulkAction, ...] = ()
    today: date | None = None
    phone: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    tabs: tuple[Tab, ...] = ()
    tab_counts: Callable[[], Mapping[str, int]] | None = None
    version: str = ""
    key: str = ""
    permission: str = ""
