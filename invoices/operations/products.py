"""Products: written and put out of use; bills keep what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit
from core.models import User
from invoices.models import Product

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
    fresh.save(update_fields=None if is_new else FIELDS)
    audit.record(
        event="product.created" if is_new else "product.saved",
        subject=fresh,
        actor=actor,
        at=at,
        changes={} if is_new else audit.differences(before, values, FIELDS),
    )
    return fresh


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


def _locked(product: Product) -> Product:
    return Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
