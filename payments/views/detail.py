"""One receipt: what became of it, using what is left, undoing, reversing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import once
from core.http import unprocessable
from core.operations.note_visit import note_visit
from core.pages.timeline import timeline_context
from core.presentation import shown_amount
from core.timelines import Subject, subject_name
from core.undo import say_done
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers.timeline import item_url
from ledger.models import Allocation
from ledger.queries.journals import journals_of
from payments import operations, queries
from payments.enums import ReceiptState
from payments.forms import ReverseForm
from payments.models import Receipt
from payments.tables import USE_CHIPS, use_label
from payments.views.apply import ACTIONS, SUGGEST, ApplyPart, apply_part
from payments.views.common import REFUSALS, receipt_or_404, sentence_for, today

TEMPLATE = "payments/detail.html"
SAVE = "save"


@staff_view(permission="payments.view")
@require_safe
def receipt_detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show one receipt with everything about it."""
    receipt = receipt_or_404(pk)
    note_visit(user=request.user, kind="receipt", pk=receipt.pk)
    return render(request, TEMPLATE, _context(request, receipt, {}, SUGGEST))


def receipt_subject(request: StaffRequest, receipt: Receipt) -> Subject:
    """Return what the receipt's timeline is of."""
    return Subject(
        tenant=request.tenant,
        space="payments",
        pk=receipt.pk,
        name=subject_name(receipt),
        account_id=receipt.customer_id,
        item_ids=(receipt.item_id,),
    )


def find_receipt(request: StaffRequest, pk: int) -> Subject:
    """Return the same for an address; 404 as its page."""
    return receipt_subject(request, receipt_or_404(pk))


@staff_view(permission="payments.view")
@require_safe
def receipt_by_item(request: StaffRequest, item_id: int) -> HttpResponseBase:
    """Go to the receipt that owns an open item of the ledger."""
    receipt = get_object_or_404(Receipt, item_id=item_id)
    return redirect(page_url(request.tenant, "payments:detail", receipt.pk))


@staff_view(permission="payments.edit")
@require_POST
def receipt_allocate(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Apply what is left of a receipt; ``action`` as for a new receipt."""
    receipt = receipt_or_404(pk)
    action = request.POST.get("action", SAVE)
    context = _context(request, receipt, request.POST, action)
    if action in ACTIONS:
        return render(request, TEMPLATE, context)
    apply: ApplyPart | None = context["apply"]
    if apply is None:
        messages.error(request, gettext("Nothing of this receipt is left to apply."))
        return _to_detail(request, pk)
    amounts = apply.form.amounts()
    if apply.has_errors or apply.is_unseen or not amounts:
        context["is_nothing_applied"] = not amounts
        return unprocessable(request, TEMPLATE, context)
    try:
        with transaction.atomic():
            if once.first_time(request):
                made = operations.allocate_receipt(
                    receipt=receipt,
                    amounts=amounts,
                    day=today(request),
                    at=timezone.now(),
                    actor=request.user,
                )
                if len(made) == 1:
                    back = page_url(request.tenant, "payments:undo", made[0].pk)
                    say_done(request, _applied(apply), undo=back)
                else:
                    messages.success(request, _applied(apply))
    except REFUSALS as refused:
        context = _context(request, receipt_or_404(pk), request.POST, action)
        context["refusal"] = sentence_for(refused)
        return unprocessable(request, TEMPLATE, context)
    return _to_detail(request, pk)


@staff_view(permission="payments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def allocation_undo(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Say what undoing an allocation of a receipt does, and do it."""
    allocation = get_object_or_404(
        Allocation.objects.select_related("credit_item", "debit_item"),
        pk=pk,
        undoes__isnull=True,
        credit_item__receipt__isnull=False,
    )
    receipt = receipt_or_404(Receipt.objects.get(item_id=allocation.credit_item_id).pk)
    context = {
        "allocation": allocation,
        "receipt": receipt,
        "item": allocation.debit_item,
        "amount": f"{receipt.currency} {shown_amount(allocation.amount, receipt.currency)}",
        "is_undone": Allocation.objects.filter(undoes=allocation).exists(),
    }
    if request.method != "POST":
        return render(request, "payments/undo.html", context)
    try:
        with transaction.atomic():
            if once.first_time(request):
                operations.undo_allocation(
                    allocation=allocation, day=today(request), at=timezone.now(), actor=request.user
                )
                messages.success(
                    request,
                    gettext("%(label)s is open again by %(amount)s.")
                    % {"label": allocation.debit_item.label, "amount": context["amount"]},
                )
    except REFUSALS as refused:
        context["refusal"] = sentence_for(refused)
        return unprocessable(request, "payments/undo.html", context)
    return _to_detail(request, receipt.pk)


@staff_view(permission="payments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_reverse(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask why a receipt is taken back, and take it back."""
    receipt = receipt_or_404(pk)
    form = ReverseForm(request.POST if request.method == "POST" else None)
    context = {"receipt": receipt, "form": form, "why_not": why_not_reversed(receipt)}
    if request.method != "POST":
        return render(request, "payments/reverse.html", context)
    if not form.is_valid():
        return unprocessable(request, "payments/reverse.html", context)
    try:
        with transaction.atomic():
            if once.first_time(request):
                operations.reverse_receipt(
                    receipt=receipt,
                    reason=form.cleaned_data["reason"],
                    day=today(request),
                    at=timezone.now(),
                    actor=request.user,
                )
                messages.success(
                    request, gettext("Receipt %(number)s was reversed.") % {"number": receipt}
                )
    except REFUSALS as refused:
        form.add_error(None, sentence_for(refused))
        return unprocessable(request, "payments/reverse.html", context)
    return _to_detail(request, pk)


def why_not_reversed(receipt: Any) -> str:
    """Return why a receipt (of ``queries.for_list``) cannot be reversed now; empty if it can."""
    if receipt.state == ReceiptState.REVERSED:
        return gettext("It was reversed before.")
    if receipt.allocated:
        return gettext("Part of it settles something. Undo its allocations first.")
    return ""


def _context(
    request: StaffRequest, receipt: Any, data: Mapping[str, Any], action: str
) -> dict[str, Any]:
    may_edit = request.membership.allows("payments.edit")
    apply = None
    if may_edit and receipt.unused and receipt.state == ReceiptState.POSTED:
        apply = apply_part(
            request.tenant,
            customer_id=receipt.customer_id,
            currency=receipt.currency,
            amount=receipt.unused,
            data=data,
            action=action,
        )
    return {
        "receipt": receipt,
        "today": today(request),
        "use_label": use_label(receipt),
        "use_kind": USE_CHIPS[receipt.use],
        "allocations": [
            (one, item_url(request.tenant, one.debit_item.kind, one.debit_item_id))
            for one in queries.allocations_of(receipt)
        ],
        "apply": apply,
        "why_not_reversed": why_not_reversed(receipt),
        "journals": journals_of([receipt.item_id]),
        **timeline_context(request, receipt_subject(request, receipt)),
        "list_url": page_url(request.tenant, "payments:list"),
    }


def _applied(apply: ApplyPart) -> str:
    applied = f"{apply.currency} {shown_amount(apply.applied, apply.currency)}"
    return gettext("%(amount)s was applied.") % {"amount": applied}


def _to_detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    return redirect(page_url(request.tenant, "payments:detail", pk))
