"""Addresses of other programs and what they were told, as the settings show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from messaging.enums import DeliveryState, EndpointState
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

PAGE = 50
ENDPOINT_CHIPS = {
    EndpointState.ACTIVE: "ok",
    EndpointState.PAUSED: "due",
    EndpointState.STOPPED: "failed",
}
DELIVERY_CHIPS = {
    DeliveryState.WAITING: "info",
    DeliveryState.SENDING: "info",
    DeliveryState.DELIVERED: "ok",
    DeliveryState.FAILED: "failed",
    DeliveryState.CANCELLED: "void",
}


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An address and how it stands; ``chip`` tints the state."""

    endpoint: WebhookEndpoint
    chip: str
    waiting: int
    is_failing: bool


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery and the tint of its state."""

    delivery: WebhookDelivery
    chip: str


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """A page of an address's log, newest first; ``older`` is where the next page begins."""

    lines: Sequence[DeliveryLine]
    older: int | None


def endpoint_lines() -> list[EndpointLine]:
    """Return the company's addresses, the newest first."""
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING))
    return [
        line_of(endpoint, endpoint.waiting)
        for endpoint in WebhookEndpoint.objects.annotate(waiting=waiting).order_by("-pk")
    ]


def line_of(endpoint: WebhookEndpoint, waiting: int | None = None) -> EndpointLine:
    """Return how one address stands; what waits is counted unless it is known."""
    if waiting is None:
        waiting = WebhookDelivery.objects.filter(
            endpoint=endpoint, state=DeliveryState.WAITING
        ).count()
    is_failing = endpoint.failures > 0 and endpoint.state != EndpointState.STOPPED
    return EndpointLine(
        endpoint, ENDPOINT_CHIPS[EndpointState(endpoint.state)], waiting, is_failing
    )


def log_of(endpoint: WebhookEndpoint, narrowed: Mapping[str, Any]) -> DeliveryLog:
    """Return a page of what the address was told: by state, event, and before an id."""
    found: QuerySet[WebhookDelivery] = WebhookDelivery.objects.filter(endpoint=endpoint)
    if narrowed.get("state"):
        found = found.filter(state=narrowed["state"])
    if narrowed.get("event"):
        found = found.filter(event_type=narrowed["event"])
    if narrowed.get("before"):
        found = found.filter(pk__lt=narrowed["before"])
    rows = list(found.defer("body").order_by("-pk")[: PAGE + 1])
    shown = rows[:PAGE]
    return DeliveryLog(
        [DeliveryLine(row, DELIVERY_CHIPS[DeliveryState(row.state)]) for row in shown],
        shown[-1].pk if len(rows) > PAGE else None,
    )


def tries_of(delivery: WebhookDelivery) -> list[WebhookAttempt]:
    """Return every try of a delivery, the newest first."""
    return list(WebhookAttempt.objects.filter(delivery=delivery).order_by("-pk"))


def has_old_secret(endpoint: WebhookEndpoint, at: datetime) -> bool:
    """Test if the secret before the present one still signs."""
    return endpoint.old_secret_until is not None and at < endpoint.old_secret_until
