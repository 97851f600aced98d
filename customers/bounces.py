"""What a returned mail says about a contact's address."""

from __future__ import annotations

from datetime import datetime

from core import audit
from customers.models import Contact
from messaging.models import OutboundMessage


def mark_bounced(message: OutboundMessage, diagnostic: str, at: datetime) -> None:
    """
    Mark the customer's contacts that have the address the message was returned from.

    Called by messaging in the transaction that marks the message. Cleared when the address is
    changed (``update_customer``). A second bounce changes nothing.
    """
    if message.account_id is None:
        return
    contacts = list(
        Contact.objects.filter(
            customer_id=message.account_id,
            email__iexact=message.to_address,
            bounced_at__isnull=True,
        ).order_by("pk")
    )
    for contact in contacts:
        contact.bounced_at = at
        contact.save(update_fields=["bounced_at"])
        audit.record(
            event="contact.bounced",
            subject=contact,
            actor=None,
            at=at,
            account_id=contact.customer_id,
            changes={"email": [contact.email, contact.email]},
            reason=diagnostic[:500],
        )
