"""The second factor: secrets sealed at rest, a code of the app good for one sign-in, who needs it.

The pages are ``core.pages.second_factor``; tables and flows are django-allauth's.
"""

from __future__ import annotations

import segno
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.http import HttpRequest
from django.utils.translation import gettext

from core.models import Membership, Tenant, User
from core.models.tenant import TenantStatus
from core.sealing import seal, unseal
from core.sign_in import NOT_ACCEPTED

# Recovery codes alone are no second factor: they stand in for one that was lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
USED = "mfa"  # how allauth calls a second factor among what a session signed in with


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's behaviour, with our words, our QR code, and secrets that are sealed at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": NOT_ACCEPTED,
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code, dark on white whatever the theme."""
        drawn = segno.make(url, error="m").svg_inline(scale=4, border=3, light="#fff")
        return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}

    def _get_site_name(self) -> str:
        return "Duebook"


def has_second_factor(user: User) -> bool:
    """Test if the person is asked for more than a password when they sign in."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def used_second_factor(request: HttpRequest) -> bool:
    """Test if this session showed a second factor: at its sign-in, when confirming, setting up."""
    records = get_authentication_records(request, request.user)
    return any(one.get("method") == USED for one in records)


def takes_only_passkeys(user: User) -> bool:
    """Test if the person confirms who they are by a passkey: no app is connected."""
    kinds = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
    return set(kinds.values_list("type", flat=True)) == {Authenticator.Type.WEBAUTHN}


def companies_asking(user: User) -> list[Tenant]:
    """Return the person's companies that open only with a second factor."""
    memberships = (
        Membership.objects.filter(
            user=user,
            is_active=True,
            tenant__status=TenantStatus.ACTIVE,
            tenant__needs_second_factor=True,
        )
        .select_related("tenant")
        .order_by("tenant__name", "pk")
    )
    return [one.tenant for one in memberships]


def step_of(secret: str, code: str) -> int | None:
    """Return the time step the app's code belongs to: the present one or one beside it."""
    for step in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, step))
        if compare_user_code(actual=code, expected=expected):
            return int(step)
    return None


def site_name_takes_passkeys() -> bool:
    """Test if browsers make passkeys for the name this page came by: an IP address has none."""
    host = context.request.get_host().rpartition(":")[0] or context.request.get_host()
    return not host.replace(".", "").isdigit() and not host.startswith("[")
