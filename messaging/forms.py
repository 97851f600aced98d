"""What a person types who decides about a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm


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
