"""Writing a bill: new, edit, totals while typing, what a product brings, deleting a draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.http import UNPROCESSABLE
from core.models import AuditEntry
from core.once import earlier_result, first_time, remember_result
from core.views import StaffRequest, staff_view
from customers.models import Customer
from invoices import operations
from invoices.calculations import AmountTooLarge, DiscountExceedsLines, Totals
from invoices.enums import EDITABLE
from invoices.forms.fields import Catalogue
from invoices.forms.invoice import HeadForm, initial_of
from invoices.forms.lines import LineForm, line_drafts, line_formset
from invoices.models import Invoice, InvoiceLine
from invoices.queries.checks import Finding, findings_of, findings_of_typed
from invoices.views.common import go_to, invoice_or_404, today, try_to, url_of

TEMPLATE = "invoices/editor.html"


@dataclass(slots=True)
class Page:
    """The editor's two forms and what they are about."""

    invoice: Invoice | None
    head: HeadForm
    lines: Any
    catalogue: Catalogue
    context: dict[str, Any] = field(default_factory=dict)

    def is_valid(self) -> bool:
        """Check both forms, so that everything wrong is marked at once."""
        return all([self.head.is_valid(), self.lines.is_valid()])


def _page(request: StaffRequest, invoice: Invoice | None, customer: Customer | None = None) -> Page:
    catalogue = Catalogue()
    bound = request.POST if request.method == "POST" else None
    initial = initial_of(invoice) if invoice else {"customer": customer.pk if customer else None}
    rows = _initial_lines(invoice) if invoice else []
    head = HeadForm(bound, initial=initial, tenant=request.tenant)
    currency = invoice.currency if invoice else ""
    if bound is not None and head.is_valid():
        currency = head.cleaned_data["currency"]
    formset = line_formset(LineForm, extra=1 if rows else 3)
    lines = formset(
        bound,
        initial=rows,
        prefix="lines",
        form_kwargs={"catalogue": catalogue, "currency": currency},
    )
    return Page(invoice, head, lines, catalogue)


def _initial_lines(invoice: Invoice) -> list[dict[str, Any]]:
    names = (
        "position", "product", "description", "service_from", "service_to", "quantity", "unit",
        "unit_price",
    )  # fmt: skip
    rows = invoice.lines.select_related("product").order_by("position")
    return [
        {name: getattr(line, name) for name in names}
        | {
            "line_id": line.pk,
            "tax_code": line.tax_code_id,
            "discount_percent": line.discount_percent or None,
        }
        for line in rows
    ]


def _taxes(page: Page, totals: Any) -> list[Any]:
    """Return the tax per rate: of what is typed, else of the saved bill."""
    if totals:
        return list(totals.taxes)
    return list(page.invoice.taxes.order_by("-rate", "pk")) if page.invoice else []


def _show(request: StaffRequest, page: Page, *, status: int = 200) -> HttpResponse:
    """Show the editor with the totals and checks of what is in it."""
    if page.head.is_bound:
        totals, findings = _worked_out(request, page)
    elif page.invoice:
        totals, findings = None, findings_of(page.invoice, day=today(request))
    else:
        totals, findings = None, []
    context = {
        "invoice": page.invoice,
        "head": page.head,
        "lines": page.lines,
        "catalogue": page.catalogue,
        "totals": totals or page.invoice,
        "taxes": _taxes(page, totals),
        "currency": _currency(page),
        "findings": findings,
        "line_amounts": _line_amounts(page, totals),
        **page.context,
    }
    return render(request, TEMPLATE, context, status=status)


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_new(request: StaffRequest) -> HttpResponse:
    """Write a new bill; ``?customer=`` chooses whose."""
    asked = request.GET.get("customer", "")
    known = asked.isascii() and asked.isdigit() and len(asked) <= 18  # noqa: PLR2004 - a bigint
    customer = Customer.objects.filter(pk=int(asked)).first() if known else None
    page = _page(request, None, customer)
    if request.method != "POST":
        return _show(request, page)
    return _save(request, page)


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_edit(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Change a draft."""
    invoice = invoice_or_404(pk)
    if invoice.state not in EDITABLE and request.method != "POST":
        messages.error(request, str(operations.WrongState.message))
        return redirect(url_of(request, "invoices:detail", pk))
    page = _page(request, invoice)
    if request.method != "POST":
        return _show(request, page)
    return _save(request, page)


def _save(request: StaffRequest, page: Page) -> HttpResponse:
    """Save what was typed; whatever is refused, it stays on the page."""
    if not page.is_valid():
        return _show(request, page, status=UNPROCESSABLE)
    if page.invoice is None and not first_time(request):
        return redirect(earlier_result(request, url_of(request, "invoices:list")))
    at = timezone.now()
    try:
        invoice = operations.save_draft(
            invoice=page.invoice,
            head=page.head.draft(),
            lines=line_drafts(page.lines.used()),
            version=page.head.cleaned_data["version"] if page.invoice else None,
            at=at,
            actor=request.user,
        )
    except operations.EditedMeanwhile as meanwhile:
        return _conflict(request, page, meanwhile.current)
    except operations.InvoiceRefusal as refused:
        page.head.add_error(None, str(refused.message))
    except DiscountExceedsLines:
        page.head.add_error("discount_amount", _("The discount is more than the lines."))
    except AmountTooLarge:
        page.head.add_error(None, _("An amount is too large."))
    else:
        return _after_save(request, invoice)
    return _show(request, page, status=UNPROCESSABLE)


def _after_save(request: StaffRequest, invoice: Invoice) -> HttpResponse:
    """Submit if that was asked for; the draft is saved either way."""
    edit = url_of(request, "invoices:edit", invoice.pk)
    remember_result(request, edit)
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
    messages.success(request, _("Submitted for review."))
    return redirect(url_of(request, "invoices:detail", invoice.pk))


def _conflict(request: StaffRequest, page: Page, current: Invoice) -> HttpResponse:
    """Show what somebody else saved beside what was typed; nothing typed is lost."""
    last = (
        AuditEntry.objects.filter(subject=f"{current._meta.label_lower}:{current.pk}")
        .select_related("actor")
        .order_by("-pk")
        .first()
    )
    typed = page.head.draft()
    names = ("currency", "po_number", "reference", "note", "internal_note", "discount_amount")
    page.context = {
        "conflict": current,
        "conflict_by": last.actor if last else None,
        "conflict_at": last.happened_at if last else None,
        "conflict_fields": [
            (
                getattr(Invoice._meta.get_field(name), "verbose_name", name),
                getattr(current, name),
                value,
            )
            for name in names
            if getattr(current, name) != (value := getattr(typed, name))
        ],
        "conflict_lines": list(current.lines.order_by("position")),
    }
    # Saving again is then a decision: this version replaces theirs.
    page.head.data = {**page.head.data.dict(), "version": str(current.version)}  # type: ignore[attr-defined]
    return _show(request, page, status=UNPROCESSABLE)


@staff_view(permission="invoices.edit")
@require_POST
def invoice_totals(request: StaffRequest) -> HttpResponse:
    """Return the totals and checks of what is typed, saving nothing."""
    asked = request.GET.get("invoice", "")
    invoice = invoice_or_404(int(asked)) if asked.isascii() and asked.isdigit() else None
    page = _page(request, invoice)
    totals, findings = _worked_out(request, page)
    context = {
        "totals": totals,
        "taxes": _taxes(page, totals),
        "currency": _currency(page),
        "findings": findings,
        "line_amounts": _line_amounts(page, totals),
        "is_fragment": True,
    }
    return render(request, "invoices/parts/totals.html", context)


def _worked_out(request: StaffRequest, page: Page) -> tuple[Totals | None, list[Finding]]:
    """Return what the typed rows come to and what the checks say; None while they make no sense."""
    if not page.is_valid():
        return None, []
    drafts, head = line_drafts(page.lines.used()), page.head.draft()
    tax_mode = page.invoice.tax_mode if page.invoice else request.tenant.tax_mode
    try:
        totals = operations.totals_for(head, drafts, tax_mode=tax_mode)
    except (DiscountExceedsLines, AmountTooLarge, operations.LineWithoutTax):
        return None, []
    typed = Invoice(
        pk=page.invoice.pk if page.invoice else None,
        tax_mode=tax_mode,
        source=page.invoice.source if page.invoice else Invoice._meta.get_field("source").default,
        customer_id=head.customer_id,
        currency=head.currency,
        terms_id=head.terms_id,
        po_number=head.po_number,
        lines_amount=totals.lines_amount,
        discount_amount=totals.discount_amount,
        net_amount=totals.net_amount,
        tax_amount=totals.tax_amount,
        total_amount=totals.total_amount,
    )
    rows = [
        InvoiceLine(
            position=position,
            product_id=draft.product_id,
            description=draft.description,
            service_from=draft.service_from,
            service_to=draft.service_to,
            quantity=draft.quantity,
            unit_price=draft.unit_price,
            discount_percent=draft.discount_percent,
            tax_code_id=draft.tax_code_id,
            tax_category=row["tax_code"].category,
            tax_rate=row["tax_code"].rate,
            net_amount=result.net_amount,
            tax_amount=result.tax_amount,
        )
        for position, (draft, row, result) in enumerate(
            zip(drafts, page.lines.used(), totals.lines, strict=True), start=1
        )
    ]
    return totals, findings_of_typed(typed, rows, day=today(request))


def _line_amounts(page: Page, totals: Totals | None) -> dict[str, Any]:
    """Return each used row's net amount by its form's prefix, for the grid's last column."""
    if totals is None:
        rows = page.invoice.lines.order_by("position") if page.invoice else []
        return {f"lines-{index}": line.net_amount for index, line in enumerate(rows)}
    used = sorted(
        (form.cleaned_data.get("position") or 10_000, index)
        for index, form in enumerate(page.lines.forms)
        if form.has_changed() and not form.cleaned_data.get("DELETE")
    )
    return {
        f"lines-{index}": result.net_amount
        for (_position, index), result in zip(used, totals.lines, strict=True)
    }


def _currency(page: Page) -> str:
    cleaned = getattr(page.head, "cleaned_data", {})
    return str(cleaned.get("currency") or (page.invoice.currency if page.invoice else ""))


@staff_view(permission="invoices.edit")
@require_GET
def product_data(request: StaffRequest) -> JsonResponse:
    """Return what a product brings into a line, for the grid's script."""
    product = Catalogue().product(request.GET.get("code", "")[:32].replace("\x00", ""))
    if product is None:
        raise Http404
    field = LineForm.base_fields["unit_price"]
    return JsonResponse(
        {
            "description": product.description or product.name,
            "unit": product.unit,
            "unit_price": field.prepare_value(product.unit_price),
            "currency": product.currency,
            "tax_code": str(product.tax_code_id),
        }
    )


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
