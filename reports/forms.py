"""Input of the report pages; everything stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.currencies import MINOR_UNITS
from core.forms import DayField, HouseForm
from core.models import Tenant
from customers.models import Customer
from reports.enums import Basis, GroupBy
from reports.moments import NotAMoment, parse_moment
from reports.queries import Question


class AgingForm(HouseForm):
    """What is asked of the aging. What is left out is: today, all that is known, by due date."""

    as_of = DayField(label=_("As of"), required=False)
    known = forms.CharField(
        label=_("As known at"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}),
    )
    basis = forms.ChoiceField(label=_("Age from"), choices=Basis.choices, required=False)
    by = forms.ChoiceField(label=_("One row per"), choices=GroupBy.choices, required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, tenant: Tenant, currencies: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.found: Customer | None = None
        currency: Any = self.fields["currency"]
        currency.choices = [("", _("All")), *((code, code) for code in currencies)]
        currency.valid_value = lambda value: value in MINOR_UNITS

    def clean_known(self) -> Any:
        text = self.cleaned_data["known"]
        if not text.strip():
            return None
        try:
            return parse_moment(text, self.tenant.time_zone)
        except NotAMoment:
            raise ValidationError(
                _("Enter a moment such as 2026-03-31T18:00, between 1970 and 2100.")
            ) from None

    def clean_customer(self) -> int | None:
        pk: int | None = self.cleaned_data["customer"]
        if pk is None:
            return None
        self.found = Customer.objects.filter(pk=pk).first() if abs(pk) < 2**63 else None
        if self.found is None:
            raise ValidationError(_("There is no such customer."))
        return pk

    def question(self, today: Any) -> Question:
        """Return what was asked; ``today`` is the tenant's, for a form without a day."""
        data = self.cleaned_data
        return Question(
            as_of=data["as_of"] or today,
            known=data["known"],
            basis=Basis(data["basis"] or Basis.DUE),
            by=GroupBy(data["by"] or GroupBy.CUSTOMER),
            currency=data["currency"] or None,
            customer_id=data["customer"],
        )
