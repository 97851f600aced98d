"""Columns of the house: what a cell shows, and what it is in an export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.utils import Accessor

from core.money import trimmed
from core.presentation import (
    chip_html,
    day_html,
    moment_html,
    money_html,
    number_html,
    q_amount,
    relative_due_html,
)
from core.urls_in import address_maker

Resolver = str | Callable[[Any], Any]


def resolved(resolver: Resolver, record: Any) -> Any:
    """Return what an accessor (``customer__name``) or a function gives for the row."""
    if callable(resolver):
        return resolver(record)
    if isinstance(record, models.Model) and resolver in record.__dict__:
        return record.__dict__[resolver]  # as the accessor would find, at a tenth of the time
    return Accessor(resolver).resolve(record)


class TextColumn(django_tables2.Column):
    """Plain text."""


class RightColumn(django_tables2.Column):
    """Figures, aligned at the right."""


class AmountColumn(RightColumn):
    """An amount in the row's currency, right aligned; exported as a number.

    ``code`` None names the currency where the list shows several and no column of its own does.
    """

    empty_values = (None,)

    def __init__(
        self, *args: Any, currency: Resolver = "currency", code: bool | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.code = currency, code

    def render(self, value: Decimal, record: Any, table: Any) -> SafeString:
        code = getattr(table, "is_mixed", False) if self.code is None else self.code
        return money_html(value, self.currency_of(record), code=code)

    def value(self, value: Decimal, record: Any) -> Decimal:
        return q_amount(value, self.currency_of(record))

    def currency_of(self, record: Any) -> str:
        return str(resolved(self.currency, record))


class FigureColumn(RightColumn):
    """A quantity or a price, with as many places as it has but ``least_places``; never rounded."""

    def __init__(self, *args: Any, least_places: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least_places = least_places

    def render(self, value: Decimal) -> SafeString:
        return number_html(value, self.least_places)

    def value(self, value: Decimal) -> Decimal:
        return trimmed(value, self.least_places)


class DayColumn(django_tables2.Column):
    """A day."""

    def render(self, value: date) -> SafeString:
        return day_html(value)

    def value(self, value: date) -> date:
        return value


class DueColumn(django_tables2.Column):
    """A due date and how far off it is; ``ListSpec.today`` says from when.

    ``is_open`` tells whether the row still waits for money: a settled one is not late.
    """

    def __init__(
        self, *args: Any, is_open: Callable[[Any], bool] = lambda _row: True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_open = is_open

    def render(self, value: date, record: Any, table: Any) -> SafeString:
        today = getattr(table, "today", None)
        if today is None or not self.is_open(record):
            return day_html(value)
        return format_html("{} {}", day_html(value), relative_due_html(value, today))

    def value(self, value: date) -> date:
        return value


class MomentColumn(django_tables2.Column):
    """An instant, in the company's time zone."""

    def render(self, value: datetime) -> SafeString:
        return moment_html(value)

    def value(self, value: datetime) -> datetime:
        return value


class ChipColumn(django_tables2.Column):
    """A state as a chip; ``kind`` maps the stored value to a kind of chip, or takes the row.

    The word is the field's ``get_..._display``, unless ``label`` gives another.
    """

    def __init__(
        self,
        *args: Any,
        kind: dict[Any, str] | Callable[[Any], str],
        label: Resolver | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.label = kind, label

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        return chip_html(self.word(value, record), self._kind(record, bound_column))

    def value(self, value: Any, record: Any) -> str:
        return self.word(value, record)

    def word(self, value: Any, record: Any) -> str:
        return str(resolved(self.label, record) if self.label else value)

    def _kind(self, record: Any, bound_column: Any) -> str:
        if callable(self.kind):
            return self.kind(record)
        return self.kind.get(resolved(str(bound_column.accessor), record), "info")


class PageLinkColumn(django_tables2.Column):
    """Text that leads to a page of the company: ``PageLinkColumn("customers:detail")``.

    ``arg`` is the accessor of the address's argument; a row without one is plain text.
    """

    def __init__(self, page: str, *args: Any, arg: Resolver = "pk", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page, self.arg = page, arg

    def render(self, value: Any, record: Any, table: Any) -> SafeString | str:
        argument = resolved(self.arg, record)
        if argument is None:
            return str(value)
        return format_html('<a href="{}">{}</a>', self._address(table, argument), value)

    def _address(self, table: Any, argument: Any) -> str:
        """Return the row's address; the page's pattern is looked up once per table."""
        makers = table.__dict__.setdefault("house_addresses", {})
        if self.page not in makers:
            makers[self.page] = address_maker(table.request.tenant, self.page)
        return str(makers[self.page](argument))

    def value(self, value: Any) -> str:
        return str(value)
