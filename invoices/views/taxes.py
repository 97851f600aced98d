"""Settings: tax codes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.seen import Seen, hold_company, refused
from core.urls_in import page_url
from core.usage import is_used
from core.views import StaffRequest, staff_view
from invoices.models import TaxCode
from invoices.operations.taxes import TaxCodeRefused, save_tax_code
from invoices.tax_forms import TaxCodeForm

FORM_TEMPLATE = "core/settings_form.html"


@staff_view(permission="settings.view")
@require_safe
def taxes(request: StaffRequest) -> HttpResponse:
    """List the tax codes, those in use first."""
    codes = TaxCode.objects.order_by("-is_active", "-rate", "pk")
    return render(request, "invoices/taxes.html", {"section": "taxes", "codes": codes})


@staff_view(permission="settings.edit")
def tax_new(request: StaffRequest) -> HttpResponse:
    """Add a tax code."""
    return _tax_form(request, None)


@staff_view(permission="settings.edit")
def tax(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a tax code; its rate only while nothing has it."""
    hold_company(request)
    return _tax_form(request, get_object_or_404(TaxCode, pk=pk))


def _tax_form(request: StaffRequest, code: TaxCode | None) -> HttpResponse:
    at = timezone.now()
    form = TaxCodeForm(
        request.POST or None, initial=_initial(code), is_used=bool(code and is_used(code))
    )
    seen = Seen(request, form, code, at=at) if code else None
    context = {
        "form": form,
        "seen": seen,
        "title": code.name if code else _("New tax code"),
        "section": "taxes",
        "cancel_url": page_url(request.tenant, "taxes"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid() and (seen is None or seen.is_current()):
        values = form.cleaned_data
        rate = values.pop("percent") / 100
        try:
            save_tax_code(code=code, **values, rate=rate, at=at, actor=request.user)
        except TaxCodeRefused as wrong:
            field = "percent" if wrong.field == "rate" else wrong.field
            form.add_error(field, str(wrong.message))
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(page_url(request.tenant, "taxes"))
    return refused(request, FORM_TEMPLATE, context)


def _initial(code: TaxCode | None) -> dict[str, Any]:
    if code is None:
        return {"is_active": True}
    names = ("name", "category", "exemption_reason", "is_default", "is_active")
    percent = (code.rate * 100).quantize(Decimal("0.0001"))
    return {name: getattr(code, name) for name in names} | {"percent": percent}
