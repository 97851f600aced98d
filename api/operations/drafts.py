"""From what the API is given to what the operations of billing take; the operations write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from api.problems import NotPossible
from core.models import User
from core.money import ZERO
from customers.operations import lock_account
from invoices import operations
from invoices.models import Charge, Invoice, InvoiceLine, Product, TaxCode
from invoices.operations import HeadDraft, LineDraft

Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def create_invoice(*, given: Mapping[str, Any], at: datetime, actor: User) -> Invoice:
    """
    Write a new draft; what is left out is the customer's.

    :raises NotPossible: naming the field that cannot be
    :raises InvoiceRefusal: as ``invoices.operations.save_draft``
    """
    head = _head(operations.head_for(given["customer"]), given)
    lines = _lines(given.get("lines", ()), head.currency, invoice=None)
    return operations.save_draft(invoice=None, head=head, lines=lines, at=at, actor=actor)


@transaction.atomic
def change_invoice(
    *,
    invoice: Invoice,
    version: int | None,
    given: Mapping[str, Any],
    at: datetime,
    actor: User,
) -> Invoice:
    """
    Change what is given of a draft; ``lines`` replace all there are.

    Under the account lock, so that what is not given stays as it is at that moment.

    :raises NotPossible: naming the field that cannot be
    :raises InvoiceRefusal: as ``invoices.operations.save_draft``
    """
    lock_account(invoice.customer_id)
    invoice = Invoice.objects.get(pk=invoice.pk)
    head = _head(operations.head_as_written(invoice), given)
    if "lines" in given:
        lines = _lines(given["lines"], head.currency, invoice=invoice)
    else:
        lines = operations.lines_as_written(invoice)
    return operations.save_draft(
        invoice=invoice, head=head, lines=lines, at=at, actor=actor, version=version
    )


def _head(present: HeadDraft, given: Mapping[str, Any]) -> HeadDraft:
    names = ("currency", "language", "po_number", "reference", "note", "internal_note")
    changes: dict[str, Any] = {name: given[name] for name in names if name in given}
    if "customer" in given:
        changes["customer_id"] = given["customer"].pk
    if "terms" in given:
        changes["terms_id"] = given["terms"] and given["terms"].pk
    head = replace(present, **changes)
    discount, percent = given.get("discount"), given.get("discount_percent")
    if percent:
        return replace(head, discount_percent=percent)
    if percent is not None and discount is None:
        return replace(head, discount_amount=ZERO, discount_percent=ZERO)
    if discount is None:
        return head
    if discount.currency != head.currency:
        raise _refused("/discount/currency", _("The invoice is in another currency."))
    if discount.amount < 0:
        raise _refused("/discount/amount", _("A discount is not negative."))
    return replace(head, discount_amount=discount.amount, discount_percent=ZERO)


def _lines(rows: Rows, currency: str, *, invoice: Invoice | None) -> list[LineDraft]:
    """Return the lines as drafts; four statements at most, however many there are."""
    products = Product.objects.in_bulk(_named(rows, "product"))
    usual_codes = [product.tax_code_id for product in products.values()]
    codes = TaxCode.objects.in_bulk([*_named(rows, "tax_code"), *usual_codes])
    _require_known(rows, "product", products)
    _require_known(rows, "tax_code", codes)
    charges = Charge.objects.in_bulk(_named(rows, "charge"))
    _require_known(rows, "charge", charges, once=True)
    own = {line.pk: line for line in invoice.lines.all()} if invoice else {}
    _require_known(rows, "id", own, once=True)
    usual = TaxCode.objects.filter(is_default=True, is_active=True).first()
    lines = [
        _line(row, products.get(row.get("product") or 0), usual, currency, f"/lines/{index}")
        for index, row in enumerate(rows)
    ]
    for index, line in enumerate(lines):
        had = own.get(line.line_id or 0) or charges.get(line.charge_id or 0)
        require_in_use(products.get(line.product_id or 0), had, f"/lines/{index}/product")
        require_in_use(codes.get(line.tax_code_id), had, f"/lines/{index}/tax_code")
    return lines


def require_in_use(
    thing: Product | TaxCode | None, had: InvoiceLine | Charge | None, pointer: str
) -> None:
    """
    Refuse a product or tax code that is not in use, unless the line or charge has it already.

    :raises NotPossible: naming the field by its pointer
    """
    if thing is None or thing.is_active:
        return
    before = getattr(had, "product_id" if isinstance(thing, Product) else "tax_code_id", None)
    if before != thing.pk:
        raise _refused(pointer, _("This is not in use any more."))


def _line(
    row: Mapping[str, Any],
    product: Product | None,
    usual: TaxCode | None,
    currency: str,
    pointer: str,
) -> LineDraft:
    values = filled(row, product, pointer)
    if values["currency"] != currency:
        raise _refused(f"{pointer}/unit_price/currency", _("The invoice is in another currency."))
    tax_code_id = row.get("tax_code") or (product.tax_code_id if product else None)
    tax_code_id = tax_code_id or (usual.pk if usual else None)
    if tax_code_id is None:
        raise _refused(f"{pointer}/tax_code", _("Choose a tax code."))
    discount = row.get("discount")
    if discount and discount.currency != currency:
        raise _refused(f"{pointer}/discount/currency", _("The invoice is in another currency."))
    return LineDraft(
        line_id=row.get("id"),
        charge_id=row.get("charge"),
        product_id=product.pk if product else None,
        description=values["description"],
        service_from=row.get("service_from"),
        service_to=row.get("service_to"),
        quantity=values["quantity"],
        unit=values["unit"],
        unit_price=values["unit_price"],
        discount_percent=row.get("discount_percent", ZERO),
        discount_amount=discount.amount if discount else ZERO,
        tax_code_id=tax_code_id,
    )


def filled(row: Mapping[str, Any], product: Product | None, pointer: str = "") -> dict[str, Any]:
    """
    Return text, quantity, unit, price and its currency; what is left out is the product's.

    :raises NotPossible: if text or price are nowhere
    """
    price = row.get("unit_price")
    if price is None and product is not None:
        price = {"amount": product.unit_price, "currency": product.currency}
    if price is None:
        raise _refused(f"{pointer}/unit_price", _("Enter a price."))
    description = row.get("description") or (
        (product.description or product.name) if product else ""
    )
    if not description:
        raise _refused(f"{pointer}/description", _("Say what it is for."))
    return {
        "description": description,
        "quantity": row.get("quantity", Decimal(1)),
        "unit": row.get("unit") or (product.unit if product else ""),
        "unit_price": price["amount"],
        "currency": price["currency"],
    }


def _named(rows: Rows, name: str) -> list[int]:
    return [row[name] for row in rows if row.get(name)]


def _require_known(rows: Rows, name: str, known: Any, *, once: bool = False) -> None:
    """Refuse ids that are not the company's and, ``once``, those that come again."""
    counts = Counter(_named(rows, name))
    for index, row in enumerate(rows):
        pk = row.get(name)
        if pk and (pk not in known):
            raise _refused(f"/lines/{index}/{name}", _("There is nothing with this id."))
        if pk and once and counts[pk] > 1:
            raise _refused(f"/lines/{index}/{name}", _("This comes more than once."))


def _refused(pointer: str, detail: Any) -> NotPossible:
    return NotPossible(errors=[{"pointer": pointer, "detail": str(detail)}])
