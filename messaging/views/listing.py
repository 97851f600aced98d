"""All messages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.lists import EmptyState, ListSpec, list_view
from core.views import StaffRequest
from messaging.filters import MessageFilter
from messaging.queries import for_list
from messaging.tables import MessageTable


@list_view(
    "messages", permission="messages.view", label=_("Outgoing messages"), page="messaging:list"
)
def message_list(request: StaffRequest) -> ListSpec:
    """Show what was said to the outside, and what became of it."""
    return ListSpec(
        title=_("Outgoing messages"),
        queryset=for_list(),
        table=MessageTable,
        filterset=MessageFilter,
        orderings={"created_at": ("pk",), "to_address": ("to_address", "pk")},
        default_ordering="-created_at",
        export_name="messages",
        phone=("created_at", "state", "subject", "to_address"),
        empty=EmptyState(
            title=_("Nothing was sent yet."),
            text=_("Invoices and reminders that leave by e-mail, with what became of each."),
            icon="mail",
        ),
    )
