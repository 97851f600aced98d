"""Who works here and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core.http import unprocessable
from core.invitations import mail_link
from core.models import Membership, Team, User
from core.models.tenant import DataScope
from core.operations import (
    AdminSeesAll,
    AlreadyMember,
    LastAdmin,
    NoRole,
    TeamMissing,
    add_person,
    change_person,
    renew_link,
    withdraw_invitation,
)
from core.operations.second_factor import OwnFirst, ask_second_factor
from core.pages.forms import NewPersonForm, PersonForm
from core.roles import PERMISSIONS, Role
from core.second_factor import FACTORS
from core.urls_in import page_url
from core.views import StaffRequest, staff_view


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the list: ``may_have_link`` is for who set no password yet."""

    membership: Membership
    roles: list[str]
    sees: str
    has_password: bool
    has_second_factor: bool
    may_have_link: bool


FORM_TEMPLATE = "core/person_form.html"
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
        "roles": list(Role),
        "matrix": matrix(),
    }
    return render(request, "core/people.html", context)


def _member(membership: Any) -> Member:
    has_password = membership.user.has_usable_password()
    return Member(
        membership,
        [str(Role(role).label) for role in membership.roles],
        _sees(membership),
        has_password,
        membership.has_factor,
        membership.is_active and not has_password,
    )


def _sees(membership: Membership) -> str:
    """Return in words whose customers the member sees."""
    if membership.data_scope == DataScope.TEAM:
        return gettext("Customers of the team %(team)s") % {"team": membership.team}
    return str(DataScope(membership.data_scope).label)


def matrix() -> list[tuple[Any, list[tuple[Any, bool]]]]:
    """Return each permission's sentence with every role and whether it carries it."""
    return [
        (sentence, [(role.label, role is Role.ADMIN or role in roles) for role in Role])
        for sentence, roles in PERMISSIONS.values()
    ]


@staff_view(permission="people.edit")
def person_new(request: StaffRequest) -> HttpResponse:
    """Give somebody roles in this company."""
    form = NewPersonForm(request.POST or None)
    context = {
        "form": form,
        "title": _("Add a person"),
        "section": "people",
        "cancel_url": page_url(request.tenant, "people"),
        "teams": Team.objects.order_by("name"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid():
        try:
            values = {**form.cleaned_data, "team": form.cleaned_data["team"] or ""}
            welcome = add_person(
                tenant=request.tenant, **values, at=timezone.now(), actor=request.user
            )
        except AlreadyMember as refused:
            form.add_error("email", refused.message)
        except (NoRole, *SCOPE_REFUSED) as refused:
            form.add_error(FIELD_OF.get(type(refused), "roles"), refused.message)
        else:
            user = welcome.membership.user
            if welcome.needs_password:
                _mail_link(request, user)
            else:
                messages.success(request, gettext("Added. They sign in as they always do."))
            return HttpResponseRedirect(page_url(request.tenant, "people"))
    return unprocessable(request, FORM_TEMPLATE, context)


@staff_view(permission="people.edit")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a member's roles, or keep them out."""
    membership = get_object_or_404(_members(request), pk=pk)
    initial = {
        "roles": membership.roles,
        "is_active": membership.is_active,
        "data_scope": membership.data_scope,
        "team": str(membership.team or ""),
    }
    form = PersonForm(request.POST or None, initial=initial)
    context = {
        "form": form,
        "title": str(membership.user),
        "subtitle": membership.user.email,
        "section": "people",
        "cancel_url": page_url(request.tenant, "people"),
        "teams": Team.objects.order_by("name"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid():
        try:
            change_person(
                membership=membership,
                **form.cleaned_data,
                at=timezone.now(),
                actor=request.user,
            )
        except (LastAdmin, NoRole, *SCOPE_REFUSED) as refused:
            form.add_error(FIELD_OF.get(type(refused), "roles"), refused.message)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(page_url(request.tenant, "people"))
    return unprocessable(request, FORM_TEMPLATE, context)


@staff_view(permission="people.edit")
@require_POST
def person_link(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail a fresh link to a member who has not set a password yet."""
    membership = get_object_or_404(_members(request), pk=pk)
    if renew_link(membership=membership, at=timezone.now(), actor=request.user):
        membership.user.refresh_from_db()
        _mail_link(request, membership.user)
    else:
        messages.error(request, gettext("This person can ask for a new password by e-mail."))
    return HttpResponseRedirect(page_url(request.tenant, "people"))


@staff_view(permission="people.edit")
@require_POST
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
def person_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Withdraw the invitation of a member who has not set a password yet."""
    membership = get_object_or_404(_members(request), pk=pk)
    if withdraw_invitation(membership=membership, at=timezone.now(), actor=request.user):
        text = gettext("The invitation of %(email)s was withdrawn; its links are over.")
        messages.success(request, text % {"email": membership.user.email})
    else:
        messages.error(request, gettext("This person has a password; change their roles instead."))
    return HttpResponseRedirect(page_url(request.tenant, "people"))


def _members(request: StaffRequest) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant=request.tenant).select_related("user", "team")


def _mail_link(request: StaffRequest, user: User) -> None:
    """Mail the person the link to set a password, and say so; nobody else ever sees it."""
    words = {"email": user.email}
    if mail_link(user=user, tenant=request.tenant):
        text = gettext("A link to set a password was sent to %(email)s.")
        messages.success(request, text % words)
    else:
        text = gettext("The mail to %(email)s could not be sent. Send a new link later.")
        messages.error(request, text % words)
