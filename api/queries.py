"""Keys as the settings show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import pgettext_lazy

from api.models import ApiKey
from core.models import Membership


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and how it stands: a word and its tint, and whether it can still be revoked."""

    key: ApiKey
    word: object
    kind: str
    is_alive: bool


def keys(*, tenant_id: int, at: datetime) -> list[KeyLine]:
    """Return the company's keys, the newest first, those that open nothing any more too."""
    at_work = set(
        Membership.objects.filter(
            tenant=tenant_id, is_active=True, user__is_active=True
        ).values_list("user_id", flat=True)
    )
    rows = ApiKey.objects.select_related("created_by").order_by("-pk")
    return [_line(key, at, is_orphan=key.created_by_id not in at_work) for key in rows]


def _line(key: ApiKey, at: datetime, *, is_orphan: bool) -> KeyLine:
    if key.revoked_at is not None:
        return KeyLine(key, pgettext_lazy("key", "Revoked"), "void", is_alive=False)
    if key.is_expired_at(at):
        return KeyLine(key, pgettext_lazy("key", "Expired"), "off", is_alive=True)
    if is_orphan:
        return KeyLine(key, pgettext_lazy("key", "Its person has left"), "failed", is_alive=True)
    return KeyLine(key, pgettext_lazy("key", "In use"), "ok", is_alive=True)
