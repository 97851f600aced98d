"""Giving customers to whoever looks after them: one, or all that were ticked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import jobs
from core.http import unprocessable
from core.lists import DIGEST, digest_of, filter_text, question_about, selection
from core.once import first_time
from core.undo import say_done
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers import operations
from customers.forms import OwnerForm
from customers.jobs import ASSIGN_OWNER
from customers.operations import CustomerRefused
from customers.views.common import customer_or_404
from customers.views.listing import customer_list_spec

TITLE = gettext_lazy("Assign owner")
TEMPLATE = "customers/owner.html"
OWN_FIELDS = {"csrfmiddlewaretoken", "once", "owner", DIGEST}


@staff_view(permission="customers.edit")
def assign(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask who looks after the customer, and set it."""
    customer = customer_or_404(pk)
    initial = {"owner": customer.owner_id}
    form = OwnerForm(request.POST if request.method == "POST" else None, initial=initial)
    back = page_url(request.tenant, "customers:detail", customer.pk)
    context = {"customer": customer, "form": form, "title": TITLE, "back": back}
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, context)
    try:
        changed = operations.assign_owner(
            customer=customer, **form.cleaned_data, at=timezone.now(), actor=request.user
        )
    except CustomerRefused as refused:
        form.add_error("owner", str(refused.message))
        return unprocessable(request, TEMPLATE, context)
    text = gettext("Nobody looks after this customer now.")
    if changed.owner is not None:
        text = gettext("%(person)s looks after this customer now.") % {"person": changed.owner}
    before = {"owner": initial["owner"] or ""}
    say_done(request, text, undo=page_url(request.tenant, "customers:assign", pk), fields=before)
    return redirect(back)


@staff_view(permission="customers.edit")
@require_POST
def assign_many(request: StaffRequest) -> HttpResponseBase:
    """Ask who looks after the ticked customers, then start the job that says so of each."""
    spec = customer_list_spec(request)
    chosen = selection(request, spec)
    back = page_url(request.tenant, "customers:list")
    if answer := question_about(request, spec, chosen, back=back):
        return answer
    is_answered = "owner" in request.POST
    form = OwnerForm(request.POST if is_answered else None)
    back = f"{back}?{request.GET.urlencode()}"
    context: dict[str, Any] = {
        "form": form,
        "title": TITLE,
        "back": back,
        "count": chosen.count,
        "fields": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in OWN_FIELDS
            for value in values
        ]
        + ([(DIGEST, digest_of(chosen, spec))] if chosen.is_all else []),
    }
    if not is_answered:
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, context)
    if not first_time(request):
        return redirect(page_url(request.tenant, "jobs"))
    owner = form.cleaned_data["owner"]
    customers = list(chosen.queryset.order_by("pk").values_list("pk", "code", "name"))
    job = jobs.start(
        kind=ASSIGN_OWNER,
        title=gettext("Assign owner: %(person)s") % {"person": owner or gettext("nobody")},
        rows=[(pk, f"{code} {name}") for pk, code, name in customers],
        at=timezone.now(),
        actor=request.user,
        params={"owner": owner and owner.pk, "back": back},
        filter_text=filter_text(request, spec) if chosen.is_all else "",
    )
    count = len(customers)
    text = ngettext("%(count)s customer is worked on.", "%(count)s customers are worked on.", count)
    messages.success(request, text % {"count": count})
    return redirect(page_url(request.tenant, "job", job.pk))
