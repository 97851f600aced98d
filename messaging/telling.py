"""Telling other programs what is due: take one delivery, call, write down what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.tenancy import tenant_scope
from messaging import outlet
from messaging.answers import FenceLost
from messaging.delivery import sender_name
from messaging.enums import AttemptResult
from messaging.limits import DRAIN_SECONDS
from messaging.models import WebhookDelivery
from messaging.operations.webhook_tries import claim_delivery, settle_delivery
from messaging.webhooks import SecretLost, headers_for

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def tell(*, tenant_id: int, clock: Clock, seconds: float = DRAIN_SECONDS) -> bool:
    """
    Tell the tenant's due events for a while; return whether more may be due.

    Any number of these may run beside each other, and each may end at any line: what it held is
    told again, under the same id, when its lease is over. Must not run inside a transaction.
    """
    end, worker = clock() + timedelta(seconds=seconds), sender_name()
    while clock() < end:
        with tenant_scope(tenant_id):
            delivery = claim_delivery(worker=worker, at=clock())
        if delivery is None:
            return False
        began = clock()
        reply = try_once(delivery, began)
        try:
            with tenant_scope(tenant_id):
                settle_delivery(
                    delivery=delivery, worker=worker, reply=reply, began=began, at=clock()
                )
        except FenceLost as lost:
            logger.warning("%s The answer was %s.", lost, reply.result)
    return True


def try_once(delivery: WebhookDelivery, at: datetime) -> outlet.Reply:
    """Call the delivery's address once and return what came of it; changes nothing here."""
    try:
        headers = headers_for(delivery, at)
    except SecretLost:
        return outlet.Reply(AttemptResult.NO_SECRET)
    return outlet.call(delivery.endpoint.url, body=delivery.body.encode(), headers=headers)
