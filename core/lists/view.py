"""What ``core/list.html`` shows of a list: heads, rows, chips, sums and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString

from core.lists.choosing import MOST_MATCHING
from core.lists.files import FORMATS, Format
from core.lists.filters import Chip
from core.lists.keyset import Page
from core.lists.look import SIZES, Look, Opened, is_changed
from core.lists.reading import LOOK_PARAMS, address_of, view_query
from core.lists.rows import rows_html
from core.lists.spec import BulkAction, ListSpec
from core.lists.tabs import TabShown
from core.lists.totals import COUNT_LIMIT, CurrencySums, labels_of
from core.models import SavedView
from core.models.tenant import Density
from core.money import ZERO


@dataclass(frozen=True, slots=True)
class Header:
    """One column's head: a link where the list can be sorted by it."""

    name: str
    label: str
    sort_url: str
    aria_sort: str
    is_amount: bool


@dataclass(slots=True)
class ListView:
    """Everything ``core/list.html`` shows."""

    request: HttpRequest
    spec: ListSpec
    table: Any
    page: Page
    look: Look
    opened: Opened
    headers: list[Header]
    chips: list[Chip]
    total: int
    hidden: int
    sums: list[CurrencySums]
    page_sums: list[CurrencySums]
    params: QueryDict
    sort: str
    form: Any
    tabs: list[TabShown]
    bulk_actions: Sequence[BulkAction]
    may_share: bool

    @property
    def is_empty(self) -> bool:
        """Test if the list never had a row, whatever the filters."""
        return not self.page.rows and not self.chips

    @property
    def end(self) -> int:
        return self.page.start + len(self.page.rows) - 1

    @property
    def has_pages(self) -> bool:
        return bool(self.page.before or self.page.after)

    @property
    def rows(self) -> SafeString:
        """The rows of the table's body."""
        return rows_html(self.spec, self.table, with_checks=self.has_checks)

    @property
    def filter_fields(self) -> list[Any]:
        return [field for field in self.form or () if field.name != "q"]

    @property
    def filter_count(self) -> int:
        return len(self.chips) - bool("q" in self.params and self.chips)

    @property
    def has_filter_errors(self) -> bool:
        return bool(self.form and self.form.errors)

    @property
    def hidden_text(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.hidden > COUNT_LIMIT else f"{self.hidden:,}"

    @property
    def sum_lines(self) -> list[CurrencySums]:
        """The sums of each currency; on several pages the page's beside the whole result's."""
        if not self.has_pages:
            return self.sums
        none = (ZERO,) * len(self.spec.sums)
        of_page = {line.currency: line.amounts for line in self.page_sums}
        return [
            CurrencySums(
                line.currency,
                line.count,
                tuple(
                    amount
                    for pair in zip(of_page.get(line.currency, none), line.amounts, strict=True)
                    for amount in pair
                ),
            )
            for line in self.sums
        ]

    @property
    def total_text(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.total > COUNT_LIMIT else f"{self.total:,}"

    @property
    def sum_labels(self) -> Sequence[str]:
        return labels_of(self.spec)

    @property
    def has_tabs(self) -> bool:
        """Test if there is more to choose from than the whole list."""
        return len(self.spec.tabs) > 1 or bool(self.opened.views)

    @property
    def tabs_url(self) -> str:
        return self.address(tabs=1)

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the filter form hands on besides its own fields."""
        return [
            (name, str(self.params[name]))
            for name in ("saved", "cols", "density")
            if name in self.params
        ]

    @property
    def has_checks(self) -> bool:
        """Test if rows can be ticked, by this person."""
        return bool(self.bulk_actions or (self.spec.key and self.spec.sums))

    @property
    def may_choose_all(self) -> bool:
        """Test if everything that matches can be chosen at once."""
        return self.total <= MOST_MATCHING

    @property
    def most_matching(self) -> str:
        return f"{MOST_MATCHING:,}"

    @property
    def exports(self) -> list[tuple[str, Format, str]]:
        """The kinds of file: name, format, and the address; "" where it takes a job."""
        return [
            (name, form, self.address(export=name) if self._is_small(form) else "")
            for name, form in FORMATS.items()
        ]

    def _is_small(self, form: Format) -> bool:
        return self.total <= form.at_once or self.total > form.most or not self.spec.key

    @property
    def needs_job(self) -> bool:
        """Test if some kind of file takes a job, which a form starts."""
        return not all(url for _name, _form, url in self.exports)

    @property
    def columns(self) -> list[tuple[str, str, bool, bool]]:
        """The columns to choose from: name, label, if it is shown, if it always is."""
        every = self.spec.table(data=[])
        shown = set(self.look.columns)
        return [
            (column.name, str(column.header), column.name in shown, not place)
            for place, column in enumerate(every.columns)
        ]

    @property
    def densities(self) -> list[tuple[str, str, bool]]:
        return [(one.value, str(one.label), one == self.look.density) for one in Density]

    @property
    def sizes(self) -> list[tuple[int, bool]]:
        return [(size, size == self.look.size) for size in SIZES]

    @property
    def here(self) -> str:
        """This list's address as it is filtered, for what leads back to it."""
        return f"{self.request.path}{self.address()}"

    @property
    def view_query(self) -> str:
        """The filters and the order, as a saved view keeps them."""
        return view_query(self.params, self.spec.default_ordering)

    @property
    def saved(self) -> SavedView | None:
        return self.opened.saved

    @property
    def may_change_view(self) -> bool:
        view = self.opened.saved
        return bool(view and (view.owner_id == self.request.user.pk or self.may_share))

    @property
    def is_view_changed(self) -> bool:
        """Test if something else is shown than the saved view that the list was opened by."""
        view = self.opened.saved
        return bool(view and is_changed(self.request, self.spec, self.look, view))

    @property
    def first_url(self) -> str:
        return self.address()

    @property
    def after_url(self) -> str:
        return self.address(after=self.page.after) if self.page.after else ""

    @property
    def before_url(self) -> str:
        return self.address(before=self.page.before) if self.page.before else ""

    @property
    def clear_url(self) -> str:
        kept = self.params.copy()
        for name in set(kept) - {"sort", *LOOK_PARAMS}:
            del kept[name]
        return f"?{kept.urlencode()}"

    @property
    def query(self) -> str:
        """The filters as a query string, for the address of a bulk action."""
        return self.address().removeprefix("?")

    def address(self, **changes: Any) -> str:
        """Return this list's address with other parameters, on its first page."""
        return address_of(self.params, **changes)
