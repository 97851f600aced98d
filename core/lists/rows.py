"""The rows of a list as HTML, joined here: a template would look up every cell of every row."""

from __future__ import annotations

from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]
from django.utils.translation import gettext

from core.lists.cells import Cells
from core.lists.columns import RightColumn
from core.lists.spec import ListSpec


def rows_html(spec: ListSpec, table: Any, *, with_checks: bool) -> SafeString:
    """Return the table's rows, each with its box to tick if there is something to do with it."""
    columns = list(table.columns)
    cells = Cells(table, columns)
    frames = [_frame(spec, column, is_first=not place) for place, column in enumerate(columns)]
    select = gettext("Select %(row)s") if with_checks else ""
    rows = []
    for row in table.rows:
        parts = [_opening(row, table)]
        if with_checks:
            parts.append(_check(row.record, select, spec.version))
        for (start, end), content in zip(frames, cells.of(row), strict=True):
            parts += (start, shown(content), end)
        parts.append("</tr>")
        rows.append("".join(parts))
    return mark_safe("\n".join(rows))  # noqa: S308 - every part is escaped where it is made


def shown(value: Any) -> str:
    """Return a cell's content as a template shows it: localized, and escaped unless it is safe."""
    if isinstance(value, SafeString):
        return value
    if not isinstance(value, str):
        value = localize(template_localtime(value))
    return conditional_escape(value)


def _frame(spec: ListSpec, column: Any, *, is_first: bool) -> tuple[str, str]:
    """Return what stands before and after each cell of a column."""
    css = _css(spec, column)
    attributes = f' class="{escape(css)}"' if css else ""
    attributes += f' data-label="{escape(str(column.header))}"'
    if is_first:
        return f'<th scope="row" role="rowheader"{attributes}>', "</th>"
    return f'<td role="cell"{attributes}>', "</td>"


def _css(spec: ListSpec, column: Any) -> str:
    """Return the classes of a column's cells."""
    classes = ["text-end"] if isinstance(column.column, RightColumn) else []
    if isinstance(own := column.column.attrs.get("td", {}).get("class"), str):
        classes.append(own)
    if spec.phone and column.name not in spec.phone:
        classes.append("phone-hide")
    return " ".join(classes)


def _opening(row: Any, table: Any) -> str:
    """Return the row's beginning; scripts find it by ``data-row``, its link in its ``th``."""
    css = row.attrs.get("class", "") if table.row_attrs else ""
    attributes = f' class="{escape(css)}"' if css else ""
    return f'<tr role="row" data-row="{escape(_key(row.record))}"{attributes}>'


def _key(record: Any) -> Any:
    return record["pk"] if isinstance(record, dict) else getattr(record, "pk", "")


def _check(record: Any, select: str, version: str) -> str:
    """Return the cell with the box that ticks the row, as it was shown if it counts versions."""
    value = f"{record.pk}:{getattr(record, version)}" if version else record.pk
    words = select % {"row": escape(str(record))}
    return (
        '<td role="cell" class="cell-check"><label class="check-target">'
        '<input type="checkbox" class="form-check-input" name="selected" '
        f'value="{escape(value)}" aria-label="{words}"></label></td>'
    )
