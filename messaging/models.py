"""The outbox: what is said to the outside, and what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import AppendOnly, CustomerScope, OwnerMayRoute, tenant_rules
from core.fields import TenantForeignKey
from core.models import StoredFile
from core.tenancy import TenantManager, TenantModel
from messaging.enums import (
    UNDECIDED,
    AttemptResult,
    ChannelKind,
    DeliveryState,
    EndpointState,
    EventType,
    MessageKind,
    MessageState,
)


class OutboundMessage(TenantModel):
    """One message to one recipient, rendered, inserted in the transaction that decided on it.

    ``about`` and ``account_id`` say what and which customer it concerns (``app.model:id`` and the
    customer's id), without this app knowing them. ``placeholders`` maps a name in the body to a
    reference that is resolved at transmission, so that a secret link never stands in a table.
    States and their order: ``messaging.enums``. Only ``messaging.operations`` writes here.
    """

    channel = models.CharField(max_length=8, choices=ChannelKind.choices, default=ChannelKind.EMAIL)
    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    dedupe_key = models.CharField(max_length=160)
    message_id = models.CharField(max_length=120, unique=True)
    about = models.CharField(max_length=80)
    account_id = models.BigIntegerField(null=True)
    to_address = models.EmailField()
    to_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(max_length=250)
    body_text = models.TextField()
    body_html = models.TextField(blank=True)
    placeholders = models.JSONField(default=dict)
    state = models.CharField(
        max_length=12, choices=MessageState.choices, default=MessageState.QUEUED
    )
    held_reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)  # the moment "sent" became true
    last_error = models.CharField(max_length=500, blank=True)
    resolved_at = models.DateTimeField(null=True)  # a person has dealt with what went wrong

    objects = TenantManager["OutboundMessage"]()

    class Meta:
        constraints = [
            *tenant_rules("outbound"),
            OwnerMayRoute(name="outbound_routing"),
            CustomerScope(column="account_id", by="visible_customers", name="outbound_scope"),
            models.UniqueConstraint(fields=["tenant", "dedupe_key"], name="outbound_dedupe"),
            models.CheckConstraint(
                name="outbound_accepted_has_time",
                condition=~Q(state__in=(MessageState.ACCEPTED, MessageState.DELIVERED))
                | Q(accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="outbound_running_has_lease",
                condition=~Q(state__in=(MessageState.CLAIMED, MessageState.TRANSMITTING))
                | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="outbound_held_has_reason",
                condition=~Q(state=MessageState.HELD) | ~Q(held_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state=MessageState.QUEUED),
                name="outbound_due_idx",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=(MessageState.CLAIMED, MessageState.TRANSMITTING)),
                name="outbound_lease_idx",
            ),
            models.Index(fields=["tenant", "account_id", "-id"], name="outbound_account_idx"),
            models.Index(fields=["tenant", "about"], name="outbound_about_idx"),
            models.Index(fields=["tenant", "-id"], name="outbound_list_idx"),
            models.Index(
                fields=["tenant", "-id"],
                condition=Q(state__in=UNDECIDED, resolved_at__isnull=True),
                name="outbound_undecided_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} > {self.to_address}"


class MessageAttachment(TenantModel):
    """A stored file that goes with a message, under a name of its own."""

    message = TenantForeignKey(
        OutboundMessage, on_delete=models.CASCADE, related_name="attachments"
    )
    file = TenantForeignKey(StoredFile)
    name = models.CharField(max_length=120)

    objects = TenantManager["MessageAttachment"]()

    class Meta:
        constraints = [
            *tenant_rules("attachment", "message", "file"),
            CustomerScope(column="message_id", by="sees_message", name="attachment_scope"),
        ]

    def __str__(self) -> str:
        return self.name


class MessageEvent(TenantModel):
    """One thing that happened to a message, as it became known; the evidence of delivery."""

    message = TenantForeignKey(OutboundMessage, related_name="events")
    state = models.CharField(max_length=12, choices=MessageState.choices)
    happened_at = models.DateTimeField()
    detail = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager["MessageEvent"]()

    class Meta:
        constraints = [
            *tenant_rules("messageevent", "message"),
            CustomerScope(column="message_id", by="sees_message", name="messageevent_scope"),
            AppendOnly(name="messageevent_append_only"),
        ]
        indexes = [models.Index(fields=["message", "id"], name="messageevent_idx")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class WebhookEndpoint(TenantModel):
    """An address of another program that is told what happens.

    Its secrets stand nowhere: each is made of a nonce and the site's key, and known again by its
    hash. The old one signs beside the new one until ``old_secret_until``.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=500)
    events = ArrayField(
        models.CharField(max_length=32, choices=EventType.choices), verbose_name=_("events")
    )
    state = models.CharField(
        max_length=8, choices=EndpointState.choices, default=EndpointState.ACTIVE
    )
    # Why it was switched off, by us; empty when a person did it, or while it is on.
    stopped_by = models.CharField(max_length=12, choices=AttemptResult.choices, blank=True)
    nonce = models.CharField(max_length=64)
    secret_hash = models.CharField(max_length=64)
    old_nonce = models.CharField(max_length=64, blank=True)
    old_secret_hash = models.CharField(max_length=64, blank=True)
    old_secret_until = models.DateTimeField(null=True)
    # The three are set by each failed try and emptied by one that was taken.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)  # who fails is left alone for a while
    last_taken_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = TenantManager["WebhookEndpoint"]()

    class Meta:
        constraints = [
            *tenant_rules("webhook"),
            OwnerMayRoute(name="webhook_routing"),
            models.CheckConstraint(name="webhook_has_event", condition=~Q(events=[])),
            models.CheckConstraint(
                name="webhook_old_secret_ends",
                condition=Q(old_nonce="", old_secret_until__isnull=True)
                | (~Q(old_nonce="") & Q(old_secret_until__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="webhook_list_idx")]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(TenantModel):
    """One event for one address, written in the transaction of the change it tells of.

    ``body`` is what is sent and signed, the same at every try, as ``event_id`` is: a receiver
    knows by it what it has had.
    """

    endpoint = TenantForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event_id = models.CharField(max_length=40)
    event_type = models.CharField(max_length=32)
    subject = models.CharField(max_length=32)  # the id as the API writes it
    body = models.TextField()
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)  # counted when one begins
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_result = models.CharField(max_length=12, choices=AttemptResult.choices, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager["WebhookDelivery"]()

    class Meta:
        constraints = [
            *tenant_rules("webhookdelivery", "endpoint"),
            OwnerMayRoute(name="webhookdelivery_routing"),
            models.UniqueConstraint(
                fields=["tenant", "endpoint", "event_id"], name="webhookdelivery_once"
            ),
            models.CheckConstraint(
                name="webhookdelivery_sending_has_lease",
                condition=~Q(state=DeliveryState.SENDING)
                | (Q(lease_until__isnull=False) & ~Q(worker="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_try_at", "id"],
                condition=Q(state=DeliveryState.WAITING),
                name="webhookdelivery_due_idx",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state=DeliveryState.SENDING),
                name="webhookdelivery_lease_idx",
            ),
            models.Index(fields=["tenant", "endpoint", "-id"], name="webhookdelivery_list_idx"),
            models.Index(fields=["tenant", "created_at"], name="webhookdelivery_age_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.subject}"


class WebhookAttempt(TenantModel):
    """One try to tell an address: what came of it, and the beginning of what it answered."""

    delivery = TenantForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=500)  # as it was then
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    result = models.CharField(max_length=12, choices=AttemptResult.choices)
    status = models.PositiveSmallIntegerField(null=True)  # HTTP; none without an answer
    words = models.CharField(max_length=300, blank=True)  # of the error, where there was no answer
    answer = models.TextField(blank=True)  # its beginning, as text

    objects = TenantManager["WebhookAttempt"]()

    class Meta:
        constraints = tenant_rules("webhookattempt", "delivery")
        indexes = [models.Index(fields=["delivery", "id"], name="webhookattempt_idx")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.number} {self.result}"
