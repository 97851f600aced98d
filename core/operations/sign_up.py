"""Signing up: first the address is shown to be read, then there is a person and a company."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from core.models import SignUp, Tenant, User
from core.operations.create_company import SLUG_LENGTH, CompanyRefused, create_company

LASTS = timedelta(days=2)
TRIES = 20


class LinkOver(Exception):
    """The link was used, is too old, or never was one."""

    message = _("This link was used before or is too old. Sign up again.")


class KnownAddress(Exception):
    """Somebody with this address signs in already; only the mail to the address says so."""


def hash_of(token: str) -> str:
    """Return what is stored of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def sign_up(
    *,
    email: str,
    language: str,
    company_name: str,
    country: str,
    currency: str,
    time_zone: str,
    document_language: str,
    at: datetime,
) -> str:
    """
    Keep what somebody wants until the link is used; return the link's secret for the mail.

    Earlier wishes of the same address stay: who asks has not shown yet that it is theirs.

    :raises KnownAddress: if a person of that address exists; nothing is kept
    """
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise KnownAddress
    token = secrets.token_urlsafe(32)
    SignUp.objects.create(
        email=email,
        language=language,
        company_name=company_name.strip(),
        country=country,
        currency=currency,
        time_zone=time_zone,
        document_language=document_language,
        token_hash=hash_of(token),
        created_at=at,
        expires_at=at + LASTS,
    )
    return token


@transaction.atomic
def confirm_sign_up(*, token: str, name: str, password: str, at: datetime) -> tuple[User, Tenant]:
    """
    Make the person, named as who opened the link says, and their company; the address's links end.

    :raises LinkOver: for a link that was used, is too old or unknown
    """
    address = SignUp.objects.filter(token_hash=hash_of(token)).values("email")
    wishes = list(SignUp.objects.select_for_update().filter(email__in=address).order_by("pk"))
    wish = next((one for one in wishes if one.token_hash == hash_of(token)), None)
    if wish is None or wish.expires_at <= at:
        raise LinkOver
    if User.objects.filter(email__iexact=wish.email).exists():
        raise LinkOver
    user = User(email=wish.email, name=name.strip(), language=wish.language, date_joined=at)
    user.set_password(password)
    user.save()
    tenant = create_company(
        slug=free_slug(wish.company_name),
        name=wish.company_name,
        currency=wish.currency,
        time_zone=wish.time_zone,
        country=wish.country,
        language=wish.document_language,
        at=at,
        actor=user,
        admin=user,
    )
    SignUp.objects.filter(pk__in=[one.pk for one in wishes]).delete()
    return user, tenant


def find_sign_up(token: str, at: datetime) -> SignUp | None:
    """Return what the link would make, if it still may."""
    return SignUp.objects.filter(token_hash=hash_of(token), expires_at__gt=at).first()


def forget_sign_ups(*, at: datetime) -> int:
    """Delete what nobody confirmed in time; return how many."""
    return SignUp.objects.filter(expires_at__lte=at).delete()[0]


def free_slug(name: str) -> str:
    """
    Return an address for a company of the name that none has yet: its letters, Chinese by sound.

    :raises CompanyRefused: if none was free; somebody else may still be quicker
    """
    letters = slugify(" ".join(lazy_pinyin(name)))
    base = re.sub(r"[^a-z0-9]+", "-", letters)[: SLUG_LENGTH - 8].strip("-") or "company"
    taken = set(Tenant.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    for one in (base, *(f"{base}-{number}" for number in range(2, TRIES))):
        if one not in taken:
            return one
    one = f"{base}-{secrets.token_hex(3)}"
    if one in taken:
        raise CompanyRefused
    return one
