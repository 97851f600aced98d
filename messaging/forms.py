"""What a person types who decides about a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import HouseForm
from messaging.enums import TEST_EVENT, DeliveryState, EventType
from messaging.outlet import LONGEST_URL, UrlRefused, require_callable


class DecisionForm(HouseForm):
    """A form among several on one page; its fields' ids begin with its name."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{self.name}-%s"
        super().__init__(*args, **kwargs)


class ArrivedForm(DecisionForm):
    """How one knows that a message arrived."""

    name = "arrived"
    evidence = forms.CharField(
        label=_("How do you know?"),
        max_length=400,
        help_text=_("A reply, a read receipt, a note of a call: who said so, and when."),
    )


class ResendForm(DecisionForm):
    """The address put right."""

    name = "resend"
    to_address = forms.EmailField(label=_("Send to"), max_length=254)


class LeaveForm(DecisionForm):
    """Why nothing more is to be done."""

    name = "leave"
    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class SendAgainForm(DecisionForm):
    """Nothing to type: the button is the decision."""

    name = "again"


class CancelForm(DecisionForm):
    """Why a message is not to leave."""

    name = "cancel"
    reason = forms.CharField(label=_("Reason"), max_length=300)


class HoldForm(DecisionForm):
    """Why a message is kept back."""

    name = "hold"
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ReleaseForm(DecisionForm):
    """Why a message that was kept back may go."""

    name = "release"
    reason = forms.CharField(label=_("Reason"), max_length=300)


_REFUSED = {
    "shape": _("Enter a whole address such as https://example.com/webhooks."),
    "scheme": _("The address must begin with https://."),
    "person": _("The address must not hold a user name or password."),
    "port": _("Only the ports 443 and 8443 are called."),
    "name": _("Enter a public host name such as hooks.example.com, not a number or an inner name."),
}


class WebhookForm(HouseForm):
    """An address of another program, and what it is told."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which program it is. You will see it in lists."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_("It begins with https://. Events are sent there as they happen."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"), widget=forms.CheckboxSelectMultiple, choices=EventType.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = [  # type: ignore[attr-defined]
            (event.value, format_html("{} <code>{}</code>", event.label, event.value))
            for event in EventType
        ]

    def clean_url(self) -> str:
        """Refuse at once what would never be called."""
        try:
            return require_callable(self.cleaned_data["url"].strip())
        except UrlRefused as refused:
            raise ValidationError(_REFUSED[refused.code], code=refused.code) from None


class DeliveryLogForm(HouseForm):
    """What narrows the log of an address; everything else in the query is ignored."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *DeliveryState.choices]
    )
    event = forms.ChoiceField(
        label=pgettext_lazy("webhook", "Event"),
        required=False,
        choices=[("", _("All")), *((event, event) for event in (*EventType.values, TEST_EVENT))],
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
