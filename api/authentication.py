"""Whose key it is, and what it may do today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from api.enums import PERMISSION_OF
from api.models import ApiKey
from api.operations import mark_used
from api.operations.keys import MARK, hash_of
from api.problems import Forbidden, KeyRefused
from core.context import current_work
from core.models import Membership, Tenant, User
from core.models.audit import Via
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope

SCHEME = "bearer"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that was let in: its company, the person it acts for, and what it may do."""

    key: ApiKey
    tenant: Tenant
    membership: Membership

    @property
    def user(self) -> User:
        """The person the key acts for."""
        return self.membership.user

    @property
    def scopes(self) -> list[str]:
        """What the key may do today: its scopes as far as its person's roles still allow them."""
        return [scope for scope in self.key.scopes if self.membership.allows(PERMISSION_OF[scope])]

    def require(self, scope: str) -> None:
        """
        Refuse what the key, or its person by now, may not do.

        :raises Forbidden: then
        """
        if scope not in self.key.scopes:
            raise Forbidden("scope_missing", _("This key does not have the scope for this."))
        if not self.membership.allows(PERMISSION_OF[scope]):
            raise Forbidden(
                "permission_missing", _("The person this key acts for may not do this.")
            )


def caller_of(header: str | None, at: datetime) -> Caller:
    """
    Return who calls with this ``Authorization`` header.

    :raises KeyRefused: without a key, or with one that opens nothing (any more)
    :raises Forbidden: if the company is suspended
    """
    secret = _secret_in(header)
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenant_of_api_key(%s)", [hash_of(secret)])
        [tenant_id] = cursor.fetchone()
    if tenant_id is None:
        raise KeyRefused("key_unknown", _("This key is not known."))
    with tenant_scope(tenant_id):
        key = ApiKey.objects.get(secret_hash=hash_of(secret))
        if key.revoked_at is not None:
            raise KeyRefused("key_revoked", _("This key was revoked."))
        if key.is_expired_at(at):
            raise KeyRefused("key_expired", _("This key has expired."))
        membership = (
            Membership.objects.select_related("tenant", "user")
            .filter(tenant=tenant_id, user=key.created_by_id, is_active=True, user__is_active=True)
            .first()
        )
        if membership is None:
            raise KeyRefused(
                "key_orphaned", _("The person this key acts for does not work here any more.")
            )
        if membership.tenant.status != TenantStatus.ACTIVE:
            raise Forbidden("company_suspended", _("This company is suspended."))
        mark_used(key, at)
    work = current_work()
    work.tenant = membership.tenant.slug  # for the log lines
    work.via, work.api_key = Via.API, key.told  # for the trail of changes
    return Caller(key, membership.tenant, membership)


def _secret_in(header: str | None) -> str:
    if not header:
        raise KeyRefused("key_missing")
    scheme, _space, secret = header.partition(" ")
    secret = secret.strip()
    if scheme.lower() != SCHEME or not secret.startswith(MARK) or len(secret) > LONGEST:
        raise KeyRefused("key_unknown", _("This key is not known."))
    return secret
