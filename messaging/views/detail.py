"""One message: what was said, to whom, what became of it, and what can be done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import files
from core.models import Tenant
from core.presentation import day_text
from core.timeline import Event
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from messaging import forms
from messaging.enums import MessageKind, MessageState
from messaging.mails import platform_address
from messaging.models import MessageAttachment, MessageEvent, OutboundMessage
from messaging.placeholders import fill
from messaging.queries import is_undecided, line_of
from messaging.reasons import sentence
from messaging.tables import STATE_CHIPS

TEMPLATE = "messaging/detail.html"

# The customer's mail is shown apart from our pages: nothing in it runs, loads or leads anywhere.
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

_ICONS = {
    MessageState.QUEUED: "clock",
    MessageState.CLAIMED: "player-play",
    MessageState.TRANSMITTING: "mail-forward",
    MessageState.ACCEPTED: "send",
    MessageState.DELIVERED: "mail-check",
    MessageState.BOUNCED: "mail-x",
    MessageState.UNCONFIRMED: "mail-question",
    MessageState.FAILED: "mail-off",
    MessageState.CANCELLED: "mail-cancel",
    MessageState.HELD: "mail-pause",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person may do now: its form, where it goes, the words on its button."""

    form: forms.DecisionForm
    url: str
    button: str | Promise
    icon: str
    title: str | Promise = ""
    text: str | Promise = ""
    is_primary: bool = False


@staff_view(permission="messages.view")
def message_detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show the message."""
    message = get_object_or_404(OutboundMessage, pk=pk)
    return render(request, TEMPLATE, context_of(request, message))


@staff_view(permission="messages.view")
def message_html(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show the HTML the customer sees, links hidden, for a frame of the message's page."""
    message = get_object_or_404(OutboundMessage, pk=pk)
    if not message.body_html:
        raise Http404
    response = HttpResponse(fill(message.body_html, _masks(message), is_html=True))
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


@staff_view(permission="messages.view")
def message_file(request: StaffRequest, pk: int, attachment_pk: int) -> HttpResponseBase:
    """Hand out an attachment as it was sent."""
    attachment = get_object_or_404(
        MessageAttachment.objects.select_related("file"), pk=attachment_pk, message_id=pk
    )
    response = HttpResponse(files.read(attachment.file), content_type=attachment.file.content_type)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=attachment.name
    )
    return response


def context_of(
    request: StaffRequest, message: OutboundMessage, refused: forms.DecisionForm | None = None
) -> dict[str, Any]:
    """Return what the page shows; ``refused`` is the form that was sent and could not stand."""
    events = list(message.events.select_related("actor").order_by("pk"))
    may_decide = request.membership.allows("messages.resolve")
    return {
        "message": message,
        "chip": STATE_CHIPS[MessageState(message.state)],
        "kind": MessageKind(message.kind).label,
        "from_address": platform_address(),
        "body": fill(message.body_text, _masks(message)),
        "attachments": message.attachments.select_related("file").order_by("pk"),
        "others": line_of(message),
        "events": timeline(reversed(events)),
        "links": _links(request.tenant, message),
        "error": sentence(message.last_error) if message.last_error else "",
        "handed_over_at": _handed_over_at(events),
        "is_undecided": is_undecided(message),
        "acts": acts_for(request, message, refused) if may_decide else [],
    }


def timeline(events: Iterable[MessageEvent]) -> list[Event]:
    """Return a message's events as the lines of a timeline."""
    return [
        Event(
            at=event.happened_at,
            icon=_ICONS[MessageState(event.state)],
            title=MessageState(event.state).label,
            detail=sentence(event.detail) if event.detail else "",
            actor=str(event.actor) if event.actor_id else gettext("System"),
            kind=STATE_CHIPS[MessageState(event.state)],
        )
        for event in events
    ]


def acts_for(
    request: StaffRequest, message: OutboundMessage, refused: forms.DecisionForm | None = None
) -> list[Act]:
    """Return what may be done in the message's state; a refused form keeps what was typed."""
    names = _names_for(MessageState(message.state), is_open=is_undecided(message))
    return [_act(request, message, name, refused) for name in names]


def _names_for(state: MessageState, *, is_open: bool) -> tuple[str, ...]:
    if state in (MessageState.UNCONFIRMED, MessageState.FAILED, MessageState.BOUNCED):
        if not is_open:
            return ()
        return {
            MessageState.UNCONFIRMED: ("arrived", "again", "leave"),
            MessageState.FAILED: ("resend", "leave"),
            MessageState.BOUNCED: ("resend", "leave"),
        }[state]
    return {
        MessageState.QUEUED: ("cancel", "hold"),
        MessageState.HELD: ("release", "cancel"),
    }.get(state, ())


def _act(
    request: StaffRequest,
    message: OutboundMessage,
    name: str,
    refused: forms.DecisionForm | None,
) -> Act:
    form_class, button, icon, title, text = _ACTS[name]
    initial = {"to_address": message.to_address} if name == "resend" else None
    return Act(
        form=refused if isinstance(refused, form_class) else form_class(initial=initial),
        url=page_url(request.tenant, f"messaging:{name}", message.pk),
        button=button,
        icon=icon,
        title=title,
        text=text,
        is_primary=name in ("arrived", "resend", "release"),
    )


_ACTS: dict[str, tuple[type[forms.DecisionForm], Promise, str, Promise, Promise | str]] = {
    "arrived": (
        forms.ArrivedForm,
        _("It arrived"),
        "mail-check",
        _("It arrived"),
        _("Somebody at the customer told you, or you see it from what they did."),
    ),
    "again": (
        forms.SendAgainForm,
        _("Send again (may arrive twice)"),
        "mail-forward",
        _("Send again"),
        _("The same mail is sent once more. If the first one did arrive, the customer has two."),
    ),
    "resend": (
        forms.ResendForm,
        _("Send to this address"),
        "mail-forward",
        _("Correct the address and send again"),
        _("A new message with the same content and files takes this one's place."),
    ),
    "leave": (
        forms.LeaveForm,
        _("Done, leave it"),
        "check",
        _("Nothing more to do"),
        _("It stays as it is and is no longer on the list of what needs a decision."),
    ),
    "cancel": (
        forms.CancelForm,
        _("Cancel this message"),
        "mail-cancel",
        _("Do not send it"),
        _("It has not left yet and will not."),
    ),
    "hold": (
        forms.HoldForm,
        _("Hold it back"),
        "mail-pause",
        _("Hold it back"),
        _("It stays here until somebody releases it."),
    ),
    "release": (
        forms.ReleaseForm,
        _("Release and send"),
        "send",
        _("Release it"),
        _("It leaves at once, or at the time it was meant for."),
    ),
}


def _masks(message: OutboundMessage) -> dict[str, str]:
    label = gettext("(secret link, filled in when the mail leaves)")
    return dict.fromkeys(message.placeholders, label)


def _handed_over_at(events: list[MessageEvent]) -> str:
    """Return when the message was last being handed over, to the second; nothing if never."""
    times = [one.happened_at for one in events if one.state == MessageState.TRANSMITTING]
    if not times:
        return ""
    local = timezone.localtime(times[-1])
    return f"{day_text(local.date())}, {local:%H:%M:%S}"


def _links(tenant: Tenant, message: OutboundMessage) -> list[tuple[str | Promise, str]]:
    """Return the pages of what the message is about, where the site has them."""
    kind, _colon, number = message.about.partition(":")
    wanted: list[tuple[str | Promise, str, Any]] = [
        (_("Customer"), "customers:detail", message.account_id)
    ]
    if kind == "invoices.invoice" and number.isdigit():
        wanted.append((_("Invoice"), "invoices:detail", int(number)))
    found = []
    for label, page, argument in wanted:
        with contextlib.suppress(NoReverseMatch):
            if argument is not None:
                found.append((label, page_url(tenant, page, argument)))
    return found
