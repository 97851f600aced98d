"""What the archive tells the parts below it when the site starts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.timeline import name_events
from customers import search
from customers.bounces import mark_bounced
from messaging.operations.report import on_bounce


def connect() -> None:
    """Listen for returned mails; name the events of customers in timelines."""
    on_bounce(mark_bounced)
    search.connect()
    name_events(
        **{
            "customer.created": (_("Customer added"), "user-plus"),
            "customer.changed": (_("Customer changed"), "edit"),
            "customer.contacts_changed": (_("Contacts or addresses changed"), "address-book"),
            "customer.owner_changed": (_("Owner changed"), "user-check"),
            "customer.held": (_("Put on hold"), "hand-stop"),
            "customer.released": (_("Released from hold"), "circle-check"),
            "customer.archived": (_("Archived"), "archive"),
            "customer.unarchived": (_("Brought back"), "arrow-back-up"),
            "customer.removed": (_("Customer removed"), "trash"),
            "customer.reminders_paused": (_("Reminders paused"), "bell-off"),
            "customer.reminders_resumed": (_("Reminders resumed"), "bell"),
            "contact.added": (_("Contact added"), "user-plus"),
            "contact.changed": (_("Contact changed"), "edit"),
            "contact.removed": (_("Contact removed"), "user-minus"),
            "contact.bounced": (_("Mail to this contact bounced"), "mail-x"),
            "address.changed": (_("Address changed"), "map-pin"),
        }
    )
