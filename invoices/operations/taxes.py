"""Tax codes of the company."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import Tenant, User
from core.tenancy import active_tenant_id
from core.usage import is_used
from invoices.enums import TaxCategory
from invoices.models import TaxCode


class TaxCodeRefused(Exception):
    """The tax code cannot stand so; ``field`` and ``message`` say why."""

    field: str | None = None
    message: str | Promise = ""


class TaxNameTaken(TaxCodeRefused):
    field = "name"
    message = _("There is a tax code of this name already.")


class TaxCodeInUse(TaxCodeRefused):
    field = "rate"
    message = _(
        "A product or an invoice has this code, so its rate and category stay. Add a new code "
        "instead, and take this one out of use."
    )


class RateWithoutStandard(TaxCodeRefused):
    field = "rate"
    message = _("Only the standard category has a rate; the others have 0.")


class DefaultTaxNotInUse(TaxCodeRefused):
    field = "is_default"
    message = _("The default must be in use.")


@transaction.atomic
def save_tax_code(
    *,
    code: TaxCode | None,
    name: str,
    category: str,
    rate: Decimal,
    exemption_reason: str,
    is_default: bool,
    is_active: bool,
    at: datetime,
    actor: User | None,
) -> TaxCode:
    """
    Add a tax code, or change one; ``rate`` 0.13 is 13 %. What is used keeps rate and category.

    :raises TaxCodeRefused: a subclass for each reason
    """
    if rate and category != TaxCategory.STANDARD:
        raise RateWithoutStandard
    if is_default and not is_active:
        raise DefaultTaxNotInUse
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    is_new = code is None
    code = TaxCode() if code is None else TaxCode.objects.get(pk=code.pk)
    values = {
        "name": name.strip(),
        "category": category,
        "rate": rate,
        "exemption_reason": exemption_reason.strip(),
        "is_default": is_default,
        "is_active": is_active,
    }
    changes = {} if is_new else _changes(code, values)
    if not changes and not is_new:
        return code
    if is_default:
        TaxCode.objects.filter(is_default=True).exclude(pk=code.pk).update(is_default=False)
    for field, value in values.items():
        setattr(code, field, value)
    _save_named(code)
    audit.record(
        event="tax_code.added" if is_new else "tax_code.changed",
        subject=code,
        actor=actor,
        at=at,
        changes=values if is_new else changes,
    )
    return code


def _changes(code: TaxCode, values: dict[str, Any]) -> dict[str, list[str]]:
    """Return what changes; the same rate written with other zeros does not."""
    moves_tax = code.rate != values["rate"] or code.category != values["category"]
    if moves_tax and is_used(code):
        raise TaxCodeInUse
    names = [name for name in values if name != "rate" or code.rate != values["rate"]]
    return audit.differences(code, values, names)


def _save_named(code: TaxCode) -> None:
    try:
        with transaction.atomic():
            code.save()
    except IntegrityError:
        raise TaxNameTaken from None
