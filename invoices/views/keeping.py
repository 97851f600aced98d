"""What the editor's script asks while somebody types: totals, saving by itself, the preview."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.once import earlier_result
from core.presentation import money_html
from core.views import StaffRequest, staff_view
from invoices import operations
from invoices.calculations import AmountTooLarge, DiscountExceedsLines
from invoices.documents.page import html_for
from invoices.forms.restyled import with_style
from invoices.models import Invoice
from invoices.views.common import invoice_or_404, today, url_of
from invoices.views.conflict import conflict_context
from invoices.views.editor import NotFirst, refusal_of, save_page, token_of, version_of
from invoices.views.editor_page import (
    Page,
    answer_context,
    errors_of,
    is_blank,
    page_of,
    readings,
    worked_out,
)

# The document is looked at, not run: nothing in it is fetched or carried out.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
_NOT_KEPT = ("csrfmiddlewaretoken", "save", "submit", "more", "mine", "take")


@staff_view(permission="invoices.edit")
@require_POST
def invoice_totals(request: StaffRequest) -> JsonResponse:
    """Return the totals and checks of what is typed, saving nothing."""
    page = page_of(request.tenant, _asked(request), data=request.POST)
    return JsonResponse(_answer(request, page))


@staff_view(permission="invoices.edit")
@require_POST
def invoice_keep(request: StaffRequest) -> JsonResponse:
    """
    Save what is typed: as the draft where it can be one, else word for word.

    ``saved.state`` is SAVED, KEPT (word for word), CONFLICT, GONE (no draft any more) or BLANK.
    """
    invoice = _asked(request)
    page = page_of(request.tenant, invoice, data=request.POST)
    at = timezone.now()
    saved = _keep(request, page, at)
    answer = _answer(request, page)
    saved["said"] = _said(saved["state"]) % {"time": timezone.localtime(at).strftime("%H:%M")}
    return JsonResponse(answer | {"saved": saved})


def _said(state: str) -> str:
    """Return the line that says how it stands; the time goes into it."""
    if state == "SAVED":
        return _("Saved %(time)s")
    if state == "KEPT":
        return _("Kept %(time)s, not complete yet")
    return "" if state == "BLANK" else _("Kept %(time)s, not saved")


def _keep(request: StaffRequest, page: Page, at: datetime) -> dict[str, Any]:
    if page.invoice is None and is_blank(page):
        return {"state": "BLANK"}
    if not page.is_valid() or (page.invoice is None and not page.rows()):
        return _word_for_word(request, page, at)
    try:
        invoice = save_page(request, page)
    except NotFirst:
        return _again(request, page, at)
    except (operations.InvoiceRefusal, DiscountExceedsLines, AmountTooLarge) as refused:
        return _word_for_word(request, page, at) | _refused(request, page, refused)
    return _saved(request, page, invoice)


def _saved(request: StaffRequest, page: Page, invoice: Invoice) -> dict[str, Any]:
    return {
        "state": "SAVED",
        "version": invoice.version,
        "url": url_of(request, "invoices:edit", invoice.pk),
        "asks": f"?invoice={invoice.pk}",
        "preview": url_of(request, "invoices:preview", invoice.pk),
        "lines": _line_ids(page, invoice),
        # What was left to the customer has become the bill's own.
        "head": {
            "terms": str(invoice.terms_id or ""),
            "currency": invoice.currency,
            "language": invoice.language,
        },
    }


def _refused(request: StaffRequest, page: Page, refused: Exception) -> dict[str, Any]:
    if isinstance(refused, operations.EditedMeanwhile):
        context = conflict_context(page, refused.current)
        if not context["conflict_sides"]:  # sent twice, and the first time it arrived
            operations.forget_typed(user=request.user, token=None, invoice=refused.current)
            return _saved(request, page, refused.current)
        panel = render_to_string("invoices/parts/conflict.html", context, request)
        return {"state": "CONFLICT", "panel": panel}
    if isinstance(refused, operations.WrongState):
        return {"state": "GONE", "why": str(refused.message)}
    return {"why": refusal_of(refused)[1]}


def _again(request: StaffRequest, page: Page, at: datetime) -> dict[str, Any]:
    """Save over the draft that this very form made before, when its answer did not arrive."""
    try:
        pk = resolve(earlier_result(request, "")).kwargs.get("pk")
    except Resolver404:
        pk = None
    made = Invoice.objects.filter(pk=pk, edited_by=request.user).first() if pk else None
    if made is None or page.invoice is not None:
        why = str(operations.WrongState.message)
        return _word_for_word(request, page, at) | {"state": "GONE", "why": why}
    data = request.POST.copy()
    data["version"] = str(made.version)
    terms = page.head.cleaned_data["terms"]  # the form was sent as that of a new bill
    data["terms"] = str(terms.pk) if terms else ""
    return _keep(request, page_of(request.tenant, made, data=data), at)


def _word_for_word(request: StaffRequest, page: Page, at: datetime) -> dict[str, Any]:
    token = token_of(request) or uuid.uuid4()
    operations.keep_typed(
        user=request.user,
        token=token,
        invoice=page.invoice,
        version=_typed_version(request, page),
        fields=with_style(_texts(request.POST)),
        at=at,
    )
    url = url_of(request, "invoices:edit", page.invoice.pk) if page.invoice else ""
    return {"state": "KEPT", "url": url or f"{url_of(request, 'invoices:new')}?kept={token}"}


def _typed_version(request: StaffRequest, page: Page) -> int | None:
    if page.invoice is None:
        return None
    return version_of(request, page) or page.invoice.version


def _texts(data: QueryDict) -> dict[str, str]:
    """Return what was sent as text; what JSON cannot hold in the database is left out."""
    return {
        name: value.replace("\x00", "")
        for name, value in data.items()
        if name not in _NOT_KEPT and isinstance(value, str)
    }


def _line_ids(page: Page, invoice: Invoice) -> dict[str, int]:
    """Return the saved lines' ids by the row they stand in, so that the next saving knows them."""
    ids = invoice.lines.order_by("position").values_list("pk", flat=True)
    return {str(form.prefix): pk for (_index, form), pk in zip(page.rows(), ids, strict=False)}


def _asked(request: StaffRequest) -> Invoice | None:
    asked = request.GET.get("invoice", "")
    known = asked.isascii() and asked.isdigit() and len(asked) <= 18  # noqa: PLR2004 - a bigint
    return invoice_or_404(int(asked)) if known else None


def _answer(request: StaffRequest, page: Page) -> dict[str, Any]:
    answer = worked_out(page, day=today(request))
    context = answer_context(page, answer, answer.totals) | {"is_fragment": True}
    amounts = {
        prefix: money_html(net, page.currency) for prefix, net in context["line_amounts"].items()
    }
    return {
        "totals": render_to_string("invoices/parts/totals.html", context, request),
        "amounts": amounts,
        "read": readings(page),
        "errors": errors_of(page),
    }


@csp_exempt()
@staff_view(permission="invoices.view")
@require_safe
def invoice_preview(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Show the document's page, from the template that the PDF is drawn from."""
    invoice = invoice_or_404(pk)
    styles = Path(settings.BASE_DIR) / "templates" / "documents"
    sheet = "".join((styles / name).read_text() for name in ("document.css", "screen.css"))
    page = html_for(invoice).replace("</head>", f"<style>{sheet}</style>\n</head>", 1)
    response = HttpResponse(page)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    return response


@staff_view(permission="invoices.edit")
@require_POST
def typed_drop(request: StaffRequest) -> HttpResponse:
    """Throw away what was typed into a new bill and never became one."""
    operations.forget_typed(user=request.user, token=token_of(request), invoice=None)
    return redirect(url_of(request, "invoices:new"))
