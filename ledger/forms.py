"""Forms of closing and reopening periods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, HouseForm


class ClosePeriodForm(HouseForm):
    """Up to which day the books are closed."""

    last_day = DayField(label=_("Close up to and including"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["last_day"].initial = today.replace(day=1) - timedelta(days=1)

    def clean_last_day(self) -> date:
        """Refuse today and later: today's postings would be refused at once."""
        last_day: date = self.cleaned_data["last_day"]
        if last_day >= self.today:
            raise forms.ValidationError(_("Only days that are over can be closed."))
        return last_day


class ReopenPeriodForm(HouseForm):
    """Why a closed period is opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
