"""What ``core/list.html`` shows of a list: heads, rows, chips, sums and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from core.lists.export import XLSX_LIMIT
from core.lists.filters import Chip
from core.lists.keyset import Page
from core.lists.rows import rows_html
from core.lists.spec import BulkAction, ListSpec
from core.lists.totals import COUNT_LIMIT, CurrencySums, labels_of
from core.money import ZERO

SIZES = (50, 100, 200)
OWN_PARAMS = ("after", "before", "export")


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

    spec: ListSpec
    table: Any
    page: Page
    headers: list[Header]
    chips: list[Chip]
    total: int
    hidden: int
    sums: list[CurrencySums]
    page_sums: list[CurrencySums]
    params: QueryDict
    size: int
    sort: str
    form: Any
    bulk_actions: Sequence[BulkAction]

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
        return rows_html(self.spec, self.table, with_checks=bool(self.bulk_actions))

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
    def may_be_workbook(self) -> bool:
        return self.total <= XLSX_LIMIT

    @property
    def sizes(self) -> list[tuple[int, str]]:
        return [(size, self.address(size=size)) for size in SIZES]

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
    def csv_url(self) -> str:
        return self.address(export="csv")

    @property
    def xlsx_url(self) -> str:
        return self.address(export="xlsx")

    @property
    def clear_url(self) -> str:
        kept = self.params.copy()
        for name in set(kept) - {"sort", "size"}:
            del kept[name]
        return f"?{kept.urlencode()}"

    @property
    def query(self) -> str:
        """The filters as a query string, for the address of a bulk action."""
        return self.address().removeprefix("?")

    def address(self, **changes: Any) -> str:
        """Return this list's address with other parameters, on its first page."""
        return address_of(self.params, **changes)


def clean_params(params: QueryDict) -> QueryDict:
    """Return what an address needs: no empty values, nothing unreadable, not the page's place."""
    clean = QueryDict(mutable=True)
    for name, values in params.lists():
        kept = [value for value in values if value and "\x00" not in value]
        if kept and name not in OWN_PARAMS and "\x00" not in name:
            clean.setlist(name, kept)
    return clean


def address_of(params: QueryDict, **changes: Any) -> str:
    address = params.copy()
    for name, value in changes.items():
        address[name] = str(value)
    return f"?{address.urlencode()}"
