"""Questions about messages."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from messaging.enums import UNDECIDED, DeliveryState, EndpointState
from messaging.models import OutboundMessage, WebhookDelivery

SUFFIX = "~"  # between the first promise's dedupe_key and the number of the message in its place


def family_key(dedupe_key: str) -> str:
    """Return the key of the first promise, whichever message of its line is given."""
    head, mark, number = dedupe_key.rpartition(SUFFIX)
    return head if mark and number.isdigit() else dedupe_key


def tenants_due() -> set[int]:
    """Return the ids of the tenants with messages due or senders overdue; needs no tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenants_with_messages_due()")
        return {tenant_id for (tenant_id,) in cursor.fetchall()}


def tenants_with_webhooks_due() -> set[int]:
    """Return the ids of the tenants with events to tell or tellers overdue; needs no tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenants_with_webhooks_due()")
        return {tenant_id for (tenant_id,) in cursor.fetchall()}


def deliveries_due(*, at: datetime) -> QuerySet[WebhookDelivery]:
    """
    Return what may be told now, in no order.

    Its address is in use, not left alone after a failure, and nobody calls it at the moment.
    """
    return WebhookDelivery.objects.filter(
        Q(endpoint__resting_until__isnull=True) | Q(endpoint__resting_until__lte=at),
        ~Exists(_calls(at).filter(endpoint=OuterRef("endpoint"))),
        state=DeliveryState.WAITING,
        next_try_at__lte=at,
        endpoint__state=EndpointState.ACTIVE,
    )


def is_being_called(endpoint_id: int, *, at: datetime) -> bool:
    """Test if a teller that is not given up as dead calls the address at the moment."""
    return _calls(at).filter(endpoint=endpoint_id).exists()


def _calls(at: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=DeliveryState.SENDING, lease_until__gte=at)


def tenant_of(message_id: str) -> int | None:
    """Return whose message has this Message-ID, angle brackets included; needs no tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.tenant_of_message(%s)", [message_id])
        [tenant_id] = cursor.fetchone()
        return int(tenant_id) if tenant_id is not None else None


def needs_a_decision() -> Q:
    """Return the condition: it did not arrive, or perhaps did, and nobody has dealt with it."""
    return Q(state__in=UNDECIDED, resolved_at__isnull=True)


def is_undecided(message: OutboundMessage) -> bool:
    """Test the same on a row that is at hand."""
    return message.state in UNDECIDED and message.resolved_at is None


def for_list() -> QuerySet[OutboundMessage]:
    """Return every message, without its body, in no order."""
    return OutboundMessage.objects.defer("body_text", "body_html")


def undecided() -> QuerySet[OutboundMessage]:
    """Return the messages that wait for a person's decision, newest first."""
    return OutboundMessage.objects.filter(needs_a_decision()).order_by("-pk")


def undecided_count() -> int:
    """Return how many messages wait for a person's decision."""
    return undecided().count()


def for_account(customer_id: int) -> QuerySet[OutboundMessage]:
    """Return a customer's messages, newest first, without their bodies."""
    return _newest(OutboundMessage.objects.filter(account_id=customer_id))


def for_about(prefix: str) -> QuerySet[OutboundMessage]:
    """
    Return the messages about one thing (``invoices.invoice:12``), or about all of a kind.

    Newest first, without their bodies. A prefix that ends in ``:`` means the whole kind.
    """
    if prefix.endswith(":"):
        return _newest(OutboundMessage.objects.filter(about__startswith=prefix))
    return _newest(OutboundMessage.objects.filter(about=prefix))


def line_of(message: OutboundMessage) -> QuerySet[OutboundMessage]:
    """Return the other messages of the same promise: what it replaced, and what replaced it."""
    first = family_key(message.dedupe_key)
    return _newest(
        OutboundMessage.objects.filter(
            Q(dedupe_key=first) | Q(dedupe_key__startswith=f"{first}{SUFFIX}")
        ).exclude(pk=message.pk)
    )


def _newest(messages: QuerySet[OutboundMessage]) -> QuerySet[OutboundMessage]:
    return messages.defer("body_text", "body_html").order_by("-pk")
