"""Filters in the address, and as chips that can be taken off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters.fields import RangeField
from django_filters.widgets import SuffixedMultiWidget

from core.dates import EARLIEST, LATEST
from core.forms import AmountField, DayField
from core.presentation import day_text
from core.widgets import QUICK


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter: its name, what it is set to, and the address without it."""

    label: str
    value: str
    remove_url: str


class _EndsWidget(SuffixedMultiWidget):
    """Two inputs for the ends of a range, each with a name of its own for screen readers."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([self.end(_("From")), self.end(_("To"))], attrs)

    def end(self, label: Any) -> forms.Widget:
        raise NotImplementedError

    def decompress(self, value: slice | None) -> list[Any]:
        return [value.start, value.stop] if value else [None, None]


class DayEnds(_EndsWidget):
    """Two native date inputs."""

    suffixes = ("after", "before")

    def end(self, label: Any) -> forms.Widget:
        return forms.DateInput(
            format="%Y-%m-%d",
            attrs={
                "type": "date",
                "min": EARLIEST.isoformat(),
                "max": LATEST.isoformat(),
                "aria-label": label,
            },
        )


class AmountEnds(_EndsWidget):
    """Two amounts."""

    suffixes = ("min", "max")

    def end(self, label: Any) -> forms.Widget:
        return forms.TextInput(attrs={"inputmode": "decimal", "aria-label": label})


class _DayRangeField(RangeField):
    widget = DayEnds

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["fields"] = (DayField(required=False), DayField(required=False))
        super().__init__(*args, **kwargs)

    def compress(self, data_list: list[Any]) -> slice | None:
        """Return the range; None for two ends that are blank."""
        return _range(data_list)


class _AmountRangeField(RangeField):
    widget = AmountEnds

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["fields"] = tuple(AmountField(required=False, anywhere=True) for _end in range(2))
        super().__init__(*args, **kwargs)

    def compress(self, data_list: list[Any]) -> slice | None:
        """Return the range; None for two ends that are blank."""
        return _range(data_list)


def _range(ends: list[Any]) -> slice | None:
    return slice(*ends) if any(end is not None for end in ends) else None


class DayRangeFilter(django_filters.RangeFilter):
    """From a day to a day, both included: ``due_after=2026-01-01&due_before=2026-01-31``."""

    field_class = _DayRangeField


class AmountRangeFilter(django_filters.RangeFilter):
    """From an amount to an amount: ``total_min=1,000&total_max=2000``."""

    field_class = _AmountRangeField


class HouseFilterSet(django_filters.FilterSet):
    """Filters of a list. Define ``search(queryset, name, value)`` to have the search box.

    The value handed to ``search`` is stripped, 1 to 100 characters, without NUL.
    """

    q = django_filters.CharFilter(method="search", label=_("Search"), max_length=100)

    class Meta:
        filter_overrides = {
            models.DateField: {"filter_class": DayRangeFilter},
            models.DecimalField: {"filter_class": AmountRangeFilter},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hasattr(self, "search"):
            self.filters.pop("q", None)


def style(form: forms.Form) -> None:
    """Give the filter form's inputs the look of the house; an empty choice is called "All"."""
    form.renderer = QUICK
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = field.empty_label and gettext("All")
        for widget in getattr(field.widget, "widgets", [field.widget]):
            _style_widget(widget, is_model=hasattr(field, "queryset"))


def _style_widget(widget: forms.Widget, *, is_model: bool) -> None:
    css = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
        choices = [] if is_model else list(widget.choices)
        if choices and choices[0][0] in {"", "unknown"}:
            widget.choices = [("", gettext("All")), *choices[1:]]
    widget.attrs["class"] = f"{widget.attrs.get('class', '')} {css}".strip()


def active_names(filterset: Any) -> list[str]:
    """Return the names of filters that are set, in the order of the form."""
    filterset.is_valid()
    cleaned = getattr(filterset.form, "cleaned_data", {})
    fields = filterset.form.fields
    return [name for name in fields if _is_set(fields[name], cleaned.get(name))]


def chips(filterset: Any, params: QueryDict) -> list[Chip]:
    """Return a chip for each active filter."""
    form = filterset.form
    found = []
    for name in active_names(filterset):
        field, value = form.fields[name], form.cleaned_data[name]
        rest = params.copy()
        for key in (*_keys_of(name, field), "after", "before"):
            rest.pop(key, None)
        label = str(field.label or name)
        found.append(Chip(label, shown(field, value), f"?{rest.urlencode()}"))
    return found


def shown(field: forms.Field, value: Any) -> str:
    """Return a filter's value as words."""
    if isinstance(value, slice):
        return _shown_range(field, value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    choices = dict(_flat(getattr(field, "choices", ()))) if not hasattr(field, "queryset") else {}
    if isinstance(value, list | tuple | set):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if isinstance(value, models.QuerySet):
        return ", ".join(str(one) for one in value)
    return str(choices.get(str(value), value))


def _shown_range(field: forms.Field, value: slice) -> str:
    first, last = (_shown_end(end) for end in (value.start, value.stop))
    if first and last:
        return gettext("%(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return gettext("from %(first)s") % {"first": first}
    return gettext("up to %(last)s") % {"last": last}


def _shown_end(end: Any) -> str:
    if end is None:
        return ""
    return day_text(end) if hasattr(end, "year") else f"{end:,f}"


def _is_set(field: forms.Field, value: Any) -> bool:
    if isinstance(value, models.QuerySet | list | tuple):
        return bool(value)
    if value is False:
        return not isinstance(field.widget, forms.CheckboxInput)
    return value is not None and value != ""


def _keys_of(name: str, field: forms.Field) -> Iterator[str]:
    yield name
    for suffix in getattr(field.widget, "suffixes", ()):
        yield f"{name}_{suffix}"


def _flat(choices: Any) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label
