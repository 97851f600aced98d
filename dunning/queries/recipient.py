"""Whom at a customer a reminder goes to."""

from __future__ import annotations

from customers.enums import ContactRole
from customers.models import Contact, Customer


def recipient_of(customer: Customer) -> Contact | None:
    """Return who is reminded: for reminders, else for invoices, else anybody with an address."""
    contacts = Contact.objects.filter(customer=customer, is_active=True, bounced_at=None)
    reachable = list(contacts.exclude(email="").order_by("pk"))
    for role in (ContactRole.PAYER, ContactRole.BILLING):
        for contact in reachable:
            if role in contact.roles:
                return contact
    return reachable[0] if reachable else None
