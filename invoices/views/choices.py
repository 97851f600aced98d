"""What the editor offers while somebody types: customers, products, lines from a spreadsheet."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.http import UNPROCESSABLE
from core.money import trimmed
from core.numbers import number_style, written
from core.presentation import shown_amount
from core.search import Asked
from core.views import StaffRequest, staff_view
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.search import find as find_customers
from invoices.forms.lines import LineForm
from invoices.models import Product
from invoices.paste import TooMuch, read_pasted
from invoices.queries.customer_facts import facts_of
from invoices.search import find_products_in_use
from invoices.views.common import today
from ledger.queries import Balance, balances

SHOWN = 8
MOST_PRODUCTS = 1000  # up to so many are sent at once, and found without asking again
LONGEST_QUERY = 100


@staff_view(permission="invoices.edit")
@require_safe
def product_choices(request: StaffRequest) -> JsonResponse:
    """
    Return products in use with what each brings into a line.

    All of them where there are few (``complete``); else those that fit ``?q=``, the best first.
    """
    text = _query(request)
    products = Product.objects.filter(is_active=True)
    if text:
        ids = [pk for pk, _rank in find_products_in_use(Asked(text))]
        rows = products.in_bulk(ids)
        found = [rows[pk] for pk in ids if pk in rows][:SHOWN]
        return JsonResponse({"complete": False, "products": [_product(one) for one in found]})
    found = list(products.order_by("code")[: MOST_PRODUCTS + 1])
    complete = len(found) <= MOST_PRODUCTS
    shown = found if complete else []
    return JsonResponse({"complete": complete, "products": [_product(one) for one in shown]})


def _product(product: Product) -> dict[str, str]:
    price = LineForm.base_fields["unit_price"].prepare_value(product.unit_price)
    shown = trimmed(product.unit_price, 2)
    return {
        "value": product.code,
        "text": product.code,
        "detail": product.name,
        "note": f"{product.currency} {written(f'{shown:,f}', number_style())}",
        "search": product.search_key,
        "description": product.description or product.name,
        "unit": product.unit,
        "unit_price": str(price),
        "currency": product.currency,
        "tax_code": str(product.tax_code_id),
    }


@staff_view(permission="invoices.edit")
@require_safe
def customer_choices(request: StaffRequest) -> JsonResponse:
    """Return the customers that fit ``?q=``, by name, code, pinyin, initials or tax id."""
    text = _query(request)
    customers = Customer.objects.exclude(status=CustomerStatus.ARCHIVED)
    if text:
        ids = [pk for pk, _rank in find_customers(Asked(text))]
        rows = customers.in_bulk(ids)
        found = [rows[pk] for pk in ids if pk in rows][:SHOWN]
    else:
        found = list(customers.order_by("name", "pk")[:SHOWN])
    open_now = balances(day=today(request), customer_ids=[one.pk for one in found])
    return JsonResponse({"customers": [_customer(one, open_now.get(one.pk, [])) for one in found]})


def _customer(customer: Customer, open_now: list[Balance]) -> dict[str, Any]:
    own = next((one for one in open_now if one.currency == customer.currency), None)
    note = ""
    if own is not None:
        note = f"{own.currency} {shown_amount(own.net, own.currency)}"
    flags = []
    if customer.status == CustomerStatus.ON_HOLD:
        flags.append(_("On hold"))
    if own is not None and own.overdue:
        flags.append(_("Overdue"))
    details = (customer.code, customer.short_name, customer.tax_id)
    return {
        "value": str(customer.pk),
        "text": customer.name,
        "detail": " · ".join(one for one in details if one),
        "note": note,
        "flags": flags,
        "currency": customer.currency,
    }


@staff_view(permission="invoices.edit")
@require_safe
def customer_facts(request: StaffRequest) -> HttpResponse:
    """Show how ``?customer=`` stands: balance, overdue, credit left, hold, charges that wait."""
    asked = request.GET.get("customer", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 18):  # noqa: PLR2004 - a bigint
        return HttpResponse()
    customer = get_object_or_404(Customer.objects.all(), pk=int(asked))
    context = {"customer_facts": facts_of(customer, day=today(request))}
    return render(request, "invoices/parts/customer_facts.html", context)


@staff_view(permission="invoices.edit")
@require_POST
def lines_pasted(request: StaffRequest) -> JsonResponse:
    """Return what was pasted from a spreadsheet as rows of the grid, and what was not found."""
    try:
        rows = read_pasted(request.POST.get("text", ""), first=request.POST.get("column", ""))
    except TooMuch:
        return JsonResponse({"why": _("At most 300 lines can be pasted.")}, status=UNPROCESSABLE)
    said = ngettext("%(count)s line pasted.", "%(count)s lines pasted.", len(rows))
    return JsonResponse(
        {
            "rows": [row.values for row in rows],
            "problems": [row.problems for row in rows],
            "said": said % {"count": len(rows)},
        }
    )


def _query(request: StaffRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
