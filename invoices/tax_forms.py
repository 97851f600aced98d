"""The form of a tax code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AmountField, HouseForm
from invoices.enums import TaxCategory

NEEDS_REASON = (TaxCategory.EXEMPT, TaxCategory.REVERSE)


class TaxCodeForm(HouseForm):
    """A tax code, its rate in percent."""

    name = forms.CharField(label=_("Name"), max_length=60)
    category = forms.ChoiceField(label=_("Category"), choices=TaxCategory.choices)
    percent = AmountField(
        label=_("Rate in percent"),
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal("99.9999"),
        help_text=_("13 for 13 percent."),
    )
    exemption_reason = forms.CharField(
        label=_("Text for the invoice"),
        max_length=200,
        required=False,
        help_text=_("Why no tax is due, in the words your law asks for."),
    )
    is_default = forms.BooleanField(label=_("Default for new lines"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, is_used: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_used:
            self.fields["category"].disabled = self.fields["percent"].disabled = True
            self.fields["percent"].help_text = _(
                "A product or an invoice has this code, so its rate and category stay. Add a new "
                "code instead, and take this one out of use."
            )

    def clean(self) -> dict[str, Any]:
        """Ask why no tax is due, where the invoice must say it."""
        data = super().clean() or self.cleaned_data
        if data.get("category") in NEEDS_REASON and not data.get("exemption_reason"):
            self.add_error("exemption_reason", _("The invoice must say why no tax is due."))
        return data
