"""Signing up: the form, the mail, the link."""

from __future__ import annotations

import logging
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.countries import country_choices, usual
from core.currencies import currency_choices
from core.forms import HouseForm
from core.http import unprocessable
from core.limits import may_ask
from core.operations.create_company import time_zones
from core.operations.sign_up import (
    KnownAddress,
    LinkOver,
    confirm_sign_up,
    find_sign_up,
    sign_up,
)
from core.pages.invitation import AccountForm
from core.urls_in import page_url
from core.views import public_view

logger = logging.getLogger(__name__)
MOST_AN_HOUR = 20  # from one network address
MOST_MAILS_AN_HOUR = 3  # to one e-mail address


def is_open() -> bool:
    """Test if anybody may sign up here."""
    return bool(settings.SIGN_UP_OPEN)


class SignUpForm(HouseForm):
    """Who, and for which company; what the country usually has need not be said."""

    email = forms.EmailField(
        label=_("Your e-mail"), help_text=_("A link is sent there; you sign in with it later.")
    )
    company_name = forms.CharField(label=_("Company name"), max_length=200)
    country = forms.ChoiceField(label=_("Country"), widget=forms.Select({"data-typeahead": ""}))
    currency = forms.ChoiceField(
        label=_("Base currency"),
        required=False,
        widget=forms.Select({"data-typeahead": ""}),
        help_text=_("Cannot be changed later. Invoices may be in other currencies."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, widget=forms.Select({"data-typeahead": ""})
    )
    document_language = forms.ChoiceField(label=_("Document language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual_choice = [("", _("As usual in the country"))]
        choices: dict[str, list[Any]] = {
            "country": [("", ""), *country_choices()],
            "currency": [*usual_choice, *currency_choices()],
            "time_zone": [*usual_choice, *((zone, zone) for zone in sorted(time_zones()))],
            "document_language": [*usual_choice, *settings.LANGUAGES],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take from the country what was left empty."""
        data = super().clean() or self.cleaned_data
        country = data.get("country", "")
        preset = usual(country)
        data["time_zone"] = data.get("time_zone") or preset.time_zone
        data["document_language"] = data.get("document_language") or preset.language
        if country and not data.get("currency"):
            data["currency"] = usual_currency(country)
            if not data["currency"]:
                self.add_error("currency", gettext("Choose a currency."))
        return data


_EURO = frozenset(
    "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split()  # noqa: SIM905 - a list
)
_CURRENCIES = {
    "CN": "CNY", "GB": "GBP", "US": "USD", "HK": "HKD", "SG": "SGD", "JP": "JPY", "CH": "CHF",
    "CA": "CAD", "AU": "AUD", "NZ": "NZD", "IN": "INR", "KR": "KRW", "TW": "TWD", "MY": "MYR",
    "SE": "SEK", "NO": "NOK", "DK": "DKK", "PL": "PLN", "CZ": "CZK", "HU": "HUF", "KW": "KWD",
    "MO": "MOP",
}  # fmt: skip


def usual_currency(country: str) -> str:
    """Return the currency companies of the country usually keep their books in; "" if unknown."""
    return "EUR" if country in _EURO else _CURRENCIES.get(country, "")


@public_view(reason="who signs up is nobody yet; switched off unless SIGN_UP_OPEN")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for a person and a company; the answer is the same for a known address."""
    _require_open()
    if request.user.is_authenticated:
        return redirect("company_new")
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "core/sign_up.html", {"form": form})
    if form.is_valid() and not _may_ask(request, form.cleaned_data["email"]):
        form.add_error(None, gettext("Too many tries. Wait an hour, then try again."))
    if not form.is_valid():
        return unprocessable(request, "core/sign_up.html", {"form": form})
    language = get_language() or "en"
    email = form.cleaned_data["email"]
    try:
        token = sign_up(**form.cleaned_data, language=language, at=timezone.now())
    except KnownAddress:
        token = ""
    is_sent = _mail(email, token, language)
    return render(request, "core/sign_up_sent.html", {"email": email, "is_sent": is_sent})


@public_view(reason="whoever holds the link of the mail shows that they read the address's mail")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what the link makes, and make it by a button: mail scanners only look."""
    _require_open()
    wish = find_sign_up(token, timezone.now())
    if wish is None:
        return _private(render(request, "core/sign_up_over.html", status=410))
    form = AccountForm(request.POST if request.method == "POST" else None, email=wish.email)
    context = {"wish": wish, "form": form}
    if request.method != "POST":
        return _private(render(request, "core/sign_up_confirm.html", context))
    if not form.is_valid():
        return _private(unprocessable(request, "core/sign_up_confirm.html", context))
    try:
        user, tenant = confirm_sign_up(token=token, **form.cleaned_data, at=timezone.now())
    except LinkOver:
        return _private(render(request, "core/sign_up_over.html", status=410))
    home = page_url(tenant, "home")
    login = Login(user=user, email_verification="none", redirect_url=home)
    return cast("HttpResponse", perform_login(request, login))


def _require_open() -> None:
    if not is_open():
        raise Http404


def _may_ask(request: HttpRequest, email: str) -> bool:
    """Count a try by network address and by e-mail address; both have a limit an hour."""
    address = get_adapter().get_client_ip(request)
    return may_ask(
        {
            f"sign_up:ip:{address}": MOST_AN_HOUR,
            f"sign_up:mail:{email.lower()}": MOST_MAILS_AN_HOUR,
        }
    )


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"
    return response


def _mail(email: str, token: str, language: str) -> bool:
    """Mail the link, or to a known address that it signs in already; errors are logged."""
    with override(language):
        if token:
            link = f"{settings.SITE_URL}{reverse('sign_up_confirm', args=[token])}"
            subject = gettext("Confirm your address for Duebook")
            body = gettext(
                "Somebody signed up with this address at %(site)s.\n\n"
                "If that was you, open this link within two days; it makes your company:\n\n"
                "%(link)s\n\n"
                "If it was not, do nothing: nothing is made."
            ) % {"site": settings.SITE_URL, "link": link}
        else:
            link = f"{settings.SITE_URL}{reverse('account_login')}"
            subject = gettext("You have an account at Duebook already")
            body = gettext(
                "Somebody signed up with this address at %(site)s, but you have an account.\n\n"
                "Sign in here, and make another company there if you like:\n\n%(link)s"
            ) % {"site": settings.SITE_URL, "link": link}
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [email])
    except Exception:
        logger.exception("A mail of a sign-up was not sent")
        return False
    return True
