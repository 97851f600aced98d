"""The one list pattern; every list of the site is a ``ListSpec`` shown by ``list_page``.

A view::

    @list_view(
        "customers", permission="customers.view", label=_("Customers"), page="customers:list"
    )
    def customer_list(request: StaffRequest) -> ListSpec:
        return ListSpec(
            title=_("Customers"),
            queryset=Customer.objects.all(),
            table=CustomerTable,           # columns of core.lists
            filterset=CustomerFilter,      # a HouseFilterSet with search()
            orderings={"name": ("name", "pk"), "code": ("code", "pk")},
            default_ordering="name",
            export_name="customers",
        )

That is all: saved views, the choice of columns, ticking rows, sums and files come with it.
``orderings`` maps a column's name to what it sorts by, ending in ``pk``. In the address: ``sort``
(``name`` or ``-name``), ``after``/``before`` (a cursor we signed), ``size``, ``q``, the filters,
``view=saved-12`` (from then on ``saved=12`` and what it stands for), ``cols``, ``density``,
``export=csv|xlsx|pdf``. Nothing in an address makes an error: what cannot be read is ignored and
said.

Rows carry ``data-row`` (the id), their link is the one in their ``th``, and their box is
``input[name=selected]``. A bulk action's view calls ``selection()``, then ``question_about()``.
"""

from core.lists.choosing import DIGEST, Selection, digest_of, question_about, selection
from core.lists.columns import (
    AmountColumn,
    ChipColumn,
    DayColumn,
    DueColumn,
    FigureColumn,
    MomentColumn,
    PageLinkColumn,
    TextColumn,
)
from core.lists.filters import AmountRangeFilter, DayRangeFilter, HouseFilterSet
from core.lists.page import list_page, list_view
from core.lists.reading import filter_text
from core.lists.spec import Action, BulkAction, EmptyState, ListSpec, Tab
from core.lists.totals import CurrencySums, sums_by_statement

__all__ = [
    "DIGEST",
    "Action",
    "AmountColumn",
    "AmountRangeFilter",
    "BulkAction",
    "ChipColumn",
    "CurrencySums",
    "DayColumn",
    "DayRangeFilter",
    "DueColumn",
    "EmptyState",
    "FigureColumn",
    "HouseFilterSet",
    "ListSpec",
    "MomentColumn",
    "PageLinkColumn",
    "Selection",
    "Tab",
    "TextColumn",
    "digest_of",
    "filter_text",
    "list_page",
    "list_view",
    "question_about",
    "selection",
    "sums_by_statement",
]
