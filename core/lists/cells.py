"""What a column shows for a row, as django-tables2 defines it, but looked up once per table.

The library inspects each column's ``render`` anew for every cell; for a file of 100,000 rows that
is most of the time. What is asked here is the same: the accessor's value, ``get_..._display`` for a
field with choices, the default for an empty value, then ``render_x`` or ``render`` (in files
``value_x`` or ``value``) with those arguments it names, and the column's link around it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import django_tables2
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django_tables2.utils import Accessor


class Cells:
    """The cells of a table's columns; ``in_file`` for values instead of looks."""

    def __init__(self, table: Any, columns: Sequence[Any], *, in_file: bool = False) -> None:
        self._readers = [_Reader(table, column, in_file=in_file) for column in columns]

    def of(self, row: Any) -> list[Any]:
        """Return one row's cells, in the order of the columns; empty ones as ``default``."""
        return [reader.read(row) for reader in self._readers]


class _Reader:
    """Reads one column of one table."""

    def __init__(self, table: Any, column: Any, *, in_file: bool) -> None:
        self.table, self.column = table, column
        self.accessor = Accessor(column.accessor)
        path, _sign, self.last = self.accessor.rpartition(Accessor.SEPARATOR)
        self.path = Accessor(path)
        self.empty = column.column.empty_values
        self.default = "" if not in_file else None
        if column.column.default is not None and not in_file:
            self.default = column.column.default
        self.link = None if in_file else column.link
        self.function = _function(column, in_file=in_file)
        self.names = _argument_names(self.function)
        # A cell that is never empty, and drawn from the row, does without the value.
        self.takes_value = bool(self.link or self.empty or "value" in (self.names or ("value",)))
        self._displays: dict[type, bool] = {}

    def read(self, row: Any) -> Any:
        record = row.record
        value = self._value(record) if self.takes_value else None
        if value in self.empty:
            return self.default
        known = {
            "value": value,
            "record": record,
            "column": self.column.column,
            "bound_column": self.column,
            "bound_row": row,
            "table": self.table,
        }
        wanted = known if self.names is None else {name: known[name] for name in self.names}
        content = self.function(**wanted)
        return self.link(content, **known) if self.link else content

    def _value(self, record: Any) -> Any:
        try:
            owner = self.path.resolve(record) if self.path else record
            if self._has_display(type(owner)):
                return getattr(owner, f"get_{self.last}_display")()
            if isinstance(owner, models.Model) and self.last in owner.__dict__:
                return owner.__dict__[self.last]  # as the accessor would, at a tenth of the time
            return self.accessor.resolve(record)
        except (ValueError, LookupError, AttributeError):
            return None  # a column of no field, or a step of the path that is not there

    def _has_display(self, owner: type) -> bool:
        """Test if the value is a choice's, to be shown by its label."""
        if owner not in self._displays:
            self._displays[owner] = issubclass(owner, models.Model) and self._is_choice(owner)
        return self._displays[owner]

    def _is_choice(self, model: type[models.Model]) -> bool:
        try:
            return bool(getattr(model._meta.get_field(self.last), "choices", None))
        except FieldDoesNotExist:
            return False


def _function(column: Any, *, in_file: bool) -> Callable[..., Any]:
    found: Callable[..., Any] = column.value if in_file else column.render
    if getattr(found, "__func__", None) is django_tables2.Column.value:
        found = column.render  # what the library's own value() would call
    return found


def _argument_names(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the names of the arguments the function takes; None if it takes any."""
    parameters = inspect.signature(function).parameters.values()
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters):
        return None
    return tuple(one.name for one in parameters)
