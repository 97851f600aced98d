"""Who works in a company, and in which roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import Membership, Team, Tenant, User
from core.models.tenant import DataScope
from core.roles import Role


class AlreadyMember(Exception):
    """The person is in this company already."""

    message = _("This person already works here. Change the roles in the list instead.")


class LastAdmin(Exception):
    """A company always keeps one person who may change its people."""

    message = _("This is the last admin. Make somebody else an admin first.")


class AdminSeesAll(Exception):
    """An admin's data scope is the whole company."""

    message = _("An admin sees all customers. Take the role away first.")


class TeamMissing(Exception):
    """Who sees the customers of the own team is in one."""

    message = _("Name the team whose customers the person sees.")


class NoRole(Exception):
    """A member has one role at least."""

    message = _("Choose at least one role.")


@transaction.atomic
def find_or_make_person(
    *, email: str, name: str = "", language: str = "en", at: datetime
) -> tuple[User, bool]:
    """Return the person of the e-mail address, and whether they were made now, with no password."""
    email = email.strip()
    if user := User.objects.filter(email__iexact=email).first():
        return user, False
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, name=name.strip(), language=language, date_joined=at
            )
    except IntegrityError:  # somebody else made them just now
        return User.objects.get(email__iexact=email), False
    return user, True


def set_password_path(user: User) -> str:
    """
    Return the path of the page where the person, and nobody else, sets a password, once.

    It is mailed to the person or printed on the operator's console, and shown to no company's
    admin: an account opened by one who does not own the address would open other companies later.
    """
    key = default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )


@transaction.atomic
def add_person(
    *,
    tenant: Tenant,
    email: str,
    name: str = "",
    roles: Sequence[str],
    data_scope: str = "",
    team: str = "",
    at: datetime,
    actor: User | None,
) -> Membership:
    """
    Give the person of the e-mail address roles in the active company, without asking them.

    Pages invite instead, see ``core.operations.invitations``; this is for commands.

    ``data_scope`` is a ``DataScope``, empty for all customers; ``team`` is named, and made where
    nobody is in one of that name.

    Somebody unknown is made, without a password. For somebody another company added and who set
    none yet, the links to set one stop working: whoever holds one must not come into this company.

    :raises AlreadyMember: also for a person who was deactivated here
    :raises NoRole: without a role
    :raises AdminSeesAll: for an admin who shall see some customers only
    :raises TeamMissing: for who sees their team's customers and has no team
    """
    chosen = checked_roles(roles)
    scope = checked_scope(data_scope or DataScope.ALL, chosen, team)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    user, is_new = find_or_make_person(email=email, name=name, language=tenant.language, at=at)
    if Membership.objects.filter(tenant=tenant, user=user).exists():
        raise AlreadyMember(email)
    if not is_new and not user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    membership = Membership.objects.create(
        tenant=tenant, user=user, roles=chosen, data_scope=scope, team=team_of(team)
    )
    changes: dict[str, Any] = {"roles": [[], chosen]}
    if scope != DataScope.ALL:
        changes["data_scope"] = ["", str(scope)]
    if membership.team:
        changes["team"] = ["", str(membership.team)]
    audit.record(event="person.added", subject=user, actor=actor, at=at, changes=changes)
    return membership


@transaction.atomic
def change_person(
    *,
    membership: Membership,
    roles: Sequence[str],
    is_active: bool,
    data_scope: str = "",
    team: str | None = None,
    at: datetime,
    actor: User | None,
) -> Membership:
    """
    Set a member's roles, whose customers they see, and whether they may come in at all.

    An empty ``data_scope`` and a ``team`` None leave what is; an empty team takes them out of it. A
    team that nobody is left in is removed. Who comes to see less does not see any more what they
    made before: jobs, their files, imports, answers kept for programs.

    :raises LastAdmin: if the company would be left without an active admin
    :raises NoRole: without a role
    :raises AdminSeesAll: for an admin who shall see some customers only
    :raises TeamMissing: for who sees their team's customers and has no team
    """
    chosen = checked_roles(roles)
    Tenant.objects.select_for_update(no_key=True).get(pk=membership.tenant_id)
    membership = Membership.objects.select_related("user", "team").get(pk=membership.pk)
    before = membership.team
    team_name = str(before or "") if team is None else team.strip()
    scope = checked_scope(data_scope or membership.data_scope, chosen, team_name)
    values = {"roles": chosen, "is_active": is_active, "data_scope": scope, "team": team_name}
    changes = audit.differences(
        {name: getattr(membership, name) for name in values} | {"team": str(before or "")},
        values,
        values,
    )
    if not changes:
        return membership
    if not is_active or Role.ADMIN not in chosen:
        others = Membership.objects.filter(
            tenant=membership.tenant_id,
            is_active=True,
            user__is_active=True,
            roles__contains=[Role.ADMIN],
        ).exclude(pk=membership.pk)
        was_admin = membership.is_active and Role.ADMIN in membership.roles
        if was_admin and not others.exists():
            raise LastAdmin(membership.pk)
    membership.roles, membership.is_active = chosen, is_active
    membership.data_scope, membership.team = scope, team_of(team_name)
    if _sees_less(changes, scope):
        membership.scope_since = at
    membership.save(update_fields=[*values, "scope_since"])
    if before and "team" in changes:  # who looks after that team's customers lost this person's
        left = Membership.objects.filter(team=before, data_scope=DataScope.TEAM)
        left.exclude(pk=membership.pk).update(scope_since=at)
    if before and not Membership.objects.filter(team=before).exists():
        before.delete()
    audit.record(
        event="person.changed", subject=membership.user, actor=actor, at=at, changes=changes
    )
    return membership


def _sees_less(changes: Mapping[str, Any], scope: DataScope) -> bool:
    """Test if somebody may lose customers by the change: all but coming to see more."""
    if scope == DataScope.ALL:
        return False
    if "data_scope" not in changes:
        return scope == DataScope.TEAM and "team" in changes
    return not (scope == DataScope.TEAM and changes["data_scope"][0] == DataScope.OWN)


def checked_scope(data_scope: str, roles: Sequence[str], team: str) -> DataScope:
    """
    Return whose customers somebody sees.

    :raises AdminSeesAll: for an admin who shall see some customers only
    :raises TeamMissing: for who sees their team's customers and has no team
    """
    scope = DataScope(data_scope)
    if Role.ADMIN in roles and scope != DataScope.ALL:
        raise AdminSeesAll
    if scope == DataScope.TEAM and not team.strip():
        raise TeamMissing
    return scope


def team_of(name: str) -> Team | None:
    """Return the team of the name, in any case, made now if there is none; None without a name."""
    name = name.strip()
    if not name:
        return None
    return Team.objects.filter(name__iexact=name).first() or Team.objects.create(name=name)


def checked_roles(roles: Sequence[str]) -> list[str]:
    """
    Return the roles in their order.

    :raises NoRole: without one, or for a word that is none
    """
    chosen = [role.value for role in Role if role.value in roles]
    if not chosen or len(chosen) != len(set(roles)):
        raise NoRole(roles)
    return chosen
