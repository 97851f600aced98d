"""The address one signs in with: asked for on a fresh sign-in, taken by the link of a mail."""

from __future__ import annotations

import logging
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.forms import HouseForm
from core.http import unprocessable
from core.limits import may_ask
from core.models import User
from core.operations.address import SameAddress, ask_address, find_wish, take_address, waiting
from core.operations.sign_up import LinkOver
from core.sign_in import renew_session_key
from core.views import PersonRequest, person_view

logger = logging.getLogger(__name__)
TEMPLATE = "core/address.html"
MOST_BY_PERSON = 5  # mails an hour
MOST_TO_ADDRESS = 3  # an hour, whoever asks
GONE = 410


class AddressForm(HouseForm):
    """The address somebody wants to sign in with."""

    email = forms.EmailField(
        label=_("New e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("A link is sent there. Until you open it, you sign in as before."),
    )


@person_view
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: PersonRequest) -> HttpResponse:
    """Ask for the new address; the answer is the same for one that somebody has."""
    at = timezone.now()
    form = AddressForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "waiting": waiting(user=request.user, at=at)}
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if not _may_ask(request.user, email):
            form.add_error(None, gettext("Too many tries. Wait an hour, then try again."))
            return unprocessable(request, TEMPLATE, context)
        try:
            token = ask_address(user=request.user, email=email, at=at)
        except SameAddress as refused:
            form.add_error("email", refused.message)
        else:
            _tell_former(request, request.user.email, "account/email/address_asked", at)
            if _mail(request.user, email, token):
                text = gettext("A link was sent to %(email)s. Open it within a day.")
                messages.success(request, text % {"email": email})
            else:
                text = gettext("The mail to %(email)s could not be sent. Try again later.")
                messages.error(request, text % {"email": email})
            return redirect("address")
    return unprocessable(request, TEMPLATE, context)


@person_view
@require_http_methods(["GET", "HEAD", "POST"])
def address_confirm(request: PersonRequest, token: str) -> HttpResponse:
    """Show what the link changes, and change it by a button: mail scanners only look."""
    at = timezone.now()
    wish = find_wish(user=request.user, token=token, at=at)
    if wish is None:
        return render(request, "core/address_over.html", status=GONE)
    if request.method != "POST":
        return render(request, "core/address_confirm.html", {"wish": wish})
    try:
        user, before = take_address(user=request.user, token=token, at=at)
    except LinkOver:
        return render(request, "core/address_over.html", status=GONE)
    end_other_sessions(request, user)
    renew_session_key(request)
    _tell_former(request, before, "account/email/address_changed", at)
    text = gettext("You sign in as %(email)s now. Every other browser has to sign in again.")
    messages.success(request, text % {"email": user.email})
    return redirect("profile")


def _may_ask(user: User, email: str) -> bool:
    return may_ask(
        {
            f"address:person:{user.pk}": MOST_BY_PERSON,
            f"address:mail:{email.strip().lower()}": MOST_TO_ADDRESS,
        }
    )


def _tell_former(request: PersonRequest, email: str, template: str, at: datetime) -> None:
    """Tell the address the person had until now."""
    get_adapter(request).send_notification_mail(
        template, request.user, {"timestamp": at}, email=email
    )


def _mail(user: User, email: str, token: str) -> bool:
    """Mail the link, or to a known address that nothing happens; errors are logged."""
    with override(user.language):
        words = {"site": settings.SITE_URL, "link": ""}
        if token:
            words["link"] = f"{settings.SITE_URL}{reverse('address_confirm', args=[token])}"
            subject = gettext("Confirm your new address for Duebook")
            body = gettext(
                "Somebody, most likely you, wants to sign in at %(site)s with this address.\n\n"
                "Open this link within a day, signed in as before:\n\n%(link)s\n\n"
                "If it was not you, do nothing: nothing is changed."
            )
        else:
            subject = gettext("You have an account at Duebook already")
            body = gettext(
                "Somebody wanted to change an account at %(site)s to this address, but you have "
                "an account with it. Nothing was changed, and nothing is left to do."
            )
    try:
        send_mail(subject, body % words, settings.DEFAULT_FROM_EMAIL, [email])
    except Exception:
        logger.exception("A mail of a change of address was not sent")
        return False
    return True
