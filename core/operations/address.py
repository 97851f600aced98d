"""Changing the e-mail address one signs in with: it is taken once its mail was read."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import AddressChange, User
from core.operations.sign_up import LinkOver, hash_of
from core.operations.told import tell_companies

LASTS = timedelta(hours=24)


class SameAddress(Exception):
    """The person signs in with this address now."""

    message = _("You sign in with this address already.")


@transaction.atomic
def ask_address(*, user: User, email: str, at: datetime) -> str:
    """
    Keep the wish for a day; return the secret for the mail to the new address.

    An earlier wish is forgotten with its link. For an address that somebody signs in with, the wish
    is kept all the same, so that nothing tells, and "" is returned: no link will ever be good.

    :raises SameAddress: for the address the person has
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    email = email.strip().lower()
    if email == user.email.lower():
        raise SameAddress(user.pk)
    token = secrets.token_urlsafe(32)
    AddressChange.objects.update_or_create(
        user=user,
        defaults={
            "email": email,
            "token_hash": hash_of(token),
            "signed_in_by": user.get_session_auth_hash(),
            "asked_at": at,
            "expires_at": at + LASTS,
        },
    )
    return "" if User.objects.filter(email__iexact=email).exists() else token


@transaction.atomic
def take_address(*, user: User, token: str, at: datetime) -> tuple[User, str]:
    """
    Make the address of the wish the person's own; return them and the address they had.

    The caller ends their other sessions. Every company they work in finds it in its history.

    :raises LinkOver: for another person's link, one that was used, is too old or unknown, after a
        new password, and if somebody else has the address by now
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    wish = find_wish(user=user, token=token, at=at)
    if wish is None or User.objects.filter(email__iexact=wish.email).exists():
        raise LinkOver(user.pk)
    before, user.email = user.email, wish.email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:  # somebody signed up with the address just now
        raise LinkOver(user.pk) from None
    wish.delete()
    EmailAddress.objects.filter(user=user).delete()  # what allauth noted of the earlier address
    changes = audit.differences({"email": before}, {"email": user.email}, ["email"])
    tell_companies(event="person.address_changed", user=user, actor=user, at=at, changes=changes)
    return user, before


def find_wish(*, user: User, token: str, at: datetime) -> AddressChange | None:
    """Return what the link would change for this person, if it still may."""
    wish = waiting(user=user, at=at)
    return wish if wish is not None and wish.token_hash == hash_of(token) else None


def waiting(*, user: User, at: datetime) -> AddressChange | None:
    """Return the person's wish, if its link may still be used; a new password ends it."""
    return AddressChange.objects.filter(
        user=user, expires_at__gt=at, signed_in_by=user.get_session_auth_hash()
    ).first()


def forget_wishes(*, at: datetime) -> int:
    """Delete what nobody confirmed in time; return how many."""
    return AddressChange.objects.filter(expires_at__lte=at).delete()[0]
