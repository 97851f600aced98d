"""The pages of the second factor: allauth's views, with our rules and what our templates show."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy

from core.http import UNPROCESSABLE
from core.operations.second_factor import use_up
from core.second_factor import (
    USED,
    companies_asking,
    has_second_factor,
    site_name_takes_passkeys,
)
from core.sign_in import renew_session_key

INDEX = reverse_lazy("mfa_index")


class _Refusing:
    """A refused form answers 422, as every form of the house does."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == HttpResponse.status_code:
            response.status_code = UNPROCESSABLE
        return response


class _Adding(_Refusing):
    """A factor that is added was shown by this session; with the first one every other ends."""

    request: Any

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.request.user
        is_first = not has_second_factor(user)
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        record_authentication(self.request, user, method=USED)
        if is_first:
            end_other_sessions(self.request, user)
        return response


class Index(IndexView):
    """What the person has set up, and which companies ask for it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.request.user
        codes = context["authenticators"].get("recovery_codes")
        return context | {
            "title": "",
            "is_protected": has_second_factor(user),
            "asking": companies_asking(user),
            "takes_passkeys": site_name_takes_passkeys(),
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
        }


class SecondStep(_Refusing, AuthenticateView):
    """The second step of signing in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        passkeys = Authenticator.objects.filter(
            user=self.stage.login.user, type=Authenticator.Type.WEBAUTHN
        )
        return context | {"has_passkeys": passkeys.exists()}


class Activate(_Adding, ActivateTOTPView):
    """Connect an app; the code that proves it is used up by that."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        use_up(user=self.request.user, step=form.step)
        return response


class Deactivate(_Refusing, DeactivateTOTPView):
    """Disconnect the app."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"asking": companies_asking(self.request.user)}


class Codes(ViewRecoveryCodesView):
    """The recovery codes, shown once; also as a file that needs no script to be kept."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        text = "".join(f"{code}\r\n" for code in context["unused_codes"])
        return context | {
            "codes_text": text.replace("\r", "").strip(),
            "codes_url": f"data:text/plain;charset=utf-8,{quote(text)}",
            "asking": companies_asking(self.request.user),
        }


class RemovePasskey(RemoveWebAuthnView):
    """Forget a passkey."""

    success_url = INDEX

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"asking": companies_asking(self.request.user)}


class EditPasskey(_Refusing, EditWebAuthnView):
    """Name a passkey anew."""

    success_url = INDEX


class PasskeySignIn(LoginWebAuthnView):
    """Sign in with a passkey alone, and go on to the page the person wanted."""

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = perform_passwordless_login(self.request, authenticator, login)
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return response


class AddPasskey(_Adding, AddWebAuthnView):
    """Make a passkey in the browser and keep what belongs to it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"form": kwargs.get("form") or context["form"]}


class Fresh(_Refusing, ReauthenticateView):
    """Asks for the password again."""


class FreshByCode(_Refusing, ReauthenticateByCodeView):
    """Asks for a code again."""


def stepping_up(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give the session a new key once the person has confirmed who they are."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = did_recently_reauthenticate(request)
        response = view(request, *args, **kwargs)
        is_signed_in = request.user.is_authenticated
        if is_signed_in and not before and did_recently_reauthenticate(request):
            renew_session_key(request)
        return response

    return wrapper


index = Index.as_view()
second_step = SecondStep.as_view()
activate = Activate.as_view()
deactivate = Deactivate.as_view()
codes = Codes.as_view()
new_codes = GenerateRecoveryCodesView.as_view()
add_passkey = AddPasskey.as_view()
edit_passkey = EditPasskey.as_view()
remove_passkey = RemovePasskey.as_view()
passkey_sign_in = PasskeySignIn.as_view()
fresh = stepping_up(Fresh.as_view())
fresh_by_code = stepping_up(FreshByCode.as_view())
fresh_by_passkey = stepping_up(ReauthenticateWebAuthnView.as_view())
