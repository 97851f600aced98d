"""Whom a bill goes to, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.dates import instant_of
from core.forms import DayField, HouseForm
from invoices.queries.delivery import Recipient, usual_recipients

NOW, LATER = "now", "later"


class WhenForm(HouseForm):
    """Now, or at a local time of the company."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("Now")), (LATER, _("At a time"))],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    day = DayField(label=_("Day"), required=False)
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args: Any, at: datetime, time_zone: str, **kwargs: Any) -> None:
        self.at, self.time_zone = at, time_zone
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["not_before"] = None
        if data.get("when") != LATER:
            return data
        day, time = data.get("day"), data.get("time")
        if day is None and "day" not in self.errors:
            self.add_error("day", _("Choose the day."))
        if time is None and "time" not in self.errors:
            self.add_error("time", _("Choose the time."))
        if day is None or time is None:
            return data
        not_before = instant_of(day, time.hour, self.time_zone, time.minute)
        if not_before <= self.at:
            self.add_error("day", _("This time has passed. Choose a later one."))
        data["not_before"] = not_before
        return data


class SendForm(WhenForm):
    """Which of the customer's addresses, one more, and when."""

    recipients = forms.MultipleChoiceField(label=pgettext_lazy("mail", "To"), required=False)
    extra_address = forms.EmailField(label=_("Another address"), required=False, max_length=254)
    again = forms.BooleanField(
        label=_("Send again, although it was sent there before"), required=False
    )

    def __init__(self, *args: Any, known: Sequence[Recipient], **kwargs: Any) -> None:
        self.known = {one.address: one for one in known}
        usual = [one.address for one in usual_recipients(known)]
        kwargs["initial"] = {"recipients": usual} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["recipients"].choices = [(address, address) for address in self.known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        people = [(self.known[address].name, address) for address in data.get("recipients") or ()]
        if data.get("extra_address"):
            people.append(("", data["extra_address"]))
        if not people and not self.errors:
            self.add_error("recipients", _("Choose at least one address."))
        data["people"] = people
        return data

    @property
    def chosen(self) -> list[tuple[Recipient, bool]]:
        """The customer's addresses, and which of them are ticked."""
        ticked = set(self["recipients"].value() or ())
        return [(one, address in ticked) for address, one in self.known.items()]
