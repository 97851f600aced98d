"""Keys: made, used, revoked. The secret is handed out once and stored nowhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from api.models import ApiKey
from core import audit
from core.models import User

MARK = "duebook_"
USED_EVERY = timedelta(minutes=1)


class NoScope(Exception):
    """A key that may do nothing, or something that nobody knows."""

    message = _("Choose at least one thing the key may do.")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, and its secret, which nobody can ask for again."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_key(
    *, name: str, scopes: Iterable[str], expires_at: datetime | None, at: datetime, actor: User
) -> NewKey:
    """
    Make a key that acts in the name of the actor.

    :raises NoScope: without a scope, or with one that is not in ``Scope``
    """
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        raise NoScope
    prefix = MARK + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=chosen,
        expires_at=expires_at,
        created_by=actor,
        created_at=at,
    )
    audit.record(
        event="api_key.created",
        subject=key,
        actor=actor,
        at=at,
        changes={"name": key.name, "prefix": prefix, "scopes": chosen, "expires_at": expires_at},
    )
    return NewKey(key, secret)


@transaction.atomic
def revoke_key(*, key: ApiKey, at: datetime, actor: User) -> ApiKey:
    """End a key now; ending it twice changes nothing."""
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(event="api_key.revoked", subject=key, actor=actor, at=at)
    return key


def mark_used(key: ApiKey, at: datetime) -> None:
    """Keep when the key was last used, to the minute: most requests write nothing."""
    if key.last_used_at is None or key.last_used_at <= at - USED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - USED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)


def hash_of(secret: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()
