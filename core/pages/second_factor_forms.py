"""What is typed on the pages of the second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import User
from core.operations.second_factor import accept_code
from core.second_factor import SecondFactorAdapter, step_of


class _CodeOnce:
    """A code of the app or a recovery code; each is accepted once."""

    fields: dict[str, forms.Field]
    user: User
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self.fields["code"], _("Code of the app, or a recovery code"))

    def clean_code(self) -> str:
        forget_tries = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        found = Authenticator.objects.filter(user=self.user).exclude(
            type=Authenticator.Type.WEBAUTHN
        )
        for one in found.order_by("pk"):
            is_app = one.type == Authenticator.Type.TOTP
            if (
                accept_code(authenticator=one, code=code)
                if is_app
                else one.wrap().validate_code(code)
            ):
                one.user = self.user
                self.authenticator = one
                forget_tries()
                return code
        raise SecondFactorAdapter().validation_error("incorrect_code")


class SignInForm(_CodeOnce, AuthenticateForm):
    """The second step of signing in."""


class FreshForm(_CodeOnce, ReauthenticateForm):
    """Asked again before something of the account changes."""


class ActivateForm(ActivateTOTPForm):
    """The first code of a new app; ``step`` is the time step it belongs to."""

    step: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self.fields["code"], _("Code the app shows now"))

    def clean_code(self) -> str:
        code: str = super().clean_code()
        self.step = step_of(self.secret, code) or 0
        return code


class PasskeyForm(AddWebAuthnForm):
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_name(self.fields["name"])
        self.fields["passwordless"].label = _("Sign in with it alone, without the password")
        self.fields["passwordless"].help_text = _(
            "The device then asks for your fingerprint, face or PIN."
        )
        self.fields["passwordless"].initial = True


class PasskeyNameForm(EditWebAuthnForm):
    """What a passkey is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_name(self.fields["name"])


def _as_code(field: forms.Field, label: Any) -> None:
    field.label = label
    field.max_length = 40  # type: ignore[attr-defined]
    field.widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 40}
    )


def _as_name(field: forms.Field) -> None:
    field.label = pgettext_lazy("passkey", "Name")
    field.help_text = _("So that you know it again: the laptop, the phone, the key on the ring.")
    field.max_length = 60  # type: ignore[attr-defined]
    field.widget.attrs["maxlength"] = 60
