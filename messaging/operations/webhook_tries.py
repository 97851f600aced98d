"""A delivery's way: taken by one teller, tried, and tried again until it is taken or given up.

Locks are taken in the order endpoint, delivery.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from core.models import Tenant
from core.models.tenant import TenantStatus
from core.tenancy import active_tenant_id
from messaging.answers import FenceLost
from messaging.calculations import MAX_WEBHOOK_TRIES, STOP_AFTER, rest, webhook_back_off
from messaging.enums import AttemptResult, DeliveryState, EndpointState
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.operations.webhook_stop import stop_endpoint
from messaging.outlet import Reply
from messaging.queries import deliveries_due, is_being_called

LEASE = timedelta(seconds=120)  # far beyond what a call may take
KEEP = timedelta(days=30)  # how long the log of deliveries that are done with is kept


@transaction.atomic(savepoint=False)
def claim_delivery(*, worker: str, at: datetime) -> WebhookDelivery | None:
    """
    Take the delivery that is due longest and that nobody else holds, with its address.

    Of a suspended or a sample company none, and none for an address that is paused, switched off,
    left alone because it failed just now, or called by another teller: a slow one is waited for
    once, however many tellers are awake. It is ``worker``'s until the lease is over.
    """
    at_work = Tenant.objects.filter(status=TenantStatus.ACTIVE, is_sample=False)
    if not at_work.filter(pk=active_tenant_id()).exists():
        return None
    delivery = (
        deliveries_due(at=at)
        .select_for_update(of=("self", "endpoint"), skip_locked=True, no_key=True)
        .select_related("endpoint")
        .order_by("next_try_at", "pk")
        .first()
    )
    # Asked again, as the address is locked now: another may have taken one of its others between
    # our looking and our locking. The sweep wakes a teller for what else is due.
    if delivery is None or is_being_called(delivery.endpoint_id, at=at):
        return None
    delivery.state, delivery.worker, delivery.lease_until = (
        DeliveryState.SENDING,
        worker,
        at + LEASE,
    )
    delivery.attempts += 1  # now: a try that kills its teller every time ends, too
    delivery.save(update_fields=["state", "worker", "lease_until", "attempts"])
    return delivery


@transaction.atomic(savepoint=False)
def settle_delivery(
    *, delivery: WebhookDelivery, worker: str, reply: Reply, began: datetime, at: datetime
) -> WebhookDelivery:
    """
    Write down what came of a try, and when the next is.

    An address that says it is gone, or that failed for days without a break, is switched off.

    :raises FenceLost: if the delivery is not this worker's any more
    """
    endpoint = (
        WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=delivery.endpoint_id)
        .first()
    )
    fresh = (
        WebhookDelivery.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=delivery.pk, state=DeliveryState.SENDING, worker=worker)
        .first()
    )
    if endpoint is None or fresh is None:
        raise FenceLost(f"Webhook delivery {delivery.pk} is no longer held by {worker}.")
    WebhookAttempt.objects.create(
        delivery=fresh,
        number=fresh.attempts,
        url=delivery.endpoint.url,
        started_at=began,
        milliseconds=reply.milliseconds,
        result=reply.result,
        status=reply.status,
        words=reply.words,
        answer=reply.answer,
    )
    fresh.last_status, fresh.last_result = reply.status, reply.result
    if reply.result == AttemptResult.TAKEN:
        _end(fresh, DeliveryState.DELIVERED, at)
        _well(endpoint, at)
        return fresh
    wait = webhook_back_off(fresh.attempts)
    if wait is None or reply.result == AttemptResult.GONE:
        _end(fresh, DeliveryState.FAILED, at)
    elif endpoint.state == EndpointState.STOPPED:  # meanwhile
        _end(fresh, DeliveryState.CANCELLED, at)
    else:
        fresh.state, fresh.next_try_at = DeliveryState.WAITING, at + wait
        _free(fresh)
    _failed(endpoint, reply.result, at)
    return fresh


def _end(delivery: WebhookDelivery, state: DeliveryState, at: datetime) -> None:
    delivery.state, delivery.finished_at = state, at
    _free(delivery)


def _free(delivery: WebhookDelivery) -> None:
    delivery.worker, delivery.lease_until = "", None
    delivery.save(
        update_fields=[
            "state",
            "worker",
            "lease_until",
            "next_try_at",
            "last_status",
            "last_result",
            "finished_at",
        ]
    )


def _well(endpoint: WebhookEndpoint, at: datetime) -> None:
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    endpoint.last_taken_at = at
    endpoint.save(update_fields=["failures", "failing_since", "resting_until", "last_taken_at"])


def _failed(endpoint: WebhookEndpoint, result: AttemptResult, at: datetime) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.resting_until = at + rest(endpoint.failures)
    endpoint.save(update_fields=["failures", "failing_since", "resting_until"])
    is_over = at - endpoint.failing_since >= STOP_AFTER
    if endpoint.state != EndpointState.STOPPED and (is_over or result == AttemptResult.GONE):
        stop_endpoint(endpoint=endpoint, because=result, at=at)


@transaction.atomic
def reap_deliveries(*, at: datetime) -> int:
    """
    Free what a teller that died held: it is told again, under the same id, or given up.

    What was for an address that is off by now is not sent any more.

    Return how many those were.
    """
    over = list(
        WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("endpoint")
        .filter(state=DeliveryState.SENDING, lease_until__lt=at)
        .order_by("pk")
    )
    for delivery in over:
        if delivery.endpoint.state == EndpointState.STOPPED:
            _end(delivery, DeliveryState.CANCELLED, at)
        elif delivery.attempts >= MAX_WEBHOOK_TRIES:
            _end(delivery, DeliveryState.FAILED, at)
        else:
            delivery.state, delivery.next_try_at = DeliveryState.WAITING, at
            _free(delivery)
    return len(over)


@transaction.atomic
def forget_deliveries(*, at: datetime) -> int:
    """Delete the log of deliveries that were done with long ago; return how many those were."""
    old = WebhookDelivery.objects.filter(
        created_at__lt=at - KEEP,
        state__in=(DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED),
    )
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:10_000])
    WebhookAttempt.objects.filter(delivery_id__in=ids).delete()
    WebhookDelivery.objects.filter(pk__in=ids).delete()
    return len(ids)
