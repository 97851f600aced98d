"""Sending many bills: first what would happen to each, then a job."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core import jobs
from core.http import unprocessable
from core.lists import question_about, selection
from core.money import ZERO
from core.once import first_time
from core.views import StaffRequest, staff_view
from invoices.forms.sending import WhenForm
from invoices.jobs import SEND_INVOICES
from invoices.models import Invoice
from invoices.queries.delivery import OUTCOME_CHIPS, Check, Outcome, check_sending
from invoices.queries.lists import unsent
from invoices.views.common import read_id, url_of
from invoices.views.lists import MOST_ROWS, invoice_list_spec

TEMPLATE = "invoices/send_many.html"
SHOWN = 500


@staff_view(permission="invoices.send")
@require_http_methods(["GET", "HEAD", "POST"])
def send_many(request: StaffRequest) -> HttpResponseBase:
    """
    Show what would happen to each bill; once confirmed, start the job.

    The bills are those ticked in the list, or by GET all that are issued and not sent: of these
    the earliest ``MOST_ROWS``, and the page says that there are more.
    """
    if request.method == "POST" and "ids" in request.POST:
        return _confirmed(request)
    waiting = 0
    if request.method != "POST":
        chosen = unsent(Invoice.objects.all())
        waiting = chosen.count()
        if waiting > MOST_ROWS:
            chosen = chosen.order_by("pk")[:MOST_ROWS]
    else:
        spec = invoice_list_spec(request)
        picked = selection(request, spec)
        if answer := question_about(request, spec, picked, back=url_of(request, "invoices:list")):
            return answer
        chosen = Invoice.objects.filter(pk__in=picked.queryset.order_by().values("pk"))
    form = WhenForm(at=timezone.now(), time_zone=request.tenant.time_zone)
    context = _context(_checked(chosen.values_list("pk", flat=True)), form)
    if waiting > MOST_ROWS:
        context["waiting"] = waiting
    return render(request, TEMPLATE, context)


def _confirmed(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    form = WhenForm(request.POST, at=at, time_zone=request.tenant.time_zone)
    given = request.POST["ids"].split(",") if request.POST["ids"] else []
    ids = {pk for value in given if (pk := read_id(value)) is not None}
    is_known = Invoice.objects.filter(pk__in=ids).count() == len(set(given))
    if not is_known:  # nothing is done with the rest either
        messages.error(request, _("Choose the invoices again."))
        return unprocessable(request, TEMPLATE, _context([], form))
    if len(ids) > MOST_ROWS:
        messages.error(request, _("Choose at most 20,000 invoices at once."))
        return unprocessable(request, TEMPLATE, _context([], form))
    checks = _checked(ids)
    going = [check for check in checks if check.outcome == Outcome.SEND]
    if not form.is_valid() or not going:
        if not going:
            messages.error(request, _("None of these invoices can be sent."))
        return unprocessable(request, TEMPLATE, _context(checks, form))
    if not first_time(request):
        return redirect(url_of(request, "jobs"))
    not_before = form.cleaned_data["not_before"]
    title = ngettext("Send %(count)s invoice", "Send %(count)s invoices", len(going))
    job = jobs.start(
        kind=SEND_INVOICES,
        title=title % {"count": len(going)},
        rows=[
            (check.invoice.pk, f"{check.invoice.number} {check.invoice.customer.name}")
            for check in going
        ],
        at=at,
        actor=request.user,
        params={"back": url_of(request, "invoices:list")}
        | ({"not_before": not_before.isoformat()} if not_before else {}),
    )
    return redirect(url_of(request, "job", job.pk))


def _checked(ids: Any) -> list[Check]:
    return check_sending(Invoice.objects.filter(pk__in=list(ids)).order_by("pk"))


def _context(checks: list[Check], form: WhenForm) -> dict[str, Any]:
    going = [check for check in checks if check.outcome == Outcome.SEND]
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for check in going:
        sums[check.invoice.currency] += check.invoice.total_amount
    counts = [
        (outcome.label, OUTCOME_CHIPS[outcome], sum(check.outcome == outcome for check in checks))
        for outcome in Outcome
    ]
    left_out = [check for check in checks if check.outcome != Outcome.SEND]
    return {
        "form": form,
        "total": len(checks),
        "rows": [(check, OUTCOME_CHIPS[check.outcome]) for check in [*left_out, *going][:SHOWN]],
        "is_cut": len(checks) > SHOWN,
        "counts": [count for count in counts if count[2]],
        "going": len(going),
        "customers": len({check.invoice.customer_id for check in going}),
        "sums": sorted(sums.items()),
        "ids": ",".join(str(check.invoice.pk) for check in going),
    }
