"""The states of an outgoing message, and which may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MessageState(models.TextChoices):
    """Delivery truth. "Sent" is said only from ACCEPTED on."""

    QUEUED = "QUEUED", pgettext_lazy("message", "Waiting to be sent")
    CLAIMED = "CLAIMED", pgettext_lazy("message", "Being sent")
    TRANSMITTING = "TRANSMITTING", pgettext_lazy("message", "Being handed over")
    ACCEPTED = "ACCEPTED", pgettext_lazy("message", "Sent")
    DELIVERED = "DELIVERED", pgettext_lazy("message", "Delivered")
    BOUNCED = "BOUNCED", pgettext_lazy("message", "Bounced")
    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("message", "Not confirmed")
    FAILED = "FAILED", pgettext_lazy("message", "Refused")
    CANCELLED = "CANCELLED", pgettext_lazy("message", "Cancelled")
    HELD = "HELD", pgettext_lazy("message", "Held back")


NEXT_STATES: dict[MessageState, frozenset[MessageState]] = {
    MessageState.HELD: frozenset({MessageState.QUEUED, MessageState.CANCELLED}),
    MessageState.QUEUED: frozenset(
        {MessageState.CLAIMED, MessageState.CANCELLED, MessageState.HELD}
    ),
    MessageState.CLAIMED: frozenset(
        {MessageState.TRANSMITTING, MessageState.QUEUED, MessageState.FAILED}
    ),
    MessageState.TRANSMITTING: frozenset(
        {MessageState.ACCEPTED, MessageState.UNCONFIRMED, MessageState.FAILED, MessageState.QUEUED}
    ),
    MessageState.UNCONFIRMED: frozenset(
        {
            MessageState.ACCEPTED,
            MessageState.DELIVERED,
            MessageState.BOUNCED,
            MessageState.QUEUED,
            MessageState.CANCELLED,
        }
    ),
    MessageState.ACCEPTED: frozenset({MessageState.DELIVERED, MessageState.BOUNCED}),
    MessageState.DELIVERED: frozenset({MessageState.BOUNCED}),
    MessageState.FAILED: frozenset({MessageState.QUEUED, MessageState.CANCELLED}),
    MessageState.BOUNCED: frozenset(),
    MessageState.CANCELLED: frozenset(),
}

UNDECIDED = (MessageState.BOUNCED, MessageState.FAILED, MessageState.UNCONFIRMED)


class ChannelKind(models.TextChoices):
    EMAIL = "EMAIL", _("E-mail")


class MessageKind(models.TextChoices):
    INVOICE = "INVOICE", _("Invoice")
    REMINDER = "REMINDER", _("Reminder")
    PASSWORD = "PASSWORD", _("Invitation")
