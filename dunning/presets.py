"""The reminder policy a new company starts with."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.models import Tenant
from dunning.enums import Tone
from dunning.models import Policy, PolicyStep

# Days after the due date, level, text.
STEPS = (
    (-3, 0, Tone.BEFORE_DUE),
    (3, 1, Tone.FRIENDLY),
    (14, 2, Tone.FIRM),
    (30, 3, Tone.FINAL),
)


def lay_down_policy(tenant: Tenant, at: datetime) -> None:
    """Add the usual policy: from three days before the due date to thirty after it, at nine."""
    policy = Policy.objects.create(
        name=_("Standard"), send_hour=9, weekdays_only=True, created_at=at
    )
    PolicyStep.objects.bulk_create(
        PolicyStep(policy=policy, offset_days=offset, level=level, tone=tone)
        for offset, level, tone in STEPS
    )
