"""Telling other programs: an event is written for each address that listens, with the change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import signature
from django.db import connection, transaction

from core.tasks import after_commit
from core.tenancy import active_tenant_id, insert_many, remembered
from messaging.enums import EndpointState, EventType, MessageKind, MessageState
from messaging.models import OutboundMessage, WebhookDelivery, WebhookEndpoint
from messaging.webhooks import body_of, new_event_id, subject_of

_KEY = "webhooks"
_LISTENING = (EndpointState.ACTIVE, EndpointState.PAUSED)
# What becomes of an invoice's mail, and the event that tells it.
_OF_MESSAGES = {
    (MessageKind.INVOICE, MessageState.ACCEPTED): EventType.INVOICE_SENT,
    (MessageKind.INVOICE, MessageState.DELIVERED): EventType.INVOICE_DELIVERED,
    (MessageKind.INVOICE, MessageState.BOUNCED): EventType.INVOICE_BOUNCED,
}


def announce(event: EventType, ids: Iterable[int], *, at: datetime) -> int:
    """
    Write the event once for each id and each address that wants it; return how many those were.

    In the caller's transaction: told if it commits, never if it does not. One statement for any
    number; where nobody listens, one question per scope.
    """
    listening = [pk for pk, events in _listening() if event in events]
    if not listening:
        return 0
    rows = []
    for pk in ids:
        subject, event_id = subject_of(event, pk), new_event_id()
        body = body_of(event, subject, at)
        rows += [
            delivery_for(endpoint_id, event, subject, event_id, body, at)
            for endpoint_id in listening
        ]
    insert_many(rows)
    if rows:
        wake_tellers()
    return len(rows)


def is_listened_to(event: EventType) -> bool:
    """Test if any address wants the event, for callers who would have to look up its ids."""
    return any(event in events for _pk, events in _listening())


def announce_message(message: OutboundMessage, state: MessageState, *, at: datetime) -> int:
    """Tell what became of a message, if it is one that programs are told of."""
    event = _OF_MESSAGES.get((MessageKind(message.kind), state))
    number = message.about.rpartition(":")[2]
    if event is None or not number.isdigit():
        return 0
    return announce(event, [int(number)], at=at)


def delivery_for(
    endpoint_id: int, event: str, subject: str, event_id: str, body: str, at: datetime
) -> WebhookDelivery:
    """Return an unsaved delivery that is due at once."""
    return WebhookDelivery(
        endpoint_id=endpoint_id,
        event_id=event_id,
        event_type=str(event),
        subject=subject,
        body=body,
        next_try_at=at,
        created_at=at,
    )


def forget_listeners() -> None:
    """Have the next event ask again who listens: an address was changed in this scope."""
    remembered().pop(_KEY, None)


def _listening() -> list[tuple[int, list[str]]]:
    known: list[tuple[int, list[str]]] | None = remembered().get(_KEY)
    if known is None:
        found = WebhookEndpoint.objects.filter(
            state__in=_LISTENING,
            tenant__is_sample=False,  # an invented company tells nobody anything
        ).order_by("pk")
        known = remembered()[_KEY] = list(found.values_list("pk", "events"))
    return known


@dataclass(frozen=True, slots=True)
class _Wake:
    """Wakes a teller for one tenant; equal for the same tenant: one per commit is enough."""

    tenant_id: int

    def __call__(self) -> None:
        after_commit(signature("messaging.tell_webhooks"), tenant_id=self.tenant_id)


def wake_tellers() -> None:
    """Wake one teller when the transaction commits, however many events it wrote."""
    wish = _Wake(active_tenant_id())
    waiting: list[Any] = connection.run_on_commit  # (savepoints, callback, ...)
    if not any(entry[1] == wish for entry in waiting):
        transaction.on_commit(wish, robust=True)
