"""The pages of the settings on which other programs are told what happens."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import unprocessable
from core.once import first_time
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from messaging import webhook_queries as queries
from messaging.enums import DeliveryState, EndpointState
from messaging.forms import DeliveryLogForm, WebhookForm
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.operations import webhook_endpoints as operations
from messaging.webhooks import OVERLAP

SECTION = "webhooks"
PERMISSION = "api.keys"
_ON_ITS_WAY = (DeliveryState.WAITING, DeliveryState.SENDING)


@staff_view(permission=PERMISSION)
@require_safe
def endpoints(request: StaffRequest) -> HttpResponse:
    """Show the company's addresses and how they stand."""
    context = {"section": SECTION, "lines": queries.endpoint_lines()}
    return render(request, "messaging/webhooks.html", context)


@staff_view(permission=PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_new(request: StaffRequest) -> HttpResponseBase:
    """Ask for an address, add it, and show its secret, this once."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "section": SECTION}
    if request.tenant.is_sample:
        messages.error(request, str(operations.SampleCompany.message))
        return redirect(page_url(request.tenant, "webhooks:list"))
    if request.method != "POST":
        return render(request, "messaging/webhook_form.html", context)
    if not form.is_valid():
        return unprocessable(request, "messaging/webhook_form.html", context)
    with transaction.atomic():
        if not first_time(request):
            messages.error(
                request,
                gettext("This webhook was added already. Renew its secret if you did not copy it."),
            )
            return redirect(page_url(request.tenant, "webhooks:list"))
        made = operations.create_endpoint(
            **form.cleaned_data, at=timezone.now(), actor=request.user
        )
    return _secret_page(request, made)


@staff_view(permission=PERMISSION)
@require_safe
def endpoint(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an address and the log of what it was told."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    narrow = DeliveryLogForm(request.GET)
    narrowed = narrow.cleaned_data if narrow.is_valid() else {}
    context = {
        "section": SECTION,
        "line": queries.line_of(found),
        "endpoint": found,
        "form": narrow,
        "narrowed": {name: narrowed[name] for name in ("state", "event") if narrowed.get(name)},
        "log": queries.log_of(found, narrowed),
        "is_active": found.state == EndpointState.ACTIVE,
        "is_stopped": found.state == EndpointState.STOPPED,
        "has_old_secret": queries.has_old_secret(found, timezone.now()),
    }
    return render(request, "messaging/webhook.html", context)


@staff_view(permission=PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Change name, address and events."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    initial = {"name": found.name, "url": found.url, "events": found.events}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"form": form, "section": SECTION, "endpoint": found}
    if request.method != "POST":
        return render(request, "messaging/webhook_form.html", context)
    if not form.is_valid():
        return unprocessable(request, "messaging/webhook_form.html", context)
    operations.update_endpoint(
        endpoint=found, **form.cleaned_data, at=timezone.now(), actor=request.user
    )
    messages.success(request, gettext("The webhook was saved."))
    return _to(request, found)


@staff_view(permission=PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def secret_renew(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Say what a new secret does, make it, and show it, this once."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    if request.method != "POST":
        context = {"section": SECTION, "endpoint": found, "hours": _hours()}
        return render(request, "messaging/webhook_renew.html", context)
    with transaction.atomic():
        if not first_time(request):
            messages.error(request, gettext("The secret was renewed already."))
            return _to(request, found)
        made = operations.renew_secret(endpoint=found, at=timezone.now(), actor=request.user)
    return _secret_page(request, made)


@staff_view(permission=PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_remove(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Say what removing does, and remove the address with its log."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    if request.method != "POST":
        context = {"section": SECTION, "endpoint": found}
        return render(request, "messaging/webhook_remove.html", context)
    operations.remove_endpoint(endpoint=found, at=timezone.now(), actor=request.user)
    messages.success(request, gettext("The webhook “%(name)s” was removed.") % {"name": found})
    return redirect(page_url(request.tenant, "webhooks:list"))


@staff_view(permission=PERMISSION)
@require_POST
def pause(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Keep what happens for later."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    operations.pause_endpoint(endpoint=found, at=timezone.now(), actor=request.user)
    return _to(request, found)


@staff_view(permission=PERMISSION)
@require_POST
def resume(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Send again."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    operations.resume_endpoint(endpoint=found, at=timezone.now(), actor=request.user)
    return _to(request, found)


@staff_view(permission=PERMISSION)
@require_POST
def test(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Send a test event and show what becomes of it."""
    found = get_object_or_404(WebhookEndpoint, pk=pk)
    try:
        sent = operations.send_test(endpoint=found, at=timezone.now(), actor=request.user)
    except operations.SampleCompany as refused:
        messages.error(request, str(refused.message))
        return _to(request, found)
    except operations.NotInUse:
        messages.error(request, gettext("Switch the webhook on first."))
        return _to(request, found)
    return redirect(page_url(request.tenant, "webhooks:delivery", sent.pk))


@staff_view(permission=PERMISSION)
@require_safe
def delivery(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an event on its way to an address: what was sent, and each answer."""
    found = _delivery(pk)
    context = {
        "section": SECTION,
        "delivery": found,
        "endpoint": found.endpoint,
        "chip": queries.DELIVERY_CHIPS[DeliveryState(found.state)],
        "body": json.dumps(json.loads(found.body), indent=2),
        "tries": queries.tries_of(found),
        "is_waiting": found.state == DeliveryState.WAITING,
        "is_on_its_way": found.state in _ON_ITS_WAY,
        "may_send": found.state not in _ON_ITS_WAY and found.endpoint.state == EndpointState.ACTIVE,
    }
    return render(request, "messaging/webhook_delivery.html", context)


@staff_view(permission=PERMISSION)
@require_POST
def delivery_again(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Tell an event once more, under the same id."""
    found = _delivery(pk)
    try:
        operations.send_delivery_again(delivery=found, at=timezone.now(), actor=request.user)
    except operations.SampleCompany as refused:
        messages.error(request, str(refused.message))
    except operations.NotInUse:
        messages.error(request, gettext("Switch the webhook on first."))
    except operations.StillOnItsWay:
        messages.info(request, gettext("It is on its way already."))
    return redirect(page_url(request.tenant, "webhooks:delivery", found.pk))


def _delivery(pk: int) -> WebhookDelivery:
    return get_object_or_404(WebhookDelivery.objects.select_related("endpoint"), pk=pk)


def _to(request: StaffRequest, found: WebhookEndpoint) -> HttpResponseBase:
    return redirect(page_url(request.tenant, "webhooks:detail", found.pk))


def _secret_page(request: StaffRequest, made: operations.NewSecret) -> HttpResponse:
    context = {
        "section": SECTION,
        "made": made,
        "endpoint": made.endpoint,
        "is_renewed": bool(made.endpoint.old_nonce),
        "hours": _hours(),
    }
    return render(request, "messaging/webhook_secret.html", context)


def _hours() -> int:
    return int(OVERLAP.total_seconds() // 3600)
