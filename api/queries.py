"""Keys as the settings show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import pgettext_lazy

from api.models import ApiKey
from core.models import Membership, Tenant


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and how it stands: a word and its tint, and whether it can still be revoked.

    ``last_day`` is the last day, of the company's, on which it opens something.
    """

    key: ApiKey
    word: object
    kind: str
    is_alive: bool
    last_day: date | None


def keys(*, tenant: Tenant, at: datetime) -> list[KeyLine]:
    """Return the company's keys, the newest first, those that open nothing any more too."""
    at_work = set(
        Membership.objects.filter(tenant=tenant, is_active=True, user__is_active=True).values_list(
            "user_id", flat=True
        )
    )
    return [
        KeyLine(
            key,
            *_standing(key, at, is_orphan=key.created_by_id not in at_work),
            is_alive=key.revoked_at is None,
            last_day=last_day_of(key, tenant),
        )
        for key in ApiKey.objects.select_related("created_by").order_by("-pk")
    ]


def last_day_of(key: ApiKey, tenant: Tenant) -> date | None:
    """Return the last day on which the key opens something; None for a key without end."""
    return None if key.expires_at is None else tenant.day_of(key.expires_at - _INSTANT)


def _standing(key: ApiKey, at: datetime, *, is_orphan: bool) -> tuple[object, str]:
    if key.revoked_at is not None:
        return pgettext_lazy("key", "Revoked"), "void"
    if key.is_expired_at(at):
        return pgettext_lazy("key", "Expired"), "off"
    if is_orphan:
        return pgettext_lazy("key", "Its person has left"), "failed"
    return pgettext_lazy("key", "In use"), "ok"


_INSTANT = timedelta(microseconds=1)
