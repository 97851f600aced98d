"""Using up a code of the app; asking everybody for a second factor; removing one that was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.companies import forget_tenant
from core.models import Tenant, User
from core.operations.told import tell_companies
from core.second_factor import has_second_factor, step_of

LAST_STEP = "last_step"


@transaction.atomic
def accept_code(*, authenticator: Authenticator, code: str) -> bool:
    """
    Test if the code is right and newer than every one accepted before; it is used up then.

    allauth remembers used codes in the cache, for less time than they are good for; this is kept
    with the secret, under a lock.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    step = step_of(decrypt(row.data["secret"]), code)
    if step is None or step <= row.data.get(LAST_STEP, 0):
        return False
    row.data[LAST_STEP] = step
    row.save(update_fields=["data"])
    return True


@transaction.atomic
def use_up(*, user: User, step: int) -> None:
    """Note that the code of this time step was used: the one that set an app up signs nobody in."""
    row = Authenticator.objects.select_for_update().get(user=user, type=Authenticator.Type.TOTP)
    row.data[LAST_STEP] = step
    row.save(update_fields=["data"])


class OwnFirst(Exception):
    """Who asks others for a second factor has one."""

    message = _("Set up a second factor for yourself first.")


@transaction.atomic
def ask_second_factor(*, tenant: Tenant, is_needed: bool, at: datetime, actor: User) -> Tenant:
    """
    Let the active company open with a second factor only, or with a password again.

    It counts from everybody's next request on.

    :raises OwnFirst: if the actor would be locked out by it
    """
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    changes = audit.differences(tenant, {"needs_second_factor": is_needed}, ["needs_second_factor"])
    if not changes:
        return tenant
    if is_needed and not has_second_factor(actor):
        raise OwnFirst(actor.pk)
    tenant.needs_second_factor = is_needed
    tenant.save(update_fields=["needs_second_factor"])
    forget_tenant()
    audit.record(event="company.changed", subject=tenant, actor=actor, at=at, changes=changes)
    return tenant


class NoFactor(Exception):
    """There is nothing to remove."""


@dataclass(frozen=True, slots=True)
class Reset:
    """What was removed: apps, passkeys and sets of recovery codes; and how many were told."""

    factors: int
    sessions: int
    companies: int


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, at: datetime) -> Reset:
    """
    Remove every second factor of a person who lost theirs, and end all their sessions.

    The password stays. The operator's act; every company they work in reads the reason in its
    history. The caller has made certain that it is that person who asks, and mails them.

    :raises NoFactor: if the person has none
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not has_second_factor(user):
        raise NoFactor(user.pk)
    factors, _by_kind = Authenticator.objects.filter(user=user).delete()
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    told = tell_companies(event="person.factor_reset", user=user, actor=None, at=at, reason=reason)
    return Reset(factors, len(sessions), told)
