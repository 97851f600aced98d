"""How a bill reached its customer, whom it would go to, and what a send run would do with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from customers.enums import Channel, ContactRole
from customers.models import Contact
from invoices.enums import InvoiceState
from invoices.models import Delivery, Invoice
from messaging.enums import MessageState


class DeliveryState(models.TextChoices):
    """What a list says of a bill's messages together: the one that most needs to be known."""

    NONE = "NONE", pgettext_lazy("delivery", "Not sent")
    BOUNCED = "BOUNCED", pgettext_lazy("delivery", "Bounced")
    REFUSED = "REFUSED", pgettext_lazy("delivery", "Refused")
    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("delivery", "Not confirmed")
    HELD = "HELD", pgettext_lazy("delivery", "Held back")
    WAITING = "WAITING", pgettext_lazy("delivery", "Waiting to be sent")
    SENT = "SENT", pgettext_lazy("delivery", "Sent")
    DELIVERED = "DELIVERED", pgettext_lazy("delivery", "Delivered")


DELIVERY_CHIPS = {
    DeliveryState.NONE: "draft",
    DeliveryState.BOUNCED: "failed",
    DeliveryState.REFUSED: "failed",
    DeliveryState.UNCONFIRMED: "unconfirmed",
    DeliveryState.HELD: "due",
    DeliveryState.WAITING: "due",
    DeliveryState.SENT: "sent",
    DeliveryState.DELIVERED: "ok",
}

# In this order a message speaks for its bill; one that somebody has dealt with speaks last.
_STATES: dict[MessageState, DeliveryState] = {
    MessageState.BOUNCED: DeliveryState.BOUNCED,
    MessageState.FAILED: DeliveryState.REFUSED,
    MessageState.UNCONFIRMED: DeliveryState.UNCONFIRMED,
    MessageState.HELD: DeliveryState.HELD,
    MessageState.QUEUED: DeliveryState.WAITING,
    MessageState.CLAIMED: DeliveryState.WAITING,
    MessageState.TRANSMITTING: DeliveryState.WAITING,
    MessageState.ACCEPTED: DeliveryState.SENT,
    MessageState.DELIVERED: DeliveryState.DELIVERED,
}
_PROBLEMS = (MessageState.BOUNCED, MessageState.FAILED, MessageState.UNCONFIRMED)

# A message in one of these states does not count as a sending that stands.
ENDED = (MessageState.CANCELLED, MessageState.FAILED, MessageState.BOUNCED)


def with_delivery(queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate bills with ``delivery``, a value of ``DeliveryState``, by one subquery."""
    rank = Case(
        When(
            Q(message__state__in=_PROBLEMS, message__resolved_at__isnull=False), then=len(_STATES)
        ),
        *(When(message__state=state, then=place) for place, state in enumerate(_STATES)),
        default=len(_STATES),
        output_field=IntegerField(),
    )
    shown = Case(
        *(When(message__state=state, then=Value(said.value)) for state, said in _STATES.items()),
        default=Value(DeliveryState.NONE.value),
    )
    worst = (
        Delivery.objects.filter(invoice_id=OuterRef("pk"))
        .exclude(message__state=MessageState.CANCELLED)
        .annotate(shown=shown)
        .order_by(rank, "-pk")
        .values("shown")[:1]
    )
    return queryset.annotate(delivery=Coalesce(Subquery(worst), Value(DeliveryState.NONE.value)))


def deliveries_of(invoice_id: int) -> QuerySet[Delivery]:
    """Return what was sent of a bill, newest first, with messages and links."""
    return (
        Delivery.objects.filter(invoice_id=invoice_id)
        .select_related("message", "link")
        .order_by("-pk")
    )


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody at the customer a bill can be mailed to."""

    name: str
    address: str
    is_billing: bool
    is_bounced: bool


def recipients_of(customer_id: int) -> list[Recipient]:
    """Return the customer's addresses, each once, those for bills first."""
    return recipients_for([customer_id]).get(customer_id, [])


def recipients_for(customer_ids: Iterable[int]) -> dict[int, list[Recipient]]:
    """Return the addresses of many customers by customer; one query."""
    contacts = (
        Contact.objects.filter(customer_id__in=set(customer_ids), is_active=True)
        .exclude(email="")
        .order_by("pk")
    )
    found: dict[int, dict[str, Recipient]] = defaultdict(dict)
    for contact in contacts:
        key = contact.email.lower()
        one = Recipient(
            name=contact.name,
            address=contact.email,
            is_billing=ContactRole.BILLING in contact.roles,
            is_bounced=contact.bounced_at is not None,
        )
        known = found[contact.customer_id].get(key)
        if known is None or (one.is_billing and not known.is_billing):
            found[contact.customer_id][key] = one
    return {
        customer_id: sorted(by_address.values(), key=lambda one: not one.is_billing)
        for customer_id, by_address in found.items()
    }


def usual_recipients(known: Sequence[Recipient]) -> list[Recipient]:
    """Return whom a bill goes to by itself: contacts for bills, else any; none that bounced."""
    billing = [one for one in known if one.is_billing] or list(known)
    return [one for one in billing if not one.is_bounced]


class Outcome(models.TextChoices):
    """What a send run would do with a bill."""

    SEND = "SEND", pgettext_lazy("send run", "Will be sent")
    NOT_ISSUED = "NOT_ISSUED", pgettext_lazy("send run", "Not issued")
    SENT_BEFORE = "SENT_BEFORE", pgettext_lazy("send run", "Already sent")
    NO_EMAIL = "NO_EMAIL", pgettext_lazy("send run", "No e-mail address")
    BOUNCED = "BOUNCED", pgettext_lazy("send run", "The address bounced")
    BY_POST = "BY_POST", pgettext_lazy("send run", "Goes by post")


OUTCOME_CHIPS = {
    Outcome.SEND: "sent",
    Outcome.NOT_ISSUED: "draft",
    Outcome.SENT_BEFORE: "ok",
    Outcome.NO_EMAIL: "failed",
    Outcome.BOUNCED: "failed",
    Outcome.BY_POST: "info",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One bill of a send run: what would happen, and who would get it."""

    invoice: Invoice
    outcome: Outcome
    recipients: list[Recipient]


def check_sending(invoices: QuerySet[Invoice]) -> list[Check]:
    """Return what a send run would do with each bill, in the queryset's order; three queries."""
    rows = list(with_delivery(invoices.select_related("customer")))
    known = recipients_for(row.customer_id for row in rows)
    return [_check(row, known.get(row.customer_id, [])) for row in rows]


def _check(invoice: Invoice, known: list[Recipient]) -> Check:
    usual = usual_recipients(known)
    delivery = getattr(invoice, "delivery", DeliveryState.NONE)  # annotated by with_delivery
    if invoice.state != InvoiceState.ISSUED:
        outcome = Outcome.NOT_ISSUED
    elif delivery not in (DeliveryState.NONE, DeliveryState.BOUNCED, DeliveryState.REFUSED):
        outcome = Outcome.SENT_BEFORE
    elif invoice.customer.channel == Channel.PRINT:
        outcome = Outcome.BY_POST
    elif usual:
        outcome = Outcome.SEND
    else:
        outcome = Outcome.BOUNCED if known else Outcome.NO_EMAIL
    return Check(invoice, outcome, usual if outcome == Outcome.SEND else [])
