"""Columns of the list of messages."""

from __future__ import annotations

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.lists import ChipColumn, MomentColumn, PageLinkColumn, TextColumn
from messaging.enums import MessageState
from messaging.models import OutboundMessage

STATE_CHIPS = {
    MessageState.QUEUED: "info",
    MessageState.CLAIMED: "info",
    MessageState.TRANSMITTING: "info",
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "ok",
    MessageState.BOUNCED: "failed",
    MessageState.UNCONFIRMED: "unconfirmed",
    MessageState.FAILED: "failed",
    MessageState.CANCELLED: "void",
    MessageState.HELD: "due",
}


class RecipientColumn(django_tables2.Column):
    """The name, and the address below it."""

    def render(self, record: OutboundMessage) -> SafeString | str:
        if not record.to_name:
            return record.to_address
        return format_html(
            '{} <span class="text-secondary">{}</span>', record.to_name, record.to_address
        )

    def value(self, record: OutboundMessage) -> str:
        return record.to_address


class MessageTable(django_tables2.Table):
    """A message a row, the newest first."""

    created_at = MomentColumn(verbose_name=_("Time"))
    subject = PageLinkColumn(
        "messaging:detail", verbose_name=_("Subject"), attrs={"td": {"class": "cell-wrap"}}
    )
    to_address = RecipientColumn(verbose_name=pgettext_lazy("mail", "To"))
    kind = TextColumn(verbose_name=_("Kind"))
    state = ChipColumn(verbose_name=_("State"), kind=STATE_CHIPS)

    class Meta:
        model = OutboundMessage
        fields = ()
        sequence = ("created_at", "state", "subject", "to_address", "kind")
