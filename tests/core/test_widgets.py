"""Widgets drawn without templates look as Django draws them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from core.widgets import QUICK

CHOICES = [
    ("", "All"),
    ("a<b", "A & B"),
    (7, gettext_lazy("Search")),
    ("Group <1>", [("x", "Ex"), ("y", mark_safe("<i>"))]),
    (None, '"quoted"'),
]


@pytest.mark.parametrize("value", [None, "", "a<b", 7, "7", "y", "missing"])
@pytest.mark.parametrize(
    "attrs", [{}, {"class": "form-select", "data-x": '"<', "required": True, "disabled": False}]
)
def test_a_select_is_written_as_django_writes_it(value: object, attrs: dict[str, object]) -> None:
    for widget in (forms.Select(attrs, CHOICES), forms.NullBooleanSelect(attrs)):
        ours, theirs = (
            widget.render("a&b", value, {"id": "id_q"}, renderer=renderer)
            for renderer in (QUICK, DjangoTemplates())
        )
        assert ours.split() == theirs.split()


def test_other_widgets_are_drawn_by_templates() -> None:
    assert 'type="date"' in forms.DateInput({"type": "date"}).render("d", None, renderer=QUICK)
