"""Products: list, new, edit, in and out of use."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.audit import subject_of
from core.import_offer import import_action
from core.lists import Action, EmptyState, ListSpec, list_view
from core.models import AuditEntry
from core.once import first_time
from core.seen import Seen, hold, refused
from core.undo import say_done
from core.views import StaffRequest, staff_view
from invoices import operations
from invoices.filters import ProductFilter
from invoices.forms.catalogue import ProductForm
from invoices.models import Product
from invoices.operations.products import FIELDS
from invoices.tables import ProductTable
from invoices.views.common import url_of


@list_view(
    "products", permission="invoices.view", label=gettext_lazy("Products"), page="invoices:products"
)
def product_list(request: StaffRequest) -> ListSpec:
    """Show the products."""
    url = url_of(request, "invoices:product_new")
    new = Action(gettext_lazy("New product"), url, "plus", "invoices.edit")
    actions = (new, import_action(request, "products"))
    return ListSpec(
        title=gettext_lazy("Products"),
        queryset=Product.objects.select_related("tax_code"),
        table=ProductTable,
        filterset=ProductFilter,
        orderings={
            "code": ("code", "pk"),
            "name": ("name", "pk"),
            "unit_price": ("unit_price", "pk"),
        },
        default_ordering="name",
        export_name="products",
        empty=EmptyState(
            title=gettext_lazy("No products yet"),
            text=gettext_lazy(
                "A product fills in text, unit, price and tax of a line when its code is chosen."
            ),
            icon="package",
            actions=actions,
        ),
        actions=actions,
        phone=("code", "name", "unit_price", "currency"),
    )


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def product_new(request: StaffRequest) -> HttpResponse:
    """Add a product."""
    return _edit(request, None)


@staff_view(permission="invoices.view")
@require_http_methods(["GET", "HEAD", "POST"])
def product(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Show a product; change it, where the role allows."""
    found = get_object_or_404(hold(request, Product.objects.all()), pk=pk)
    if request.method == "POST" and not request.membership.allows("invoices.edit"):
        return render(request, "403.html", status=403)
    return _edit(request, found)


def _edit(request: StaffRequest, found: Product | None) -> HttpResponse:
    at = timezone.now()
    initial = {name: getattr(found, name) for name in FIELDS} if found else {}
    if found:
        initial["tax_code"] = found.tax_code_id
    else:
        initial["currency"] = request.tenant.currency
    form = ProductForm(
        request.POST if request.method == "POST" else None, initial=initial, product=found
    )
    seen = Seen(request, form, found, at=at) if found else None
    context = {"form": form, "seen": seen, "product": found, "history": _history(found)}
    if request.method != "POST":
        return render(request, "invoices/product.html", context)
    if not form.is_valid() or (seen and not seen.is_current()):
        return refused(request, "invoices/product.html", context)
    if found is not None or first_time(request):
        operations.save_product(product=found, values=form.values(), at=at, actor=request.user)
        messages.success(request, _("Product saved."))
    return redirect(url_of(request, "invoices:products"))


@staff_view(permission="invoices.edit")
@require_POST
def product_switch(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Put a product out of use, or back."""
    found = get_object_or_404(Product.objects.all(), pk=pk)
    operations.set_product_active(
        product=found,
        is_active=request.POST.get("active") == "1",
        at=timezone.now(),
        actor=request.user,
    )
    is_active = request.POST.get("active") == "1"
    here = url_of(request, "invoices:product_switch", pk)
    before = {"active": "0" if is_active else "1"}
    say_done(request, _("Product saved."), undo=here, fields=before)
    return redirect(url_of(request, "invoices:product", pk))


def _history(found: Product | None) -> list[AuditEntry]:
    if found is None:
        return []
    rows = AuditEntry.objects.filter(subject=subject_of(found)).select_related("actor")
    return list(rows.order_by("-pk")[:50])
