"""System checks of the settings messages depend on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from messaging.limits import lease


@register()
def webhooks_stay_outside(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse, in production, the switch with which tests reach their own receivers."""
    if settings.PRODUCTION and settings.WEBHOOKS_MAY_REACH_LOOPBACK:
        return [
            Error(
                "WEBHOOKS_MAY_REACH_LOOPBACK is for tests, not for production.", id="messaging.E002"
            )
        ]
    return []


@register()
def lease_outlasts_the_server(**_kwargs: Any) -> list[CheckMessage]:
    """Want a lease so long that a sender waiting for its server is not taken for dead."""
    if lease().total_seconds() > 2 * (settings.EMAIL_TIMEOUT or float("inf")):
        return []
    return [
        Error(
            "MESSAGE_LEASE_SECONDS must be more than twice EMAIL_TIMEOUT.",
            hint=f"It is {lease().total_seconds():g}; EMAIL_TIMEOUT is {settings.EMAIL_TIMEOUT}.",
            id="messaging.E001",
        )
    ]
