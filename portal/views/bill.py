"""One bill for its customer. Looking changes nothing; only what a person does is kept."""

from __future__ import annotations

import uuid
from typing import Any

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.files import FileDamaged
from core.logos import light_address
from core.presentation import plain_amount
from core.views import portal_view
from invoices.documents import Bill, bill_of, pdf_for
from invoices.documents.figures import amount_text, day_text
from invoices.documents.payment_code import code_image, epc_code
from invoices.models import PublicLink
from invoices.operations.links import mark_opened
from invoices.operations.store_document import file_name
from invoices.views.document import pdf_response
from portal.links import (
    hand_over,
    holds,
    is_alive,
    link_of_public_id,
    link_of_token,
    tenant_of_public_id,
    tenant_of_token,
)
from portal.queries import Standing, Status, standing_of
from portal.views.gone import asked_for_new_link, gone

CHIPS = {
    Status.OPEN: "open",
    Status.PARTLY: "open",
    Status.OVERDUE: "overdue",
    Status.PAID: "paid",
    Status.VOID: "void",
}
UNAVAILABLE = 503


@portal_view(find_tenant=tenant_of_token, gone=gone)
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Trade the token for a cookie and go to the clean address, which can be looked at safely."""
    link = link_of_token(token)
    if request.method == "POST":
        return asked_for_new_link(request, link)
    if link is None or not is_alive(link, timezone.now()):
        return gone(request)
    response = redirect("portal:bill", public_id=link.public_id)
    hand_over(response, link)
    return response


@portal_view(find_tenant=tenant_of_public_id, gone=gone)
@require_http_methods(["GET", "HEAD", "POST"])
def bill(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Show the bill and what is still due of it now; a POST asks for a new link."""
    if request.method == "POST":
        return asked_for_new_link(request, link_of_public_id(public_id))
    link = _held(request, public_id)
    if link is None:
        return gone(request)
    language = _language(request, link)
    translation.activate(language)
    day = request.tenant.day_of(timezone.now())  # type: ignore[attr-defined]
    standing = standing_of(link.invoice, day=day)
    response = render(
        request,
        "portal/bill.html",
        _context(link, bill_of(link.invoice, language=language), standing, language),
    )
    response["Content-Language"] = language
    return response


@csp_exempt()
@portal_view(find_tenant=tenant_of_public_id, gone=gone)
@require_http_methods(["GET", "HEAD", "POST"])
def document(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Hand out the PDF; by POST, which a button does and a mail scanner does not, it is noted."""
    link = _held(request, public_id)
    if link is None:
        return gone(request)
    if request.method == "POST":
        mark_opened(link, timezone.now(), has_fetched=True)
    try:
        content = pdf_for(link.invoice) if link.invoice.document_id else b""
    except FileDamaged:
        content = b""
    if not content:
        return HttpResponse(
            _("The PDF cannot be shown right now. Try again in a few minutes."),
            status=UNAVAILABLE,
            content_type="text/plain; charset=utf-8",
        )
    keep = request.method == "POST" or "download" in request.GET
    return pdf_response(content, file_name(link.invoice), as_attachment=keep)


@portal_view(find_tenant=tenant_of_public_id, gone=gone)
@require_POST
def opened(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Note that a person used the page: sent by its script after a touch, a click or a key."""
    link = _held(request, public_id)
    if link is None:
        return gone(request)
    mark_opened(link, timezone.now())
    return HttpResponse(status=204)


def _held(request: HttpRequest, public_id: uuid.UUID) -> PublicLink | None:
    """Return the link if it lives and the browser came through it."""
    link = link_of_public_id(public_id)
    if link is None or not is_alive(link, timezone.now()) or not holds(request, link):
        return None
    return link


def _language(request: HttpRequest, link: PublicLink) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else link.invoice.language


def _context(link: PublicLink, said: Bill, standing: Standing, language: str) -> dict[str, Any]:
    currency = said.currency
    return {
        "link": link,
        "bill": said,
        "logo": light_address(said.logo),
        "word": said.word,
        "status": standing.status.label,
        "status_kind": CHIPS[standing.status],
        "is_payable": standing.status in (Status.OPEN, Status.PARTLY, Status.OVERDUE),
        "is_void": standing.status == Status.VOID,
        "open_amount": amount_text(standing.open_amount, currency),
        "open_plain": plain_amount(standing.open_amount, currency),
        "settled": amount_text(standing.settled_amount, currency)
        if standing.settled_amount and standing.status != Status.VOID
        else "",
        "due_date": day_text(standing.due_date, language),
        "parts": [
            {
                "position": part.position,
                "due_date": day_text(part.due_date, language),
                "amount": amount_text(part.amount, currency),
                "left": amount_text(part.open_amount, currency),
            }
            for part in standing.parts
        ]
        if len(standing.parts) > 1
        else [],
        "code": _code(said, standing),
        "languages": [
            (code, name, code == language)
            for code, name in (("en", "English"), ("zh-hans", "中文"))
        ],
        "has_document": link.invoice.document_id is not None,
    }


def _code(said: Bill, standing: Standing) -> str:
    """Return the payment code over what is still due, for euro to an IBAN."""
    if said.bank is None or said.currency != "EUR" or not standing.open_amount:
        return ""
    code = epc_code(
        holder=said.bank.holder,
        iban=said.bank.plain_number,
        bic=said.bank.code,
        amount=standing.open_amount,
        reference=said.payment_reference,
    )
    return code_image(code) if code else ""
