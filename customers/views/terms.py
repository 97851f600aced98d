"""Settings: payment terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.seen import Part, Seen, hold_company, refused
from core.urls_in import page_url
from core.usage import is_used
from core.views import StaffRequest, staff_view
from customers.models import PaymentTerm, PaymentTermPart
from customers.operations.terms import PartDraft, TermRefused, save_term
from customers.term_forms import PartFormSet, TermForm

PART_FIELDS = ("weight", "months", "end_of_month", "days")


@staff_view(permission="settings.view")
@require_safe
def terms(request: StaffRequest) -> HttpResponse:
    """List the terms, those in use first, and what each part means."""
    found = PaymentTerm.objects.prefetch_related("parts").order_by("-is_active", "pk")
    context = {"section": "terms", "terms": [(term, sentences(term)) for term in found]}
    return render(request, "customers/terms.html", context)


def sentences(term: PaymentTerm) -> list[str]:
    """Return each part of the terms as a sentence."""
    parts: list[PaymentTermPart] = sorted(term.parts.all(), key=lambda part: part.position)
    return _sentences(parts)


def _sentences(parts: Sequence[PaymentTermPart | PartDraft]) -> list[str]:
    whole = sum(part.weight for part in parts)
    return [_sentence(part, whole) for part in parts]


def _sentence(part: PaymentTermPart | PartDraft, whole: int) -> str:
    share = (Decimal(100) * part.weight / whole).quantize(Decimal("0.01"))
    values = {
        "share": f"{share:f}".rstrip("0").rstrip("."),
        "months": part.months,
        "days": part.days,
    }
    if part.months and part.end_of_month:
        text = _("%(share)s %% from the end of the month %(months)s months on, plus %(days)s days")
    elif part.months:
        text = _("%(share)s %% after %(months)s months and %(days)s days")
    elif part.end_of_month and part.days:
        text = _("%(share)s %% %(days)s days after the end of the month")
    elif part.end_of_month:
        text = _("%(share)s %% at the end of the month")
    elif part.days:
        return (
            ngettext(
                "%(share)s %% after %(days)s day", "%(share)s %% after %(days)s days", part.days
            )
            % values
        )
    else:
        text = _("%(share)s %% on the issue date")
    return str(text) % values


@staff_view(permission="settings.edit")
def term_new(request: StaffRequest) -> HttpResponse:
    """Add terms."""
    return _term_form(request, None)


@staff_view(permission="settings.edit")
def term(request: StaffRequest, pk: int) -> HttpResponse:
    """Change terms; their parts only while nothing has them."""
    hold_company(request)
    return _term_form(request, get_object_or_404(PaymentTerm, pk=pk))


def _term_form(request: StaffRequest, found: PaymentTerm | None) -> HttpResponse:
    at = timezone.now()
    form, parts = _forms(request, found)
    seen = _seen(request, found, form, parts, at) if found else None
    context = {
        "form": form,
        "seen": seen,
        "parts": parts,
        "is_used": bool(found and is_used(found)),
        "sentences": sentences(found) if found else [],
        "title": found.name if found else _("New payment terms"),
        "section": "terms",
        "cancel_url": page_url(request.tenant, "terms"),
    }
    if request.method != "POST":
        return render(request, "customers/term_form.html", context)
    if form.is_valid() and parts.is_valid() and (seen is None or seen.is_current()):
        try:
            save_term(
                term=found,
                **form.cleaned_data,
                parts=_drafts(parts),
                at=at,
                actor=request.user,
            )
        except TermRefused as wrong:
            form.add_error(wrong.field, str(wrong.message))
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(page_url(request.tenant, "terms"))
    return refused(request, "customers/term_form.html", context)


def _seen(
    request: StaffRequest, found: PaymentTerm, form: TermForm, parts: Any, at: datetime
) -> Seen:
    """Return what the page showed; the parts are told in sentences."""
    shown = Part(
        "parts",
        _("Parts"),
        "\n".join(sentences(found)),
        lambda: "\n".join(_sentences(_drafts(parts))),
    )
    return Seen(request, form, found, at=at, parts=[shown])


def _drafts(parts: Any) -> list[PartDraft]:
    return [draft for one in parts if (draft := one.draft)]


def _forms(request: StaffRequest, found: PaymentTerm | None) -> tuple[TermForm, Any]:
    """Return the form of the terms and that of their parts; used parts are not taken from it."""
    rows: list[dict[str, Any]] = [{"weight": 100, "days": 30}]
    initial: dict[str, Any] = {"is_active": True}
    if found:
        initial = {name: getattr(found, name) for name in TermForm.base_fields}
        rows = [
            {name: getattr(part, name) for name in PART_FIELDS}
            for part in found.parts.order_by("position")
        ]
    data = request.POST if request.method == "POST" else None
    form = TermForm(data, initial=initial)
    if found and is_used(found):
        unchanged = {"parts-TOTAL_FORMS": len(rows), "parts-INITIAL_FORMS": 0}
        fixed = {
            f"parts-{at}-{name}": value
            for at, row in enumerate(rows)
            for name, value in row.items()
            if value
        }
        return form, PartFormSet(
            (unchanged | fixed) if data is not None else None, initial=rows, prefix="parts"
        )
    return form, PartFormSet(data, initial=rows, prefix="parts")
