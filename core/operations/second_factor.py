"""Using up a code of the app; and whether a company opens for people with a second factor only."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.companies import forget_tenant
from core.models import Tenant, User
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
