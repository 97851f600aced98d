"""Fields of which a page has many, or with many choices, written short and without a template.

A bill of 300 lines has four thousand cells. Each says its name, its value and its label; what the
cells of a column look like is in the stylesheet.
"""

from __future__ import annotations

import html
from typing import Any

from django import forms
from django.forms.widgets import Input
from django.utils.safestring import SafeString, mark_safe

# What a field asks of its widget and a cell does without: the stylesheet or the form says it.
_LEFT_OUT = ("autocomplete", "class", "cols", "max", "min", "step")


class Cell(forms.BoundField):
    """A field of a line; below it stands what is wrong with what was typed."""

    def __str__(self) -> SafeString:
        shown = self.as_widget()
        if not self.errors:
            return shown
        why = html.escape(" ".join(str(error) for error in self.errors))
        return mark_safe(  # noqa: S308 - escaped, and the field's own name
            f'{shown}<div class="invalid-feedback d-block" id="{self.html_name}-why">{why}</div>'
        )

    __html__ = __str__

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if "aria-invalid" in attrs:
            css = (widget or self.field.widget).attrs.get("class", "")
            attrs["class"] = f"{css} is-invalid".strip()
            attrs["aria-describedby"] = f"{self.html_name}-why"
        return attrs


def tag(name: str, attributes: dict[str, Any], content: str | None = None) -> SafeString:
    """Write a tag; values are escaped, True is an attribute without one. Content is taken as is."""
    said = "".join(
        f" {key}" if value is True else f' {key}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    end = "" if content is None else f"{content}</{name}>"
    return mark_safe(f"<{name}{said}>{end}")  # noqa: S308 - escaped above


class _Cell(forms.Widget):
    """A widget that writes its own tag; its label is seen where it is empty."""

    def _attributes(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        said = {"name": name, **self.attrs, **(attrs or {})}
        if "aria-label" in said and value in (None, "") and said.get("type") != "date":
            said["placeholder"] = said["aria-label"]
        return said


class _InputCell(_Cell, Input):
    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        shown = self.format_value(value)
        own: dict[str, Any] = {} if self.input_type == "text" else {"type": self.input_type}
        if shown not in (None, ""):
            own["value"] = shown
        return tag("input", self._attributes(name, shown, own | (attrs or {})))


class TextCell(_InputCell, forms.TextInput):
    """A text of one line, or an amount."""


class NumberCell(_InputCell, forms.NumberInput):
    """A whole number."""


class HiddenCell(_InputCell, forms.HiddenInput):
    """What is not seen."""


class DayCell(_InputCell, forms.DateInput):
    """A day in the browser's own date field."""


class TickCell(forms.CheckboxInput):
    """A box that is ticked or not."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        said = {"type": "checkbox", "name": name, **self.attrs, **(attrs or {})}
        return tag("input", said | {"checked": bool(self.check_test(value))})


class WordsCell(_Cell, forms.Textarea):
    """A text of several lines."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        shown = self.format_value(value)
        # The first line break after the tag is none of the text's.
        content = "\n" + html.escape(str(shown or ""))
        return tag("textarea", self._attributes(name, shown, attrs), content)


class LongSelect(forms.Select):
    """One of some choices, none of them in groups."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = []
        for key, label in self.choices:
            own = str("" if key is None else key)
            said = str(label)
            # What stands in an option is its value, unless another one is named.
            named = {"value": None if own == said else own, "selected": own in chosen}
            options.append(tag("option", named, html.escape(said)))
        return tag("select", {"name": name, **self.attrs, **(attrs or {})}, "".join(options))


_CELLS: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.TextInput: TextCell,
    forms.NumberInput: NumberCell,
    forms.HiddenInput: HiddenCell,
    forms.DateInput: DayCell,
    forms.CheckboxInput: TickCell,
    forms.Textarea: WordsCell,
    forms.Select: LongSelect,
}


def put_in_cell(field: forms.Field) -> None:
    """Give a field the short widget for its own."""
    given = field.widget
    kind = _CELLS.get(type(given))
    if kind is None:  # it has been put in one, for the form that this one's is made from
        return
    cell = kind()
    cell.attrs = {name: value for name, value in given.attrs.items() if name not in _LEFT_OUT}
    if kind is LongSelect:
        cell.attrs["class"] = "form-select"
    if not given.is_hidden and kind is not TickCell:  # whose label stands beside it
        cell.attrs["aria-label"] = field.label
    cell.is_required = given.is_required
    for name in ("input_type", "format", "choices"):
        if hasattr(given, name):
            setattr(cell, name, getattr(given, name))
    field.widget = cell
