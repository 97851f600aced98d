"""The one list pattern; every list of the site is a ``ListSpec`` shown by ``list_page``.

A view::

    @staff_view(permission="customers.view")
    def customer_list(request):
        return list_page(request, ListSpec(
            title=_("Customers"),
            queryset=Customer.objects.all(),
            table=CustomerTable,           # columns of core.lists
            filterset=CustomerFilter,      # a HouseFilterSet with search()
            orderings={"name": ("name", "pk"), "code": ("code", "pk")},
            default_ordering="name",
            export_name="customers",
        ))

``orderings`` maps a column's name to what it sorts by, ending in ``pk``. In the address: ``sort``
(``name`` or ``-name``), ``after``/``before`` (a cursor we signed), ``size``, ``q``, the filters,
``export=csv|xlsx``. Nothing in an address makes an error: what cannot be read is ignored and said.
"""

from core.lists.columns import (
    AmountColumn,
    ChipColumn,
    DayColumn,
    DueColumn,
    MomentColumn,
    PageLinkColumn,
    TextColumn,
)
from core.lists.filters import AmountRangeFilter, DayRangeFilter, HouseFilterSet
from core.lists.page import Selection, list_page, selection
from core.lists.spec import Action, BulkAction, EmptyState, ListSpec
from core.lists.totals import CurrencySums, sums_by_statement

__all__ = [
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
    "HouseFilterSet",
    "ListSpec",
    "MomentColumn",
    "PageLinkColumn",
    "Selection",
    "TextColumn",
    "list_page",
    "selection",
    "sums_by_statement",
]
