"""The reminder policy: what it says, what it would do today, and its next version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from core.http import unprocessable
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from dunning import operations
from dunning.forms import PolicyForm
from dunning.models import Policy
from dunning.queries import active_policy, terms_of
from dunning.views.preview import dry_run

EDIT_TEMPLATE = "collections/policy_edit.html"
PREVIEW = "preview"


@staff_view(permission="collections.view")
@require_safe
def policy(request: StaffRequest) -> HttpResponseBase:
    """Show the policy in force, and what it would do if it ran today."""
    current = active_policy()
    context: dict[str, Any] = {"policy": current}
    if current is not None:
        terms = terms_of(current)
        today = request.tenant.day_of(timezone.now())
        context |= {
            "terms": terms,
            "today": today,
            "dry_run": dry_run(tenant=request.tenant, terms=terms, day=today),
            "versions": Policy.objects.count(),
        }
    return render(request, "collections/policy.html", context)


@staff_view(permission="collections.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: StaffRequest) -> HttpResponseBase:
    """Write the next version; ``action=preview`` shows what it would do and saves nothing."""
    currency = request.tenant.currency
    if request.method != "POST":
        form = PolicyForm(initial=PolicyForm.start_of(active_policy()), currency=currency)
        return render(request, EDIT_TEMPLATE, {"form": form})
    form = PolicyForm(request.POST, currency=currency)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return unprocessable(request, EDIT_TEMPLATE, context)
    at = timezone.now()
    if request.POST.get("action") == PREVIEW:
        today = request.tenant.day_of(at)
        context["dry_run"] = dry_run(tenant=request.tenant, terms=form.terms(), day=today)
        return render(request, EDIT_TEMPLATE, context)
    edited = form.cleaned_data["version"]
    try:
        saved = operations.save_policy(
            draft=form.draft(), edited_version=edited, at=at, actor=request.user
        )
    except operations.EditedMeanwhile:
        form.add_error(
            None,
            gettext("Somebody saved another version meanwhile. Open the policy again and compare."),
        )
        return unprocessable(request, EDIT_TEMPLATE, context)
    if saved.version == edited:
        messages.info(request, gettext("Nothing was changed."))
    else:
        messages.success(
            request,
            gettext("Version %(version)s is in force from the next run on.")
            % {"version": saved.version},
        )
    return redirect(page_url(request.tenant, "collections:policy"))
