"""A bill's page, and the steps of its life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import UNPROCESSABLE, unprocessable
from core.once import first_time
from core.operations.note_visit import note_visit
from core.pages.timeline import timeline_context
from core.related import links_at
from core.timelines import Subject, subject_name
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from invoices import operations
from invoices.enums import EDITABLE, CheckLevel, InvoiceState
from invoices.forms.invoice import ReturnForm, VoidForm
from invoices.models import Instalment, Invoice
from invoices.presentation import (
    LEVEL_ICONS,
    MESSAGE_KINDS,
    SETTLEMENT_KINDS,
    STATE_KINDS,
    is_overdue,
    settlement_of,
)
from invoices.queries import detail as queries
from invoices.queries.checks import findings_of
from invoices.queries.delivery import (
    DELIVERY_CHIPS,
    DeliveryState,
    deliveries_of,
    with_delivery,
)
from invoices.queries.hands import had_a_hand
from invoices.queries.lists import for_list
from invoices.views.common import (
    go_to,
    invoice_or_404,
    seen_version,
    today,
    try_to,
    url_of,
    version_of,
)
from invoices.views.obstacles import obstacles
from ledger.queries.journals import journals_of
from messaging.enums import MessageState


@staff_view(permission="invoices.view")
@require_safe
def invoice_detail(request: StaffRequest, *, pk: int) -> HttpResponseBase:
    """Show one bill with everything about it."""
    response = _show(request, pk)
    note_visit(user=request.user, kind="invoice", pk=pk)
    return response


def _show(request: StaffRequest, pk: int, status: int = 200) -> HttpResponse:
    bills = with_delivery(for_list()).select_related("customer", "terms", "author")
    invoice = get_object_or_404(bills, pk=pk)
    return render(request, "invoices/detail.html", _context(request, invoice), status=status)


def _context(request: StaffRequest, invoice: Invoice) -> dict[str, Any]:
    day = today(request)
    instalments = queries.instalments_of(invoice)
    links = links_at("open_item", request, [one.item_id for one in instalments])
    state = InvoiceState(invoice.state)
    settlement = settlement_of(invoice)
    checked = state in (*EDITABLE, InvoiceState.IN_REVIEW, InvoiceState.APPROVED)
    findings = findings_of(invoice, day=day) if checked else []
    is_own = had_a_hand(invoice, request.user)
    return {
        "invoice": invoice,
        "today": day,
        "state_kind": STATE_KINDS[state],
        "settlement": settlement,
        "settlement_kind": SETTLEMENT_KINDS[settlement] if settlement else "",
        "is_overdue": is_overdue(invoice, day),
        "delivery_chip": _delivery_chip(invoice),
        "lines": queries.lines_of(invoice),
        "taxes": queries.taxes_of(invoice),
        "instalments": [(one, links.get(one.item_id, [])) for one in instalments],
        "obstacles": obstacles(
            invoice,
            instalments,
            had_a_hand=is_own and request.membership.allows("invoices.approve"),
            needs_second_person=request.tenant.needs_second_person,
        ),
        "allocations": queries.allocations_of(instalments) if instalments else [],
        "journals": journals_of([one.item_id for one in instalments]),
        **timeline_context(request, invoice_subject(request, invoice, instalments)),
        "findings": [finding for finding in findings if finding.level != CheckLevel.OK],
        "is_checked": checked,
        "level_icons": LEVEL_ICONS,
        "had_a_hand": is_own,
        "own_work": is_own and request.tenant.needs_second_person,
        "return_form": ReturnForm(),
        "void_form": VoidForm(),
        "deliveries": [
            (delivery, MESSAGE_KINDS[MessageState(delivery.message.state)])
            for delivery in deliveries_of(invoice.pk)
        ],
        "pdf_url": url_of(request, "invoices:pdf", invoice.pk),
        "send_url": url_of(request, "invoices:send", invoice.pk),
        "receive_url": _receive_url(request, instalments),
    }


def invoice_subject(
    request: StaffRequest, invoice: Invoice, instalments: Sequence[Instalment]
) -> Subject:
    """Return what the bill's timeline is of."""
    return Subject(
        tenant=request.tenant,
        space="invoices",
        pk=invoice.pk,
        name=subject_name(invoice),
        account_id=invoice.customer_id,
        item_ids=tuple(one.item_id for one in instalments),
    )


def find_invoice(request: StaffRequest, pk: int) -> Subject:
    """Return the same for an address; 404 as its page."""
    invoice = invoice_or_404(pk)
    return invoice_subject(request, invoice, queries.instalments_of(invoice))


def _delivery_chip(invoice: Invoice) -> tuple[str, str] | None:
    """Return how an issued bill reached its customer, and its kind of chip."""
    if invoice.state != InvoiceState.ISSUED:
        return None
    delivery = DeliveryState(getattr(invoice, "delivery", DeliveryState.NONE))
    return str(delivery.label), DELIVERY_CHIPS[delivery]


def _receive_url(request: StaffRequest, instalments: Sequence[Instalment]) -> str:
    """Return the page that receives the money for what is open; the app that has it is above."""
    try:
        query = {"item": [one.item_id for one in instalments if one.item.open_amount]}
        return page_url(request.tenant, "payments:new", query=query)
    except NoReverseMatch:
        return ""


@staff_view(permission="invoices.edit")
@require_POST
def invoice_submit(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Submit a draft for review."""
    invoice = invoice_or_404(pk)
    try_to(
        request,
        lambda at: operations.submit(invoice=invoice, at=at, actor=request.user),
        done=_("Submitted for review."),
        undo=url_of(request, "invoices:withdraw", pk),
    )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.edit")
@require_POST
def invoice_withdraw(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Take a bill back from review."""
    invoice = invoice_or_404(pk)
    try_to(
        request,
        lambda at: operations.withdraw(invoice=invoice, at=at, actor=request.user),
        done=_("Taken back. The invoice is a draft again."),
    )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.approve")
@require_POST
def invoice_approve(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Approve the bill as the person saw it; changed since, it is shown again as it stands."""
    invoice, version = invoice_or_404(pk), seen_version(request)
    approved = try_to(
        request,
        lambda at: operations.approve(invoice=invoice, version=version, at=at, actor=request.user),
        done=_("Approved."),
        undo=url_of(request, "invoices:reconsider", pk),
        fields=version_of,
    )
    if approved is None:
        return _show(request, pk, UNPROCESSABLE)
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.approve")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_return(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Send a bill back with a reason."""
    invoice = invoice_or_404(pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    context = {"invoice": invoice, "form": form, "verb": "return"}
    if request.method != "POST":
        return render(request, "invoices/reason.html", context)
    if not form.is_valid():
        return unprocessable(request, "invoices/reason.html", context)
    try_to(
        request,
        lambda at: operations.return_(
            invoice=invoice,
            reason=form.cleaned_data["reason"],
            comment=form.cleaned_data["comment"],
            at=at,
            actor=request.user,
        ),
        done=_("Returned."),
        # An approval that the return ends would not come back.
        undo=""
        if invoice.state == InvoiceState.APPROVED
        else url_of(request, "invoices:reconsider", pk),
        fields=version_of,
    )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.approve")
@require_POST
def invoice_reconsider(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Take the own approval or return back, before anybody has gone on with the bill."""
    invoice, version = invoice_or_404(pk), seen_version(request)
    try_to(
        request,
        lambda at: operations.reconsider(
            invoice=invoice, version=version, at=at, actor=request.user
        ),
        done=_("Taken back. The invoice is in review again."),
    )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.issue")
@require_POST
def invoice_issue(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Issue an approved bill."""
    invoice = invoice_or_404(pk)
    if first_time(request):
        try_to(
            request,
            lambda at: operations.issue(invoice=invoice, at=at, actor=request.user),
            done=lambda issued: _("Issued as %(number)s.") % {"number": issued.number},
        )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.approve")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_void(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Void an issued bill of which nothing is settled, with a reason."""
    invoice = invoice_or_404(pk)
    form = VoidForm(request.POST if request.method == "POST" else None)
    context = {"invoice": invoice, "form": form, "verb": "void"}
    if request.method != "POST":
        return render(request, "invoices/reason.html", context)
    if not form.is_valid():
        return unprocessable(request, "invoices/reason.html", context)
    if first_time(request):
        try_to(
            request,
            lambda at: operations.void(
                invoice=invoice, reason=form.cleaned_data["reason"], at=at, actor=request.user
            ),
            done=_("Voided. The number stays in the books."),
        )
    return go_to(request, "invoices:detail", pk)


@staff_view(permission="invoices.view")
@require_safe
def invoice_by_item(request: StaffRequest, *, item_id: int) -> HttpResponse:
    """Lead from an open item of the ledger to its bill."""
    instalment = get_object_or_404(Instalment.objects.all(), item=item_id)
    return redirect(url_of(request, "invoices:detail", instalment.invoice_id))
