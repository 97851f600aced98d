"""Pausing reminders for one document."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from core.http import unprocessable
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers.timeline import item_url
from dunning import operations
from dunning.forms import HoldForm
from dunning.models import Decision, ItemHold
from ledger.models import OpenItem

TEMPLATE = "collections/hold.html"


@staff_view(permission="collections.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def hold_item(request: StaffRequest, item_id: int) -> HttpResponseBase:
    """Ask why and until when a document is not reminded of, and show what was said about it."""
    item = get_object_or_404(OpenItem.objects.debts().select_related("customer"), pk=item_id)
    hold = ItemHold.objects.filter(item=item).select_related("created_by").first()
    initial = {"reason": hold.reason, "until": hold.until} if hold else {}
    form = HoldForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, Any] = {
        "form": form,
        "item": item,
        "hold": hold,
        "back": _page_of(request, item),
        "decisions": Decision.objects.filter(item=item)
        .select_related("run", "notice")
        .order_by("-pk")[:20],
    }
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, context)
    try:
        operations.hold_item(item=item, **form.cleaned_data, at=timezone.now(), actor=request.user)
    except operations.HoldRefused:
        form.add_error(None, gettext("Nothing of this document is open any more."))
        return unprocessable(request, TEMPLATE, context)
    messages.success(
        request, gettext("Reminders are paused for %(label)s.") % {"label": item.label}
    )
    return redirect(context["back"])


@staff_view(permission="collections.edit")
@require_POST
def release_item(request: StaffRequest, item_id: int) -> HttpResponseBase:
    """Remind of a document again."""
    item = get_object_or_404(OpenItem.objects.debts().select_related("customer"), pk=item_id)
    try:
        operations.release_item(item=item, at=timezone.now(), actor=request.user)
    except operations.HoldRefused:
        messages.info(request, gettext("Reminders were not paused for this document."))
    else:
        messages.success(
            request, gettext("%(label)s is reminded of again.") % {"label": item.label}
        )
    return redirect(_page_of(request, item))


def _page_of(request: StaffRequest, item: OpenItem) -> str:
    """Return the document's own page, or its customer's."""
    own = item_url(request.tenant, item.kind, item.pk)
    return own or page_url(request.tenant, "customers:detail", item.customer_id)
