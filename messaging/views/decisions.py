"""What a person decides about a message, one button each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.http import unprocessable
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from messaging import forms, operations
from messaging.models import OutboundMessage
from messaging.operations import MessageInvalid, StateRefused
from messaging.views.detail import TEMPLATE, context_of


@staff_view(permission="messages.resolve")
@require_POST
def arrived(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Believe that an unconfirmed message arrived."""
    return _decide(
        request,
        pk,
        forms.ArrivedForm,
        lambda message, data: operations.mark_arrived(
            message=message, evidence=data["evidence"], at=timezone.now(), actor=request.user
        ),
        _("The message counts as delivered."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def again(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Send the same message once more."""
    return _decide(
        request,
        pk,
        forms.SendAgainForm,
        lambda message, _data: operations.send_again(
            message=message, at=timezone.now(), actor=request.user
        ),
        _("The message will be sent again."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def resend(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Send the same content to another address, as a new message."""
    return _decide(
        request,
        pk,
        forms.ResendForm,
        lambda message, data: operations.resend(
            message=message, to_address=data["to_address"], at=timezone.now(), actor=request.user
        ),
        _("A new message takes its place."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def leave(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take the message off the list of those that need a decision."""
    return _decide(
        request,
        pk,
        forms.LeaveForm,
        lambda message, data: operations.leave(
            message=message, note_text=data["note"], at=timezone.now(), actor=request.user
        ),
        _("The message is left as it is."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Cancel a message that has not left."""
    return _decide(
        request,
        pk,
        forms.CancelForm,
        lambda message, data: operations.cancel(
            message=message, reason=data["reason"], at=timezone.now(), actor=request.user
        ),
        _("The message was cancelled."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def hold(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Keep a message that has not left back."""
    return _decide(
        request,
        pk,
        forms.HoldForm,
        lambda message, data: operations.hold(
            message=message, reason=data["reason"], at=timezone.now(), actor=request.user
        ),
        _("The message is held back."),
    )


@staff_view(permission="messages.resolve")
@require_POST
def release(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Let a message that was kept back go."""
    return _decide(
        request,
        pk,
        forms.ReleaseForm,
        lambda message, data: operations.release(
            message=message, reason=data["reason"], at=timezone.now(), actor=request.user
        ),
        _("The message was released."),
    )


def _decide(
    request: StaffRequest,
    pk: int,
    form_class: type[forms.DecisionForm],
    carry_out: Callable[[OutboundMessage, dict[str, Any]], OutboundMessage],
    done: Promise,
) -> HttpResponseBase:
    """Read the form, carry the decision out, and show the message it leads to."""
    message = get_object_or_404(OutboundMessage, pk=pk)
    form = form_class(request.POST)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, context_of(request, message, form))
    try:
        result = carry_out(message, form.cleaned_data)
    except MessageInvalid:
        form.add_error("to_address", gettext("Enter exactly one e-mail address."))
        return unprocessable(request, TEMPLATE, context_of(request, message, form))
    except StateRefused as refused:
        _say_what_it_is(request, refused.message)
        return redirect(page_url(request.tenant, "messaging:detail", pk))
    messages.success(request, str(done))
    return redirect(page_url(request.tenant, "messaging:detail", result.pk))


def _say_what_it_is(request: StaffRequest, message: OutboundMessage) -> None:
    """Say that somebody, or a sender, was quicker."""
    if message.resolved_at is not None:
        messages.warning(request, gettext("This message has been dealt with meanwhile."))
        return
    text = gettext("This cannot be done any more: the message is “%(state)s”.")
    messages.warning(request, text % {"state": message.get_state_display()})
