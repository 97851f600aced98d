"""Settings: closing periods and opening them again."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core.dates import EARLIEST
from core.http import unprocessable
from core.presentation import day_text
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from ledger.forms import ClosePeriodForm, ReopenPeriodForm
from ledger.models import Period
from ledger.operations import PeriodOverlaps, close_period, reopen_period
from ledger.operations.periods import close_again


@staff_view(permission="settings.view")
@require_safe
def periods(request: StaffRequest) -> HttpResponse:
    """Show up to when the books are closed."""
    form = ClosePeriodForm(today=request.tenant.day_of(timezone.now()))
    return render(request, "ledger/periods.html", _context(form))


def _context(form: ClosePeriodForm) -> dict[str, object]:
    rows = list(Period.objects.select_related("changed_by").order_by("-first_day"))
    return {
        "section": "periods",
        "form": form,
        "periods": [(row, "" if row.first_day == EARLIEST else row.first_day) for row in rows],
        "open_since": rows[0].last_day + timedelta(days=1) if rows else None,
    }


@staff_view(permission="periods.close")
@require_POST
def period_close(request: StaffRequest) -> HttpResponse:
    """Close every day up to one that is over."""
    at = timezone.now()
    form = ClosePeriodForm(request.POST, today=request.tenant.day_of(at))
    if form.is_valid():
        last_day = form.cleaned_data["last_day"]
        try:
            close_period(last_day=last_day, at=at, actor=request.user)
        except PeriodOverlaps:
            form.add_error("last_day", gettext("The books are closed up to a later day already."))
        else:
            text = gettext("The books are closed up to %(day)s.") % {"day": day_text(last_day)}
            messages.success(request, text)
            return HttpResponseRedirect(page_url(request.tenant, "periods"))
    return unprocessable(request, "ledger/periods.html", _context(form))


@staff_view(permission="periods.close")
def period_reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a closed period again, with the reason."""
    period = get_object_or_404(Period, pk=pk, is_closed=True)
    form = ReopenPeriodForm(request.POST or None)
    context = {
        "form": form,
        "title": _("Reopen a period"),
        "subtitle": gettext("Up to %(day)s. Postings into it are possible again.")
        % {"day": day_text(period.last_day)},
        "section": "periods",
        "cancel_url": page_url(request.tenant, "periods"),
    }
    if request.method != "POST":
        return render(request, "core/settings_form.html", context)
    if not form.is_valid():
        return unprocessable(request, "core/settings_form.html", context)
    reopen_period(
        period=period, reason=form.cleaned_data["reason"], at=timezone.now(), actor=request.user
    )
    messages.success(request, gettext("The period is open again."))
    return HttpResponseRedirect(page_url(request.tenant, "periods"))


@staff_view(permission="periods.close")
@require_POST
def period_close_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a period that had been opened again."""
    period = get_object_or_404(Period, pk=pk, is_closed=False)
    close_again(period=period, at=timezone.now(), actor=request.user)
    messages.success(request, gettext("The period is closed again."))
    return HttpResponseRedirect(page_url(request.tenant, "periods"))
