"""What is asked for a new key."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from api.enums import PERMISSION_OF, Scope
from core.forms import DayField, HouseForm
from core.models import Membership

USUAL = timedelta(days=365)


class KeyForm(HouseForm):
    """A key's name, what it may do, and its last day; ``today`` is the company's."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which program it is for. You will recognise it by this later."),
    )
    expires_on = DayField(
        label=_("Valid until"),
        required=False,
        help_text=_("This day included. Empty: until it is revoked."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("The key may"), widget=forms.CheckboxSelectMultiple, choices=Scope.choices
    )

    def __init__(self, *args: Any, membership: Membership, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"expires_on": today + USUAL} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, label)
            for scope, label in Scope.choices
            if membership.allows(PERMISSION_OF[scope])
        ]

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < self.today:
            raise ValidationError(_("This day has passed."))
        return day
