"""Input of the pages about reminders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AmountField, DayField, HouseForm
from core.money import ZERO
from dunning.calculations import MAX_OFFSET, MIN_OFFSET, StepsInvalid, Terms, numbered
from dunning.enums import Tone
from dunning.models import Policy
from dunning.operations import PolicyDraft

STEP_ROWS = 8
STEPS_REFUSED: dict[str, Any] = {
    "none": _("Enter at least one step."),
    "double": _("Two steps stand on the same day."),
    "range": _("A step lies between %(least)s and %(most)s days.")
    % {"least": MIN_OFFSET, "most": MAX_OFFSET},
    "tone_before": _("Up to the due date use the notice before the due date: nothing is late yet."),
    "tone_after": _("The notice before the due date cannot be used after it."),
}


class PolicyForm(HouseForm):
    """When customers are reminded, with up to ``STEP_ROWS`` steps; empty rows are no steps."""

    name = forms.CharField(label=_("Name"), max_length=80)
    send_hour = forms.TypedChoiceField(
        label=_("Hour of sending"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("In the company's time zone."),
    )
    weekdays_only = forms.BooleanField(label=_("Only Monday to Friday"), required=False)
    quiet_days = forms.IntegerField(
        label=_("Days between two reminders to one customer"), min_value=0, max_value=90
    )
    minimum_amount = AmountField(
        label=_("Smallest amount to remind about"),
        min_value=ZERO,
        help_text=_("What a customer owes in one currency, in the company's own currency."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    head_names = ("name", "send_hour", "weekdays_only", "quiet_days", "minimum_amount")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minimum_amount"].set_currency(currency)  # type: ignore[attr-defined]
        for row in range(STEP_ROWS):
            self.fields[f"offset_{row}"] = forms.IntegerField(
                label=_("Days after the due date"), required=False
            )
            self.fields[f"tone_{row}"] = forms.ChoiceField(
                label=_("Text"), choices=[("", "–"), *Tone.choices], required=False
            )

    @classmethod
    def start_of(cls, policy: Policy | None) -> dict[str, Any]:
        """Return what the form shows of the policy in force."""
        if policy is None:
            return {"send_hour": 9, "weekdays_only": True, "quiet_days": 3, "minimum_amount": ZERO}
        start: dict[str, Any] = {
            name: getattr(policy, name)
            for name in (
                "name",
                "send_hour",
                "weekdays_only",
                "quiet_days",
                "minimum_amount",
                "version",
            )
        }
        for row, step in enumerate(policy.steps.order_by("offset_days")):
            start[f"offset_{row}"], start[f"tone_{row}"] = step.offset_days, step.tone
        return start

    @property
    def step_rows(self) -> list[tuple[Any, Any]]:
        """The fields of each row."""
        return [(self[f"offset_{row}"], self[f"tone_{row}"]) for row in range(STEP_ROWS)]

    @property
    def head_fields(self) -> list[Any]:
        """The fields that are not of a step."""
        return [self[name] for name in self.head_names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        steps: list[tuple[int, Tone]] = []
        for row in range(STEP_ROWS):
            offset, tone = cleaned.get(f"offset_{row}"), cleaned.get(f"tone_{row}")
            if offset is None and not tone:
                continue
            if offset is None and f"offset_{row}" not in self.errors:
                self.add_error(f"offset_{row}", _("Enter the number of days."))
            elif not tone:
                self.add_error(f"tone_{row}", _("Choose a text."))
            elif offset is not None:
                steps.append((offset, Tone(tone)))
        if not self.errors:
            try:
                cleaned["terms_steps"] = numbered(steps)
            except StepsInvalid as invalid:
                self.add_error(None, STEPS_REFUSED[invalid.code])
        cleaned["steps"] = steps
        return cleaned

    def draft(self) -> PolicyDraft:
        """Return what was typed, for ``save_policy``."""
        data = self.cleaned_data
        return PolicyDraft(
            name=data["name"],
            send_hour=data["send_hour"],
            weekdays_only=data["weekdays_only"],
            minimum_amount=data["minimum_amount"],
            quiet_days=data["quiet_days"],
            steps=data["steps"],
        )

    def terms(self) -> Terms:
        """Return what was typed, for a dry run."""
        data = self.cleaned_data
        return Terms(data["terms_steps"], data["minimum_amount"], data["quiet_days"])


class HoldForm(HouseForm):
    """Why and until when one document is not reminded of."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Seen by your colleagues only.")
    )
    until = DayField(
        label=_("Paused until"),
        required=False,
        help_text=_("This day included. Leave it empty to pause until somebody resumes."),
    )
