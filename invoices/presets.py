"""The tax codes a new company starts with, by country."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.models import Tenant
from invoices.enums import TaxCategory
from invoices.models import TaxCode


def lay_down_tax_codes(tenant: Tenant, at: datetime) -> None:
    """Add the country's tax codes, named in the active language; the first is the default."""
    makers = {"CN": _china, "DE": _germany, "GB": _united_kingdom, "US": _united_states}
    codes = makers.get(tenant.country, _anywhere)()
    codes[0].is_default = True
    TaxCode.objects.bulk_create(codes)


def _china() -> list[TaxCode]:
    return [
        *(_rated(rate) for rate in ("13", "9", "6", "3", "1")),
        _unrated(_vat("0"), TaxCategory.ZERO),
        _unrated(_("VAT exempt"), TaxCategory.EXEMPT, _("Exempt from VAT")),
    ]


def _germany() -> list[TaxCode]:
    return [
        *(_rated(rate) for rate in ("19", "7")),
        _unrated(_vat("0"), TaxCategory.ZERO),
        _unrated(
            _("Reverse charge"),
            TaxCategory.REVERSE,
            _("Reverse charge: the recipient owes the VAT."),
        ),
    ]


def _united_kingdom() -> list[TaxCode]:
    return [
        *(_rated(rate) for rate in ("20", "5")),
        _unrated(_vat("0"), TaxCategory.ZERO),
        _unrated(_("VAT exempt"), TaxCategory.EXEMPT, _("Exempt from VAT")),
    ]


def _united_states() -> list[TaxCode]:
    return [_unrated(_("No tax"), TaxCategory.NONE, _("Not subject to tax"))]


def _anywhere() -> list[TaxCode]:
    """Without a preset no rate is known: none, and zero; the company adds its standard rate."""
    return [
        _unrated(_("No tax"), TaxCategory.NONE, _("Not subject to tax")),
        _unrated(_("Zero rated"), TaxCategory.ZERO),
    ]


def _vat(percent: str) -> str:
    return _("VAT %(rate)s%%") % {"rate": percent}


def _rated(percent: str) -> TaxCode:
    return TaxCode(name=_vat(percent), category=TaxCategory.STANDARD, rate=Decimal(percent) / 100)


def _unrated(name: str, category: TaxCategory, reason: str = "") -> TaxCode:
    return TaxCode(name=name, category=category, rate=Decimal(0), exemption_reason=reason)
