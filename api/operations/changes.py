"""Changing part of something: what is not given stays as it is under the lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from api.operations.drafts import filled, require_in_use
from api.problems import at_field
from core.models import User
from customers import operations as customers
from customers.models import Contact, Customer
from customers.operations import ContactDraft
from invoices import operations as invoices
from invoices.models import Charge, Product, TaxCode
from invoices.operations import ChargeDraft

CONTACT = ("name", "email", "phone", "roles", "is_active")


@transaction.atomic
def write_contacts(
    *,
    customer: Customer,
    version: int | None,
    change: Callable[[list[ContactDraft]], list[ContactDraft]],
    at: datetime,
    actor: User,
) -> Customer:
    """
    Make the customer's contacts what ``change`` makes of the present ones.

    :raises EditedMeanwhile: if the version is not the present one
    :raises CustomerRefused: by the name of what is wrong
    """
    customer = customers.lock_account(customer.pk)
    present = [
        ContactDraft(
            id=one.pk,
            name=one.name,
            email=one.email,
            phone=one.phone,
            roles=tuple(one.roles),
            is_active=one.is_active,
        )
        for one in customer.contacts.order_by("pk")
    ]
    return customers.save_contacts(
        customer=customer,
        version=customer.version if version is None else version,
        contacts=change(present),
        at=at,
        actor=actor,
    )


def newest_contact(customer: Customer) -> Contact:
    """Return the contact that was added last."""
    return customer.contacts.order_by("-pk")[0]


@transaction.atomic
def write_product(
    *, product: Product | None, given: Mapping[str, Any], at: datetime, actor: User
) -> Product:
    """
    Write a product, or change what is given of one.

    :raises NotPossible: if another product has the code
    """
    if product is not None:
        product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    code = given.get("code")
    others = Product.objects.exclude(pk=product.pk) if product else Product.objects.all()
    if code is not None and others.filter(code__iexact=code).exists():
        raise at_field("/code", _("Another product has this code."))
    saved = product
    if product is None or set(given) - {"is_active"}:
        saved = invoices.save_product(
            product=product, values=_product_values(product, given), at=at, actor=actor
        )
    assert saved is not None  # noqa: S101 - one that was there, or was just written
    if "is_active" in given:
        saved = invoices.set_product_active(
            product=saved, is_active=given["is_active"], at=at, actor=actor
        )
    return saved


def _product_values(product: Product | None, given: Mapping[str, Any]) -> dict[str, Any]:
    blank = {"description": "", "unit": ""}
    names = ("code", "name", "description", "unit")
    present = {name: getattr(product, name) for name in names} if product else blank
    values = {**present, **{name: given[name] for name in names if name in given}}
    price = given.get("unit_price")
    if product is not None:
        values |= {
            "unit_price": product.unit_price,
            "currency": product.currency,
            "tax_code_id": product.tax_code_id,
        }
    if price is not None:
        values |= {"unit_price": price["amount"], "currency": price["currency"]}
    if "tax_code" in given:
        values["tax_code_id"] = given["tax_code"].pk
    return values


@transaction.atomic
def write_charge(
    *, charge: Charge | None, given: Mapping[str, Any], at: datetime, actor: User
) -> Charge:
    """
    Write a charge that waits to be billed, or change what is given of one.

    :raises NotPossible: if text, price or tax are nowhere
    :raises InvoiceRefusal: as ``invoices.operations.save_charge``
    """
    if charge is not None:
        customers.lock_accounts({charge.customer_id, given.get("customer", charge.customer).pk})
        charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
        given = _present(charge) | dict(given)
    product: Product | None = given.get("product")
    require_in_use(product, charge, "/product")
    require_in_use(given.get("tax_code"), charge, "/tax_code")
    values = filled(given, product)
    day: date = given["service_date"]
    draft = ChargeDraft(
        customer_id=given["customer"].pk,
        product_id=product.pk if product else None,
        service_date=day,
        tax_code_id=_tax_code(given, product),
        **values,
    )
    return invoices.save_charge(
        charge=charge, draft=draft, at=at, actor=actor, external_key=given.get("external_key", "")
    )


def _present(charge: Charge) -> dict[str, Any]:
    return {
        "customer": charge.customer,
        "product": charge.product,
        "description": charge.description,
        "service_date": charge.service_date,
        "quantity": charge.quantity,
        "unit": charge.unit,
        "unit_price": {"amount": charge.unit_price, "currency": charge.currency},
        "tax_code": charge.tax_code,
    }


def _tax_code(given: Mapping[str, Any], product: Product | None) -> int:
    if given.get("tax_code"):
        return int(given["tax_code"].pk)
    if product is not None:
        return product.tax_code_id
    usual = TaxCode.objects.filter(is_default=True, is_active=True).first()
    if usual is None:
        raise at_field("/tax_code", _("Choose a tax code."))
    return usual.pk
