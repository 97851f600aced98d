"""Products: written, put out of use, removed while unused; bills keep what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from core import audit
from core.models import AuditEntry, User
from core.search.keys import key_of
from invoices.models import Product
from invoices.operations.errors import ProductUsed

FIELDS = ("code", "name", "description", "unit", "unit_price", "currency", "tax_code_id")


@transaction.atomic
def save_product(
    *, product: Product | None, values: Mapping[str, Any], at: datetime, actor: User | None
) -> Product:
    """Write a product; ``values`` has the fields of ``FIELDS``, the price in its currency."""
    is_new = product is None
    fresh = Product() if product is None else _locked(product)
    before = {name: getattr(fresh, name) for name in FIELDS}
    for name in FIELDS:
        setattr(fresh, name, values[name])
    fresh.search_key = _search_key(values)
    fresh.save(update_fields=None if is_new else (*FIELDS, "search_key"))
    audit.record(
        event="product.created" if is_new else "product.saved",
        subject=fresh,
        actor=actor,
        at=at,
        changes={} if is_new else audit.differences(before, values, FIELDS),
    )
    return fresh


@transaction.atomic
def add_products(
    *, rows: Sequence[Mapping[str, Any]], at: datetime, actor: User | None
) -> list[Product]:
    """
    Add many products, each given as for ``save_product``, set-based.

    :raises IntegrityError: if a code is taken
    """
    products = Product.objects.bulk_create(
        [Product(**row, search_key=_search_key(row)) for row in rows]
    )
    AuditEntry.objects.bulk_create(
        [
            audit.entry_for(event="product.created", subject=product, actor=actor, at=at)
            for product in products
        ],
    )
    return products


@transaction.atomic
def remove_product(*, product: Product, at: datetime, actor: User | None) -> None:
    """
    Delete a product as it was added.

    :raises ProductUsed: if a bill, charge or schedule names it, or somebody changed it since
    """
    product = _locked(product)
    if audit.was_changed(product):
        raise ProductUsed
    audit.record(event="product.removed", subject=product, actor=actor, at=at)
    try:
        with transaction.atomic():
            product.delete()
    except (IntegrityError, ProtectedError) as error:
        raise ProductUsed from error


@transaction.atomic
def set_product_active(
    *, product: Product, is_active: bool, at: datetime, actor: User | None
) -> Product:
    """Put a product out of use, or back into it; asking for what is so already changes nothing."""
    product = _locked(product)
    if product.is_active != is_active:
        product.is_active = is_active
        product.save(update_fields=["is_active"])
        event = "product.activated" if is_active else "product.deactivated"
        audit.record(event=event, subject=product, actor=actor, at=at)
    return product


def _search_key(values: Mapping[str, Any]) -> str:
    """Return what a product with these values is found by."""
    return key_of(values["code"], values["name"])


def _locked(product: Product) -> Product:
    return Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
