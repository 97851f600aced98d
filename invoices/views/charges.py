"""Charges: what waits to be billed, per customer and currency; writing them; billing them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.http import unprocessable
from core.import_offer import import_action
from core.lists import Action, EmptyState, ListSpec, list_view
from core.once import earlier_result, first_time, remember_result
from core.views import StaffRequest, staff_view
from customers.models import Customer
from invoices import operations
from invoices.filters import ChargeFilter
from invoices.forms.catalogue import BillChargesForm, ChargeForm
from invoices.models import Charge
from invoices.queries.charges import for_list, unbilled
from invoices.tables import ChargeTable
from invoices.views.common import today, try_to, url_of

NAMES = (
    "product", "description", "service_date", "quantity", "unit", "unit_price", "currency",
)  # fmt: skip

WAITING_SHOWN = 10


@list_view(
    "charges", permission="invoices.view", label=gettext_lazy("Charges"), page="invoices:charges"
)
def charge_list(request: StaffRequest) -> ListSpec:
    """Show the charges, and above them what waits per customer."""
    url = url_of(request, "invoices:charge_new")
    new = Action(gettext_lazy("New charge"), url, "plus", "invoices.edit")
    actions = (new, import_action(request, "charges"))
    return ListSpec(
        title=gettext_lazy("Charges"),
        queryset=for_list(),
        table=ChargeTable,
        filterset=ChargeFilter,
        orderings={
            "description": ("description", "pk"),
            "customer": ("customer__name", "pk"),
            "service_date": ("service_date", "pk"),
            "newest": ("pk",),
        },
        default_ordering="-newest",
        sums={"amount": gettext_lazy("Amount")},
        export_name="charges",
        template="invoices/charges.html",
        empty=EmptyState(
            title=gettext_lazy("No charges yet"),
            text=gettext_lazy(
                "A charge is something delivered or used. It waits here until it is billed, once."
            ),
            icon="list-details",
            actions=actions,
        ),
        actions=actions,
        context=_waiting(request),
        today=today(request),
        phone=("description", "customer", "amount", "invoice"),
    )


def _waiting(request: StaffRequest) -> dict[str, Any]:
    """Return what waits per customer: the oldest, and if there is more."""
    waiting = unbilled(most=WAITING_SHOWN + 1)
    return {
        "unbilled": waiting[:WAITING_SHOWN],
        "has_more_unbilled": len(waiting) > WAITING_SHOWN,
        "waiting_shown": WAITING_SHOWN,
        "day": today(request),
    }


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def charge_new(request: StaffRequest) -> HttpResponse:
    """Write a charge; ``?customer=`` chooses whose."""
    return _edit(request, None)


@staff_view(permission="invoices.view")
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Show a charge; change it while nobody has billed it, where the role allows."""
    found = get_object_or_404(Charge.objects.select_related("product", "line__invoice"), pk=pk)
    if request.method == "POST" and not request.membership.allows("invoices.edit"):
        return render(request, "403.html", status=403)
    return _edit(request, found)


def _edit(request: StaffRequest, found: Charge | None) -> HttpResponse:
    if found:
        initial = {name: getattr(found, name) for name in NAMES}
        initial |= {"customer": found.customer_id, "tax_code": found.tax_code_id}
    else:
        initial = {"service_date": today(request), "customer": request.GET.get("customer", "")[:18]}
    form = ChargeForm(
        request.POST if request.method == "POST" else None, initial=initial, tenant=request.tenant
    )
    context = {"form": form, "charge": found, "catalogue": form.catalogue}
    if request.method != "POST":
        return render(request, "invoices/charge.html", context)
    if not form.is_valid():
        return unprocessable(request, "invoices/charge.html", context)
    if found is None and not first_time(request):
        return redirect(url_of(request, "invoices:charges"))
    try:
        operations.save_charge(
            charge=found, draft=form.draft(), at=timezone.now(), actor=request.user
        )
    except operations.InvoiceRefusal as refused:
        form.add_error(None, str(refused.message))
        return unprocessable(request, "invoices/charge.html", context)
    messages.success(request, _("Charge saved."))
    return redirect(url_of(request, "invoices:charges"))


@staff_view(permission="invoices.edit")
@require_POST
def charge_delete(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Delete a charge that nobody has billed."""
    found = get_object_or_404(Charge.objects.all(), pk=pk)
    try_to(
        request,
        lambda at: operations.delete_charge(charge=found, at=at, actor=request.user),
        done=_("Charge deleted."),
    )
    return redirect(url_of(request, "invoices:charges"))


@staff_view(permission="invoices.edit")
@require_POST
def charges_bill(request: StaffRequest) -> HttpResponse:
    """Take a customer's waiting charges up to a day into one draft."""
    form = BillChargesForm(request.POST)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(sentences))
        return redirect(url_of(request, "invoices:charges"))
    values = form.cleaned_data
    if abs(values["customer"]) >= 10**18:
        values["customer"] = 0
    customer = get_object_or_404(Customer.objects.all(), pk=values["customer"])
    if not first_time(request):
        return redirect(earlier_result(request, url_of(request, "invoices:charges")))
    invoice = try_to(
        request,
        lambda at: operations.bill_charges(
            customer=customer,
            currency=values["currency"],
            up_to=values["up_to"],
            at=at,
            actor=request.user,
        ),
        done=_("The charges are lines of this draft now."),
    )
    if invoice is None:
        return redirect(url_of(request, "invoices:charges"))
    url = url_of(request, "invoices:edit", invoice.pk)
    remember_result(request, url)
    return redirect(url)
