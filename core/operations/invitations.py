"""Inviting somebody into a company, and taking the place that was offered.

The link of the mail is good for its address and its company alone, once, for a week. Whoever sets a
password by it has read the mail of the address, so that other companies may rely on the account.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import Invitation, Membership, Tenant, User
from core.models.tenant import DataScope
from core.operations.people import AlreadyMember, checked_roles, checked_scope, team_of
from core.operations.sign_up import hash_of

LASTS = timedelta(days=7)
MOST_OPEN = 200  # invitations a company may have at once


class AlreadyInvited(Exception):
    """The address has an invitation into this company."""

    message = _("This address is invited already. Send the invitation again from the list.")


class TooManyInvited(Exception):
    """A company asks more people in than it can have."""

    message = _("Too many invitations are open. Withdraw some first.")


class InvitationOver(Exception):
    """The link was used, renewed or withdrawn, is too old, or never was one."""


class WrongPerson(Exception):
    """Somebody else than the invited person is signed in."""

    message = _("This invitation is for another person. Sign in as that person to accept it.")


class SignInFirst(Exception):
    """The invited address has an account: its owner signs in, nobody sets its password here."""

    message = _("There is an account with this address. Sign in to accept the invitation.")


@transaction.atomic
def invite_person(
    *,
    tenant: Tenant,
    email: str,
    name: str = "",
    roles: Sequence[str],
    data_scope: str = "",
    team: str = "",
    at: datetime,
    actor: User | None,
) -> tuple[Invitation, str]:
    """
    Offer a place in the active company; return the invitation and its secret, for the mail alone.

    Nobody works here by it yet, and no account is made. Whether the address has one is not told.

    :raises AlreadyMember: also for a person who was deactivated here
    :raises AlreadyInvited: also if that invitation is too old
    :raises TooManyInvited: beyond ``MOST_OPEN``
    :raises NoRole: without a role
    :raises AdminSeesAll: for an admin who shall see some customers only
    :raises TeamMissing: for who sees their team's customers and has no team
    """
    chosen = checked_roles(roles)
    scope = checked_scope(data_scope or DataScope.ALL, chosen, team)
    email = email.strip().lower()
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if Membership.objects.filter(tenant=tenant, user__email__iexact=email).exists():
        raise AlreadyMember(email)
    if Invitation.objects.filter(email=email).exists():
        raise AlreadyInvited(email)
    if Invitation.objects.count() >= MOST_OPEN:
        raise TooManyInvited(tenant.pk)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        name=name.strip(),
        roles=chosen,
        data_scope=scope,
        team=team.strip(),
        token_hash=hash_of(token),
        invited_by=actor,
        invited_at=at,
        expires_at=at + LASTS,
    )
    invitation.save()
    audit.record(
        event="person.invited", subject=invitation, actor=actor, at=at, changes=_given(invitation)
    )
    return invitation, token


@transaction.atomic
def renew_invitation(
    *, invitation: Invitation, at: datetime, actor: User | None
) -> tuple[Invitation, str]:
    """
    Give the invitation a fresh link for another week; the earlier one is over.

    :raises InvitationOver: if it was taken or withdrawn just now
    """
    invitation = _locked(pk=invitation.pk)
    token = secrets.token_urlsafe(32)
    before = invitation.expires_at
    invitation.token_hash, invitation.expires_at = hash_of(token), at + LASTS
    invitation.save(update_fields=["token_hash", "expires_at"])
    changes = audit.differences(
        {"expires_at": before}, {"expires_at": invitation.expires_at}, ["expires_at"]
    )
    audit.record(
        event="person.invited_again", subject=invitation, actor=actor, at=at, changes=changes
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, at: datetime, actor: User | None) -> None:
    """
    Take the offer back; its link is over.

    :raises InvitationOver: if it was taken or withdrawn just now
    """
    invitation = _locked(pk=invitation.pk)
    audit.record(
        event="person.withdrawn",
        subject=invitation,
        actor=actor,
        at=at,
        changes={"roles": [invitation.roles, []]},
    )
    invitation.delete()


@transaction.atomic
def accept_as(*, token: str, user: User, at: datetime) -> Membership:
    """
    Take the place as the person who is signed in.

    :raises InvitationOver: if there is no such place any more
    :raises WrongPerson: if the mail went to another address than theirs
    """
    invitation = _locked(token_hash=hash_of(token), expires_at__gt=at)
    if user.email.lower() != invitation.email:
        raise WrongPerson(user.pk)
    return _take(invitation, user, at)


@transaction.atomic
def accept_as_new(
    *, token: str, name: str, password: str, language: str, at: datetime
) -> tuple[Membership, User]:
    """
    Take the place with a new account of the invited address; the password is checked already.

    An account nobody ever set a password for counts as new.

    :raises InvitationOver: if there is no such place any more
    :raises SignInFirst: if the address has an account by now
    """
    hashed = make_password(password)  # before the lock: it takes its time
    invitation = _locked(token_hash=hash_of(token), expires_at__gt=at)
    user = (
        User.objects.select_for_update(no_key=True).filter(email__iexact=invitation.email).first()
    )
    if user is not None and (user.has_usable_password() or not user.is_active):
        raise SignInFirst(user.pk)
    if user is None:
        user = User(email=invitation.email, date_joined=at)
    user.name, user.language, user.password = name.strip(), language, hashed
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # somebody signed up with the address just now
        raise SignInFirst(invitation.email) from None
    return _take(invitation, user, at), user


def find_invitation(token: str, at: datetime) -> Invitation | None:
    """Return the offer the link makes in the active company, if it still does."""
    rows = Invitation.objects.select_related("invited_by")
    return rows.filter(token_hash=hash_of(token), expires_at__gt=at).first()


def needs_account(invitation: Invitation) -> bool:
    """Test if nobody can sign in with the invited address yet."""
    user = User.objects.filter(email__iexact=invitation.email).first()
    return user is None or (user.is_active and not user.has_usable_password())


def _locked(**words: Any) -> Invitation:
    """Return the invitation under a lock, behind the company's, as whatever changes its people."""
    found = Invitation.objects.filter(**words).first()
    if found is None:
        raise InvitationOver
    Tenant.objects.select_for_update(no_key=True).get(pk=found.tenant_id)
    again = Invitation.objects.select_for_update().filter(**words).filter(pk=found.pk).first()
    if again is None:
        raise InvitationOver
    return again


def _take(invitation: Invitation, user: User, at: datetime) -> Membership:
    if Membership.objects.filter(tenant=invitation.tenant_id, user=user).exists():
        raise InvitationOver
    membership = Membership.objects.create(
        tenant_id=invitation.tenant_id,
        user=user,
        roles=invitation.roles,
        data_scope=invitation.data_scope,
        team=team_of(invitation.team),
    )
    audit.record(event="person.joined", subject=user, actor=user, at=at, changes=_given(invitation))
    invitation.delete()
    return membership


def _given(invitation: Invitation) -> dict[str, Any]:
    """Return the roles and what goes with them as changes from nothing."""
    changes: dict[str, Any] = {"roles": [[], invitation.roles]}
    if invitation.data_scope != DataScope.ALL:
        changes["data_scope"] = ["", str(invitation.data_scope)]
    if invitation.team:
        changes["team"] = ["", invitation.team]
    return changes
