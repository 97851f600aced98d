"""Writing a bill: new, edit, duplicate, deleting a draft. Saving by itself is in ``keeping``."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.http import UNPROCESSABLE
from core.once import earlier_result, first_time, new_token, remember_result
from core.undo import say_done
from core.views import StaffRequest, staff_view
from customers.models import Customer
from invoices import operations
from invoices.calculations import AmountTooLarge, DiscountExceedsLines
from invoices.enums import EDITABLE
from invoices.forms.lines import line_drafts
from invoices.forms.restyled import read_again
from invoices.models import Invoice, TypedBill
from invoices.queries.customer_facts import facts_of
from invoices.views.common import go_to, invoice_or_404, today, try_to, url_of
from invoices.views.conflict import conflict_context
from invoices.views.editor_page import MORE, Page, context_of, page_of, with_rows

TEMPLATE = "invoices/editor.html"


class NotFirst(Exception):
    """The form was carried out before."""


def token_of(request: StaffRequest) -> uuid.UUID | None:
    """Return the form's own token, which what was typed is kept by."""
    try:
        return uuid.UUID(request.POST.get("once") or request.GET.get("kept") or "")
    except ValueError:
        return None


def show(request: StaffRequest, page: Page, *, status: int = 200) -> HttpResponse:
    """Show the editor with the totals and checks of what is in it."""
    day = today(request)
    customer = _customer_of(page)
    context = {
        "once_token": token_of(request) or new_token(),
        "customer_facts": facts_of(customer, day=day) if customer else None,
        "may_add_customer": request.membership.allows("customers.edit"),
        **context_of(page, day=day),
    }
    return render(request, TEMPLATE, context, status=status)


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_new(request: StaffRequest) -> HttpResponse:
    """Write a new bill; ``?customer=`` chooses whose, ``?kept=`` goes on with what was typed."""
    if request.method == "POST":
        return _answer(request, None)
    begun = TypedBill.objects.filter(user=request.user, invoice=None).order_by("-kept_at", "-pk")
    token = token_of(request)
    typed = begun.filter(token=token).first() if token else None
    page = page_of(
        request.tenant,
        None,
        typed=read_again(typed.fields) if typed else None,
        customer=_asked_customer(request),
    )
    page.context = {"typed": typed, "begun": [] if typed else list(begun[:3])}
    return show(request, page)


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_edit(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Change a draft; what the person typed before and could not save is in it."""
    invoice = invoice_or_404(pk)
    if request.method == "POST":
        return _answer(request, invoice)
    if invoice.state not in EDITABLE:
        messages.error(request, str(operations.WrongState.message))
        return redirect(url_of(request, "invoices:detail", pk))
    typed = TypedBill.objects.filter(user=request.user, invoice=invoice).first()
    page = page_of(
        request.tenant,
        invoice,
        typed=read_again(typed.fields) if typed else None,
        customer=_asked_customer(request),
    )
    page.context = {"typed": typed}
    if typed and typed.version != invoice.version:
        page.context |= conflict_context(page, invoice)
    return show(request, page)


def _asked_customer(request: StaffRequest) -> Customer | None:
    asked = request.GET.get("customer", "")
    known = asked.isascii() and asked.isdigit() and len(asked) <= 18  # noqa: PLR2004 - a bigint
    return Customer.objects.filter(pk=int(asked)).first() if known else None


def _customer_of(page: Page) -> Customer | None:
    """Return the customer that is chosen, of a bound form or of one that is shown first."""
    if page.head.is_bound:
        return getattr(page.head, "cleaned_data", {}).get("customer")
    chosen = str(page.head.initial.get("customer") or "")
    known = chosen.isascii() and chosen.isdigit() and len(chosen) <= 18  # noqa: PLR2004
    return Customer.objects.filter(pk=int(chosen)).first() if known else None


def _answer(request: StaffRequest, invoice: Invoice | None) -> HttpResponse:
    """Do what the pressed button says: save, submit, add rows, or drop what was typed."""
    if request.POST.get("take") == "theirs":
        operations.forget_typed(user=request.user, token=token_of(request), invoice=invoice)
        messages.success(request, _("What you had typed was thrown away."))
        place = ("invoices:edit", invoice.pk) if invoice else ("invoices:new",)
        return redirect(url_of(request, *place))
    if MORE in request.POST:
        return show(request, page_of(request.tenant, invoice, data=with_rows(request.POST)))
    return _save(request, page_of(request.tenant, invoice, data=request.POST))


def _save(request: StaffRequest, page: Page) -> HttpResponse:
    """Save what was typed; whatever is refused, it stays on the page."""
    if not page.is_valid():
        return show(request, page, status=UNPROCESSABLE)
    try:
        invoice = save_page(request, page)
    except NotFirst:
        return redirect(earlier_result(request, url_of(request, "invoices:list")))
    except operations.EditedMeanwhile as meanwhile:
        page.context = conflict_context(page, meanwhile.current)
    except (operations.InvoiceRefusal, DiscountExceedsLines, AmountTooLarge) as refused:
        name, message = refusal_of(refused)
        page.head.add_error(name, message)
    else:
        return _after_save(request, invoice)
    return show(request, page, status=UNPROCESSABLE)


@transaction.atomic
def save_page(request: StaffRequest, page: Page) -> Invoice:
    """
    Write the draft that the valid page says, and forget what was kept of it as typed.

    :raises NotFirst: if a new bill's form was carried out before; a refusal gives its token back
    :raises InvoiceRefusal: as ``invoices.operations.save_draft``, also its other errors
    """
    if page.invoice is None and not first_time(request):
        raise NotFirst
    invoice = operations.save_draft(
        invoice=page.invoice,
        head=page.head.draft(),
        lines=line_drafts(page.lines.used()),
        version=version_of(request, page) if page.invoice else None,
        at=timezone.now(),
        actor=request.user,
    )
    if page.invoice is None:
        remember_result(request, url_of(request, "invoices:edit", invoice.pk))
    operations.forget_typed(user=request.user, token=token_of(request), invoice=page.invoice)
    return invoice


def version_of(request: StaffRequest, page: Page) -> int | None:
    """Return the version typed against; "mine" names the one that was seen and is replaced."""
    seen = request.POST.get("mine", "")
    if seen.isascii() and seen.isdigit() and len(seen) < 10:  # noqa: PLR2004 - a version is small
        return int(seen)
    version: int | None = page.head.cleaned_data.get("version")
    return version


def refusal_of(refused: Exception) -> tuple[str | None, str]:
    """Return the head's field that is to blame, None for none, and the sentence for the person."""
    if isinstance(refused, DiscountExceedsLines):
        return "discount", _("The discount is more than the lines.")
    if isinstance(refused, AmountTooLarge):
        return None, _("An amount is too large.")
    return None, str(getattr(refused, "message", refused))


def _after_save(request: StaffRequest, invoice: Invoice) -> HttpResponse:
    """Submit if that was asked for; the draft is saved either way."""
    edit = url_of(request, "invoices:edit", invoice.pk)
    if "submit" not in request.POST:
        messages.success(request, _("Draft saved."))
        return redirect(edit)
    at = timezone.now()
    try:
        operations.submit(invoice=invoice, at=at, actor=request.user)
    except operations.ChecksFailed as failed:
        sentences = " ".join(f"{finding.text}." for finding in failed.findings)
        messages.error(request, _("Saved, but not submitted. %(why)s") % {"why": sentences})
        return redirect(edit)
    except operations.InvoiceRefusal as refused:
        messages.error(request, str(refused.message))
        return redirect(edit)
    back = url_of(request, "invoices:withdraw", invoice.pk)
    say_done(request, _("Submitted for review."), undo=back)
    return redirect(url_of(request, "invoices:detail", invoice.pk))


@staff_view(permission="invoices.edit")
@require_POST
def invoice_duplicate(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Begin a new draft that says what this bill says."""
    invoice = invoice_or_404(pk)
    if not first_time(request):
        return redirect(earlier_result(request, url_of(request, "invoices:list")))
    made: Any = try_to(
        request,
        lambda at: operations.duplicate(invoice=invoice, at=at, actor=request.user),
        done=_("A new draft with the same lines. Check prices and dates before you submit it."),
    )
    if made is None:
        return go_to(request, "invoices:detail", pk)
    url = url_of(request, "invoices:edit", made.pk)
    remember_result(request, url)
    return redirect(url)


@staff_view(permission="invoices.edit")
@require_POST
def invoice_delete(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Throw a draft away."""
    invoice = invoice_or_404(pk)
    done = try_to(
        request,
        lambda at: operations.delete_draft(invoice=invoice, at=at, actor=request.user),
        done=_("Draft deleted."),
    )
    if done is None:
        return go_to(request, "invoices:detail", pk)
    return redirect(url_of(request, "invoices:list"))
