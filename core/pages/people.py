"""Who works here and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core.http import unprocessable
from core.invitations import mail_invitation, may_mail, roles_text
from core.models import Invitation, Membership, Team
from core.operations import (
    AdminSeesAll,
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    LastAdmin,
    NoRole,
    TeamMissing,
    TooManyInvited,
    change_person,
    invite_person,
    renew_invitation,
    withdraw_invitation,
)
from core.operations.second_factor import OwnFirst, ask_second_factor
from core.pages.forms import NewPersonForm, PersonForm
from core.roles import PERMISSIONS, Role
from core.scopes import sees_text
from core.second_factor import FACTORS
from core.seen import Seen, hold_company
from core.seen import refused as shown_again
from core.urls_in import page_url
from core.views import StaffRequest, staff_view


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the list."""

    membership: Membership
    roles: list[str]
    sees: str
    has_password: bool
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """A line of somebody who has not accepted yet."""

    invitation: Invitation
    roles: str
    sees: str
    is_over: bool


FORM_TEMPLATE = "core/person_form.html"
TOO_MANY = _("Too many invitations in this hour. Try again later.")
ADDRESS_REFUSED = (AlreadyMember, AlreadyInvited, TooManyInvited)
SCOPE_REFUSED = (AdminSeesAll, TeamMissing)
FIELD_OF = {AdminSeesAll: "data_scope", TeamMissing: "team"}
_HAS_FACTOR = Exists(Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS))


@staff_view(permission="people.edit")
@require_safe
def people(request: StaffRequest) -> HttpResponse:
    """Show the members and the table of roles."""
    members = _members(request).order_by("-is_active", "user__name", "user__email", "pk")
    context = {
        "section": "people",
        "members": [_member(one) for one in members.annotate(has_factor=_HAS_FACTOR)],
        "invited": [_invited(one, timezone.now()) for one in Invitation.objects.order_by("email")],
        "roles": list(Role),
        "matrix": matrix(),
    }
    return render(request, "core/people.html", context)


def _member(membership: Any) -> Member:
    return Member(
        membership,
        [str(Role(role).label) for role in membership.roles],
        sees_text(membership),
        membership.user.has_usable_password(),
        membership.has_factor,
    )


def _invited(invitation: Invitation, at: datetime) -> Invited:
    return Invited(
        invitation, roles_text(invitation), sees_text(invitation), invitation.expires_at <= at
    )


def matrix() -> list[tuple[Any, list[tuple[Any, bool]]]]:
    """Return each permission's sentence with every role and whether it carries it."""
    return [
        (sentence, [(role.label, role is Role.ADMIN or role in roles) for role in Role])
        for sentence, roles in PERMISSIONS.values()
    ]


@staff_view(permission="people.edit")
def person_new(request: StaffRequest) -> HttpResponse:
    """Offer somebody roles in this company; they accept by the link of a mail."""
    form = NewPersonForm(request.POST or None)
    context = {
        "form": form,
        "title": _("Invite a person"),
        "is_invitation": True,
        "section": "people",
        "cancel_url": page_url(request.tenant, "people"),
        "teams": Team.objects.order_by("name"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid() and not may_mail(request.tenant, form.cleaned_data["email"]):
        form.add_error(None, TOO_MANY)
    if form.is_valid():
        try:
            values = {**form.cleaned_data, "team": form.cleaned_data["team"] or ""}
            invitation, token = invite_person(
                tenant=request.tenant, **values, at=timezone.now(), actor=request.user
            )
        except ADDRESS_REFUSED as refused:
            form.add_error("email", refused.message)
        except (NoRole, *SCOPE_REFUSED) as refused:
            form.add_error(FIELD_OF.get(type(refused), "roles"), refused.message)
        else:
            _mail(request, invitation, token)
            return HttpResponseRedirect(page_url(request.tenant, "people"))
    return unprocessable(request, FORM_TEMPLATE, context)


@staff_view(permission="people.edit")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a member's roles, or keep them out."""
    at = timezone.now()
    hold_company(request)
    membership = get_object_or_404(_members(request), pk=pk)
    initial = {
        "roles": membership.roles,
        "is_active": membership.is_active,
        "data_scope": membership.data_scope,
        "team": str(membership.team or ""),
    }
    form = PersonForm(request.POST or None, initial=initial)
    seen = Seen(request, form, membership, at=at, subject=membership.user)
    context = {
        "form": form,
        "seen": seen,
        "title": str(membership.user),
        "subtitle": membership.user.email,
        "section": "people",
        "cancel_url": page_url(request.tenant, "people"),
        "teams": Team.objects.order_by("name"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid() and seen.is_current():
        try:
            change_person(membership=membership, **form.cleaned_data, at=at, actor=request.user)
        except (LastAdmin, NoRole, *SCOPE_REFUSED) as refused:
            form.add_error(FIELD_OF.get(type(refused), "roles"), refused.message)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(page_url(request.tenant, "people"))
    return shown_again(request, FORM_TEMPLATE, context)


@staff_view(permission="people.edit")
@require_POST
def invitation_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail an invited person a fresh link, good for another week; the earlier one is over."""
    invitation = get_object_or_404(Invitation.objects.all(), pk=pk)
    if not may_mail(request.tenant, invitation.email):
        messages.error(request, str(TOO_MANY))
        return HttpResponseRedirect(page_url(request.tenant, "people"))
    try:
        renewed, token = renew_invitation(
            invitation=invitation, at=timezone.now(), actor=request.user
        )
    except InvitationOver:
        raise Http404 from None
    _mail(request, renewed, token)
    return HttpResponseRedirect(page_url(request.tenant, "people"))


@staff_view(permission="people.edit")
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def people_second_factor(request: StaffRequest) -> HttpResponse:
    """Let the company open with a second factor only, or with a password again."""
    is_needed = request.POST.get("needed") == "yes"
    try:
        ask_second_factor(
            tenant=request.tenant, is_needed=is_needed, at=timezone.now(), actor=request.user
        )
    except OwnFirst as refused:
        messages.error(request, str(refused.message))
        return HttpResponseRedirect(reverse("mfa_index"))
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(page_url(request.tenant, "people"))


@staff_view(permission="people.edit")
@require_POST
def invitation_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back an invitation that nobody accepted yet."""
    invitation = get_object_or_404(Invitation.objects.all(), pk=pk)
    try:
        withdraw_invitation(invitation=invitation, at=timezone.now(), actor=request.user)
    except InvitationOver:
        raise Http404 from None
    text = gettext("The invitation of %(email)s was withdrawn; its link is over.")
    messages.success(request, text % {"email": invitation.email})
    return HttpResponseRedirect(page_url(request.tenant, "people"))


def _members(request: StaffRequest) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant=request.tenant).select_related("user", "team")


def _mail(request: StaffRequest, invitation: Invitation, token: str) -> None:
    """Mail the invitation, and say so; nobody but its reader ever sees the link."""
    words = {"email": invitation.email}
    if mail_invitation(invitation=invitation, token=token, tenant=request.tenant):
        messages.success(request, gettext("An invitation was sent to %(email)s.") % words)
    else:
        text = gettext("The mail to %(email)s could not be sent. Send the invitation again later.")
        messages.error(request, text % words)
