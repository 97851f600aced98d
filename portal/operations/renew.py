"""A new link for one that expired: only ever to addresses the bill was sent to.

A link that a person revoked was taken away from whoever holds it; it does not renew itself, and its
address gets none by asking with another link either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from core import audit
from customers.operations import lock_account
from invoices.documents import bill_of
from invoices.enums import InvoiceState
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations.links import PLACEHOLDER, create_link
from messaging.enums import MessageKind, MessageState
from messaging.models import OutboundMessage
from messaging.operations import queue

APART = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_A_DAY = 5
REACHED = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNCONFIRMED)


@transaction.atomic
def renew_link(*, link: PublicLink, at: datetime) -> int:
    """
    Mail a new link to whom the old one was mailed; return to how many addresses.

    A link that was not mailed is renewed to every address the bill reached, except those that hold
    a revoked link of it. Nothing happens for a revoked link, nor for a bill that is not issued, nor
    within an hour of the last time, nor a sixth time within a day.
    """
    lock_account(link.invoice.customer_id)
    link = PublicLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if link.revoked_at is not None:
        return 0
    invoice = Invoice.objects.get(pk=link.invoice_id)
    if invoice.state != InvoiceState.ISSUED or _asked_lately(invoice, at):
        return 0
    addresses = _addresses(link)
    for address, name in addresses:
        _mail(invoice, address, name, at)
    if addresses:
        audit.record(
            event="invoice.link_renewed",
            subject=invoice,
            actor=None,
            at=at,
            account_id=invoice.customer_id,
            changes={"recipients": [address for address, _name in addresses]},
        )
    return len(addresses)


def _asked_lately(invoice: Invoice, at: datetime) -> bool:
    asked = OutboundMessage.objects.filter(
        about=audit.subject_of(invoice),
        dedupe_key__startswith=f"newlink:{invoice.pk}:",
        created_at__gt=at - DAY,
    ).order_by("-created_at")
    times = list(asked.values_list("created_at", flat=True))
    return bool(times) and (times[0] > at - APART or len(set(times)) >= MOST_A_DAY)


def _addresses(link: PublicLink) -> list[tuple[str, str]]:
    reached = Delivery.objects.filter(invoice_id=link.invoice_id, message__state__in=REACHED)
    found = _once(reached.filter(link_id=link.pk)) or _reminded(link) or _once(reached)
    ended = Delivery.objects.filter(invoice_id=link.invoice_id, link__revoked_at__isnull=False)
    barred = {address.lower() for address in ended.values_list("message__to_address", flat=True)}
    return [(address, name) for address, name in found if address.lower() not in barred]


def _reminded(link: PublicLink) -> list[tuple[str, str]]:
    """Return whom the reminder that carried the link reached."""
    reminders = OutboundMessage.objects.filter(
        kind=MessageKind.REMINDER,
        account_id__in=Invoice.objects.filter(pk=link.invoice_id).values("customer_id"),
        state__in=REACHED,
    )
    return [
        (message.to_address, message.to_name)
        for message in reminders.order_by("-pk")
        if any(
            name.startswith(PLACEHOLDER) and reference == str(link.pk)
            for name, reference in message.placeholders.items()
        )
    ]


def _once(deliveries: Iterable[Delivery]) -> list[tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    rows = deliveries.order_by("-pk").values_list("message__to_address", "message__to_name")  # type: ignore[attr-defined]
    for address, name in rows:
        found.setdefault(address.lower(), (address, name))
    return sorted(found.values())


def _mail(invoice: Invoice, address: str, name: str, at: datetime) -> None:
    link, bill = create_link(invoice, at), bill_of(invoice)
    context = {"bill": bill, "to_name": name}
    with override(invoice.language):
        subject = " ".join(render_to_string("mail/link_subject.txt", context).split())
        text = render_to_string("mail/link.txt", context).strip() + "\n"
        html = render_to_string("mail/link.html", context)
    person = hashlib.sha256(address.lower().encode()).hexdigest()[:32]
    message = queue(
        kind=MessageKind.INVOICE,
        dedupe_key=f"newlink:{invoice.pk}:{person}:{at:%Y%m%dT%H%M%S%f}",
        about=audit.subject_of(invoice),
        account_id=invoice.customer_id,
        to_address=address,
        to_name=name,
        language=invoice.language,
        subject=subject[:250],
        body_text=text,
        body_html=html,
        from_name=" ".join(str(bill.seller["name"]).split()),
        reply_to=str(bill.seller["email"]),
        placeholders={PLACEHOLDER: str(link.pk)},
        at=at,
    )
    Delivery.objects.create(invoice=invoice, message=message, link=link, created_at=at)
