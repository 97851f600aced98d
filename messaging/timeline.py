"""Messages in timelines: one event a recipient, with what became of it."""

from __future__ import annotations

from django.urls import NoReverseMatch
from django.utils.translation import gettext

from core.timeline import Event
from core.timelines import Found, Subject, Window, contains, timeline_source
from core.urls_in import page_url
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.reasons import sentence

CHIPS = {
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "ok",
    MessageState.BOUNCED: "failed",
    MessageState.FAILED: "failed",
    MessageState.UNCONFIRMED: "unconfirmed",
    MessageState.HELD: "due",
    MessageState.CANCELLED: "void",
}


@timeline_source("messages")
def messages(subject: Subject, window: Window) -> Found:
    """Return what was said to the customer, by whom it was to be read."""
    rows = subject.rows(OutboundMessage.objects.defer("body_text", "body_html"), field="about")
    rows = rows.filter(contains(window.text, "subject", "to_address", "to_name", "last_error"))
    return [(row.pk, _event(subject, row)) for row in window.of(rows, "created_at")]


def _event(subject: Subject, message: OutboundMessage) -> Event:
    to = message.to_address
    if message.to_name:
        to = gettext("%(name)s, %(address)s") % {"name": message.to_name, "address": to}
    return Event(
        at=message.created_at,
        icon="mail",
        title=message.subject,
        detail=" · ".join(
            part for part in (to, message.held_reason or sentence(message.last_error)) if part
        ),
        url=_page(subject, message.pk),
        kind=CHIPS.get(MessageState(message.state), "due"),
        state=message.get_state_display(),
    )


def _page(subject: Subject, pk: int) -> str:
    try:
        return page_url(subject.tenant, "messaging:detail", pk)
    except NoReverseMatch:
        return ""
