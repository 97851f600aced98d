"""The pages of sample companies: making one's own, and removing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from billing_site.samples.operations.remove import NoSample, remove_sample
from billing_site.samples.operations.start import start_sample
from core.urls_in import page_url
from core.views import PersonRequest, StaffRequest, person_view, staff_view


@person_view
@require_POST
def sample_new(request: PersonRequest) -> HttpResponse:
    """Make the person's sample company and show how it fills; or lead to the one they have."""
    made = start_sample(person=request.user, at=timezone.now())
    if made.job is None:
        return HttpResponseRedirect(page_url(made.tenant, "home"))
    return HttpResponseRedirect(page_url(made.tenant, "job", made.job.pk))


@staff_view(permission="settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def sample_remove(request: StaffRequest) -> HttpResponse:
    """Ask, then remove the company; any other than a sample has no such page."""
    if not request.tenant.is_sample:
        messages.error(request, gettext("This is no sample company; it cannot be removed here."))
        return HttpResponseRedirect(page_url(request.tenant, "home"))
    if request.method != "POST":
        return render(request, "core/sample_remove.html")
    try:
        remove_sample(tenant=request.tenant)
    except NoSample:
        return HttpResponseRedirect(page_url(request.tenant, "home"))
    messages.success(request, gettext("The sample company is gone."))
    return redirect("companies")
