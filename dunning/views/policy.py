"""The reminder policy: what it says, what it would do today, and its next version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from core.audit import subject_of
from core.http import unprocessable
from core.models import AuditEntry
from core.seen import CONFLICT, Difference, conflict_of, sides
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from dunning import operations
from dunning.enums import Tone
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
        return _conflict(request, at)
    if saved.version == edited:
        messages.info(request, gettext("Nothing was changed."))
    else:
        messages.success(
            request,
            gettext("Version %(version)s is in force from the next run on.")
            % {"version": saved.version},
        )
    return redirect(page_url(request.tenant, "collections:policy"))


def _conflict(request: StaffRequest, at: datetime) -> HttpResponseBase:
    """Show what was typed beside the version in force; saving again then means to overwrite."""
    current = active_policy()
    data = request.POST.copy()
    data["version"] = str(current.version) if current else ""
    form = PolicyForm(data, initial=PolicyForm.start_of(current), currency=request.tenant.currency)
    form.is_valid()
    differences = sides(form, form.head_names)
    steps = current.steps.order_by("offset_days") if current else ()
    stands = _in_words((step.offset_days, step.tone) for step in steps)
    typed = _in_words(form.cleaned_data["steps"])
    if stands != typed:
        differences.append(Difference(gettext("Steps"), stands, typed))
    if not differences:
        messages.info(request, gettext("Nothing was changed."))
        return redirect(page_url(request.tenant, "collections:policy"))
    entries = AuditEntry.objects.filter(subject=subject_of(current) if current else "")
    context = {
        "form": form,
        "conflict": conflict_of(request, differences, entries, at=at),
    }
    return render(request, EDIT_TEMPLATE, context, status=CONFLICT)


def _in_words(steps: Iterable[tuple[int, str]]) -> str:
    """Return each step on a line of its own, the earliest first."""
    return "\n".join(f"{offset:+}: {Tone(tone).label}" for offset, tone in sorted(steps))
