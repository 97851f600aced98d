"""Changing when customers are reminded: always by the policy's next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from core import audit
from core.models import User
from core.tenancy import active_tenant_id
from dunning.calculations import numbered
from dunning.enums import Tone
from dunning.models import Policy, PolicyStep

FIELDS = ("name", "send_hour", "weekdays_only", "minimum_amount", "quiet_days")


class EditedMeanwhile(Exception):
    """Somebody else saved a version after this one was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """What a policy is to say; ``steps`` are (days after the due date, text)."""

    name: str
    send_hour: int
    weekdays_only: bool
    minimum_amount: Decimal
    quiet_days: int
    steps: Sequence[tuple[int, Tone]]


@transaction.atomic
def save_policy(
    *, draft: PolicyDraft, edited_version: int | None, at: datetime, actor: User | None
) -> Policy:
    """
    Put the next version in force and return it; the old one and its steps stay as they were.

    ``edited_version`` is the version the person saw, None when there was none. A draft that says
    what is in force already makes no version: the one in force is returned.

    :raises EditedMeanwhile: if another version is in force by now
    :raises dunning.calculations.StepsInvalid: if the steps cannot make a policy
    """
    steps = numbered(draft.steps)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('collections.policy', %s))",
            [active_tenant_id()],
        )
    current = Policy.objects.filter(is_active=True).first()
    if (current.version if current else None) != edited_version:
        raise EditedMeanwhile
    values = {name: getattr(draft, name) for name in FIELDS}
    after = {**values, "steps": _steps_text((s.offset_days, s.tone) for s in steps)}
    before = _described(current) if current else {}
    if before == after and current is not None:
        return current
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    changes = audit.differences(before, changed, changed) if current else {}
    Policy.objects.filter(is_active=True).update(is_active=False)
    newest = Policy.objects.order_by("-version").values_list("version", flat=True).first()
    policy = Policy.objects.create(**values, version=(newest or 0) + 1, created_at=at)
    PolicyStep.objects.bulk_create(
        PolicyStep(policy=policy, offset_days=s.offset_days, level=s.level, tone=s.tone)
        for s in steps
    )
    audit.record(event="policy.saved", subject=policy, actor=actor, at=at, changes=changes)
    return policy


def _described(policy: Policy) -> dict[str, object]:
    steps = policy.steps.order_by("offset_days").values_list("offset_days", "tone")
    return {name: getattr(policy, name) for name in FIELDS} | {"steps": _steps_text(steps)}


def _steps_text(steps: object) -> str:
    return ", ".join(f"{offset:+} {tone}" for offset, tone in steps)  # type: ignore[attr-defined]
