"""Forms of payment terms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm
from customers.operations.terms import PartDraft

MOST_PARTS = 12
SPARE_PARTS = 2


class TermForm(HouseForm):
    """What terms are called, and whether they are offered."""

    name = forms.CharField(label=_("Name"), max_length=80)
    is_default = forms.BooleanField(label=_("Default for new customers"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class PartForm(HouseForm):
    """One part; left empty it does not exist."""

    weight = forms.IntegerField(label=_("Share"), min_value=1, max_value=10_000, required=False)
    months = forms.IntegerField(label=_("Months"), min_value=0, max_value=120, required=False)
    end_of_month = forms.BooleanField(label=_("Then to the end of the month"), required=False)
    days = forms.IntegerField(label=_("Days"), min_value=0, max_value=3660, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_tick = isinstance(field, forms.BooleanField)
            field.widget.attrs["class"] = "form-check-input" if is_tick else "form-control text-end"

    def clean(self) -> dict[str, Any]:
        """Ask for the share of a part that says when it is due."""
        data = super().clean() or self.cleaned_data
        says_when = any(data.get(name) for name in ("months", "end_of_month", "days"))
        if says_when and not data.get("weight") and "weight" not in self.errors:
            self.add_error("weight", _("Say the share of this part, like 100."))
        return data

    @property
    def draft(self) -> PartDraft | None:
        """The part, if the row was filled in."""
        data = self.cleaned_data
        if not data.get("weight"):
            return None
        return PartDraft(
            data["weight"], data["months"] or 0, data["days"] or 0, bool(data["end_of_month"])
        )


PartFormSet = forms.formset_factory(
    PartForm, extra=SPARE_PARTS, max_num=MOST_PARTS, absolute_max=MOST_PARTS
)
