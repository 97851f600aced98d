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
    NOTICE = "NOTICE", _("Notice to the admins")


class EventType(models.TextChoices):
    """What other programs are told of; the value is the event's ``type``, its first word the thing.

    The labels are those of the form that chooses. ``messaging.webhooks.PREFIXES`` says how the
    thing's id is written.
    """

    INVOICE_CREATED = "invoice.created", _("An invoice was drafted")
    INVOICE_APPROVED = "invoice.approved", _("An invoice was approved")
    INVOICE_ISSUED = "invoice.issued", _("An invoice was issued")
    INVOICE_SENT = "invoice.sent", _("A mail server took an invoice's mail")
    INVOICE_DELIVERED = "invoice.delivered", _("An invoice's mail was reported as delivered")
    INVOICE_BOUNCED = "invoice.bounced", _("An invoice's mail came back")
    INVOICE_VIEWED = "invoice.viewed", _("The customer first acted on an invoice's page")
    INVOICE_PAID = "invoice.paid", _("Nothing of an invoice is open any more")
    INVOICE_OVERDUE = "invoice.overdue", _("The day an invoice was due passed, and some is open")
    INVOICE_VOIDED = "invoice.voided", _("An invoice was voided")
    PAYMENT_RECEIVED = "payment.received", _("A receipt was recorded")
    PAYMENT_UNAPPLIED = "payment.unapplied", _("An allocation of a receipt was undone")
    PAYMENT_REVERSED = "payment.reversed", _("A receipt was reversed")
    CUSTOMER_CREATED = "customer.created", _("A customer was added")
    CUSTOMER_UPDATED = "customer.updated", _("A customer was changed")


TEST_EVENT = "webhook.test"


class EndpointState(models.TextChoices):
    """Of an address that is told; PAUSED keeps what happens for later, STOPPED does not."""

    ACTIVE = "ACTIVE", pgettext_lazy("webhook", "In use")
    PAUSED = "PAUSED", pgettext_lazy("webhook", "Paused")
    STOPPED = "STOPPED", pgettext_lazy("webhook", "Switched off")


class DeliveryState(models.TextChoices):
    """Of one event on its way to one address."""

    WAITING = "WAITING", pgettext_lazy("webhook", "Waiting")
    SENDING = "SENDING", pgettext_lazy("webhook", "Being sent")
    DELIVERED = "DELIVERED", pgettext_lazy("webhook", "Taken")
    FAILED = "FAILED", pgettext_lazy("webhook", "Given up")
    CANCELLED = "CANCELLED", pgettext_lazy("webhook", "Not sent")


class AttemptResult(models.TextChoices):
    """What came of one try to tell an address."""

    TAKEN = "TAKEN", pgettext_lazy("webhook", "Taken")
    REFUSED = "REFUSED", _("It answered with another status than 2xx")
    GONE = "GONE", _("It answered that it is gone for good (410)")
    REDIRECTED = "REDIRECTED", _("It answered with a redirect, which is not followed")
    TIMEOUT = "TIMEOUT", _("It did not answer in time")
    UNREACHABLE = "UNREACHABLE", _("It could not be reached")
    BAD_CERTIFICATE = "BAD_CERT", _("Its certificate is not valid")
    INSIDE = "INSIDE", _("Its name leads to an inner address, which is never called")
    BAD_ADDRESS = "BAD_ADDRESS", _("The address may not be called")
    NO_SECRET = "NO_SECRET", _("The secret was made with a key of the site that is gone: renew it")
