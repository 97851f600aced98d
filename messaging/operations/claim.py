"""Taking messages that are due, and giving back those that were not tried."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from core.models import Tenant
from core.models.tenant import TenantStatus
from core.tenancy import active_tenant_id
from messaging.enums import MessageState
from messaging.limits import lease
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations.moves import event_for
from messaging.reasons import Reason, detail


@transaction.atomic(savepoint=False)
def claim(*, worker: str, limit: int, at: datetime) -> list[OutboundMessage]:
    """
    Take up to ``limit`` messages that are due and that nobody else holds.

    Of a suspended company none. They are ``worker``'s until the lease is over, and come with
    their attachments.
    """
    if not Tenant.objects.filter(pk=active_tenant_id(), status=TenantStatus.ACTIVE).exists():
        return []  # suspended, or erased since the worker was woken
    due = OutboundMessage.objects.filter(state=MessageState.QUEUED, next_attempt_at__lte=at)
    messages = list(
        due.select_for_update(skip_locked=True, no_key=True)
        .prefetch_related("attachments__file")
        .order_by("next_attempt_at", "pk")[:limit]
    )
    if not messages:
        return []
    taken = {"state": MessageState.CLAIMED, "worker": worker, "lease_until": at + lease()}
    OutboundMessage.objects.filter(pk__in=[message.pk for message in messages]).update(**taken)
    for message in messages:
        for name, value in taken.items():
            setattr(message, name, value)
    _note(messages, MessageState.CLAIMED, detail(Reason.SENDER, worker), at)
    return messages


@transaction.atomic(savepoint=False)
def release_claims(*, message_ids: Iterable[int], worker: str, at: datetime) -> int:
    """Put back what this worker took and did not try; return how many those were."""
    messages = list(
        OutboundMessage.objects.select_for_update(no_key=True)
        .filter(pk__in=list(message_ids), state=MessageState.CLAIMED, worker=worker)
        .order_by("pk")
    )
    OutboundMessage.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=MessageState.QUEUED, worker="", lease_until=None
    )
    _note(messages, MessageState.QUEUED, detail(Reason.RELEASED), at)
    return len(messages)


def _note(messages: list[OutboundMessage], state: MessageState, text: str, at: datetime) -> None:
    MessageEvent.objects.bulk_create(
        [event_for(message, state=state, detail=text, at=at) for message in messages]
    )
