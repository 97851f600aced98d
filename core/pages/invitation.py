"""Accepting an invitation: who invites into which company, and one button."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from core.forms import HouseForm
from core.http import UNPROCESSABLE
from core.invitations import roles_text
from core.models import Invitation, Tenant, User
from core.models.tenant import TenantStatus
from core.operations.invitations import (
    InvitationOver,
    SignInFirst,
    WrongPerson,
    accept_as,
    accept_as_new,
    find_invitation,
    needs_account,
)
from core.scopes import sees_text
from core.tenancy import tenant_scope
from core.urls_in import page_url
from core.views import public_view

COOKIE = "invitation"
GONE, FORBIDDEN = 410, 403


class AccountForm(HouseForm):
    """The account of somebody who has none yet; its address is that of the invitation."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Ask allauth what it thinks of the password."""
        data = super().clean() or self.cleaned_data
        if data.get("password"):
            person = User(email=self.email, name=data.get("name", ""))
            try:
                get_adapter().clean_password(data["password"], person)
            except ValidationError as refused:
                self.add_error("password", refused)
        return data


@public_view(
    reason="only trades the secret of a mail's link for a cookie; nothing is shown or done"
)
@require_safe
def invitation_open(request: HttpRequest, tenant_slug: str, token: str) -> HttpResponseBase:
    """Trade the token for a cookie and go to the clean address, which can be looked at safely."""
    response = redirect("invitation", tenant_slug=tenant_slug)
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.SESSION_COOKIE_AGE,
        path=reverse("invitation", args=[tenant_slug]),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store, private"
    return response


@public_view(reason="whoever came by the link of the mail shows that they read the address's mail")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, tenant_slug: str) -> HttpResponseBase:
    """Show what the invitation offers, and accept it by a button: mail scanners only look."""
    tenant = Tenant.objects.filter(slug=tenant_slug, status=TenantStatus.ACTIVE).first()
    token = request.COOKIES.get(COOKIE, "")
    if tenant is None or not token:
        return _over(request)
    with tenant_scope(tenant.pk), timezone.override(tenant.time_zone):
        found = find_invitation(token, timezone.now())
        if found is None:
            return _over(request)
        response = _answer(request, tenant, found, token)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"  # without an origin a browser's form is refused
    return response


def _answer(
    request: HttpRequest, tenant: Tenant, found: Invitation, token: str
) -> HttpResponseBase:
    is_new = not request.user.is_authenticated and needs_account(found)
    asked = request.method == "POST"
    form = None
    if is_new:
        initial = {"name": found.name}
        form = AccountForm(request.POST if asked else None, initial=initial, email=found.email)
    refused = ""
    if asked and (form is None or form.is_valid()):
        try:
            return _accepted(request, tenant, token, form)
        except InvitationOver:
            return _over(request)
        except (WrongPerson, SignInFirst) as error:
            refused, form = str(error.message), None
    context = _context(request, tenant, found) | {"form": form, "refused": refused}
    status = FORBIDDEN if refused else UNPROCESSABLE if asked else HttpResponse.status_code
    return render(request, "core/invitation.html", context, status=status)


def _accepted(
    request: HttpRequest, tenant: Tenant, token: str, form: AccountForm | None
) -> HttpResponseBase:
    """Take the place; a new person is signed in by it."""
    home, at = page_url(tenant, "home"), timezone.now()
    if form is None:
        if not request.user.is_authenticated:
            raise SignInFirst
        accept_as(token=token, user=request.user, at=at)
        response: HttpResponseBase = HttpResponseRedirect(home)
    else:
        _membership, user = accept_as_new(
            token=token, **form.cleaned_data, language=get_language() or "en", at=at
        )
        login = Login(user=user, email_verification="none", redirect_url=home)
        response = cast("HttpResponseBase", perform_login(request, login))
    response.delete_cookie(COOKIE, path=reverse("invitation", args=[tenant.slug]))
    return response


def _context(request: HttpRequest, tenant: Tenant, found: Invitation) -> dict[str, Any]:
    """Say who invites whom, into which company, as what, and until when."""
    here = reverse("invitation", args=[tenant.slug])
    return {
        "company": tenant,
        "invitation": found,
        "roles": roles_text(found),
        "sees": sees_text(found),
        "zone": tenant.time_zone,
        "here": here,
        "is_other": request.user.is_authenticated and request.user.email.lower() != found.email,
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': here})}",
    }


def _over(request: HttpRequest) -> HttpResponse:
    """Answer every link that is over in one way, whatever the reason."""
    response = render(request, "core/invitation_over.html", status=GONE)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"
    return response
