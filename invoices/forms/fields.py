"""Fields that bills, charges and schedules share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.currencies import currency_choices
from core.forms import AmountField
from core.models import Tenant
from core.urls_in import page_url
from customers.enums import CustomerStatus
from customers.models import Customer
from invoices.forms.cells import LongSelect
from invoices.models import Charge, Product, TaxCode

SHOWN_CUSTOMERS = 100
SHOWN_PRODUCTS = 100
LARGEST = Decimal(10) ** 12


class CustomerField(forms.CharField):
    """A customer, picked from a list that is searched on the server, or typed as its code.

    Gives the Customer. The list holds the first 100; with more, a code finds the others without
    JavaScript.
    """

    default_error_messages = {
        "unknown": _("No customer has this code."),
        "archived": _("The customer is archived and cannot be billed."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Customer"))
        kwargs.setdefault("widget", LongSelect(attrs={"data-typeahead": ""}))
        super().__init__(max_length=40, **kwargs)

    def fill(self, tenant: Tenant, chosen: Any) -> Customer | None:
        """Put the customers to choose from into the list, the chosen one too, which is returned."""
        rows = Customer.objects.exclude(status=CustomerStatus.ARCHIVED).order_by("name", "pk")
        shown = {str(one.pk): one for one in rows[:SHOWN_CUSTOMERS]}
        key = str(getattr(chosen, "pk", chosen) or "")
        found = shown.get(key) or (_by_key_or_code(key) if key else None)
        if found:
            shown[str(found.pk)] = found
        choices = {pk: f"{one.name} ({one.code})" for pk, one in shown.items()}
        if key and not found:
            choices[key] = key
        self.widget.choices = [("", ""), *choices.items()]
        try:
            self.widget.attrs["data-url"] = page_url(tenant, "customers:search")
        except Exception:  # noqa: BLE001 - a plain list does without
            self.widget.attrs.pop("data-url", None)
        return found

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "pk", value)

    def clean(self, value: Any) -> Customer | None:
        text = super().clean(value)
        if not text:
            return None
        customer = _by_key_or_code(text)
        if customer is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        if customer.status == CustomerStatus.ARCHIVED:
            raise ValidationError(self.error_messages["archived"], code="archived")
        return customer


class ProductField(forms.CharField):
    """A product by its code, with the codes in use offered by a datalist. Gives the Product."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Product"))
        kwargs.setdefault("required", False)
        attributes = {"list": "products", "autocomplete": "off"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(max_length=32, **kwargs)
        self.catalogue: Catalogue | None = None

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "code", value)

    def clean(self, value: Any) -> Product | None:
        text = super().clean(value)
        if not text:
            return None
        product = self.catalogue.product(text) if self.catalogue else None
        if product is None:
            raise ValidationError(_("No product has this code."))
        return product


class Catalogue:
    """What lines may name: tax codes, read once per page, and the products they do name."""

    def __init__(self, codes: Iterable[str] = (), saved: QuerySet[Any] | None = None) -> None:
        """
        Read the products of the codes by one statement; any other one when it is asked for.

        ``saved`` are the lines that are there already: they keep what is out of use by now.
        """
        self.saved = saved
        self.codes = list(TaxCode.objects.order_by("-is_default", "-rate", "name"))
        folded = {code.strip().casefold() for code in codes if code and "\x00" not in code}
        self._known: dict[str, Product | None] = {}
        if folded:
            rows = Product.objects.annotate(folded=Lower("code")).filter(folded__in=folded)
            self._known = {one.code.casefold(): one for one in rows.order_by("is_active", "pk")}

    @property
    def offered(self) -> QuerySet[Product]:
        """The products to choose from in a plain list, for pages without scripts."""
        return Product.objects.filter(is_active=True).order_by("code")[:SHOWN_PRODUCTS]

    @property
    def default_code(self) -> TaxCode | None:
        return next((code for code in self.codes if code.is_default and code.is_active), None)

    def product(self, code: str) -> Product | None:
        """Return the product of the code, also one out of use: an old line keeps it."""
        folded = code.casefold()
        if folded not in self._known:
            self._known[folded] = Product.objects.filter(code__iexact=code).first()
        return self._known[folded]

    def tax_choices(self, chosen: Any = None) -> list[tuple[str, str]]:
        """Return the tax codes in use, and the one a line already has."""
        return [
            (str(code.pk), code.name)
            for code in self.codes
            if code.is_active or str(code.pk) == str(chosen)
        ]

    @cached_property
    def _had(self) -> dict[int, Any]:
        return {} if self.saved is None else {line.pk: line for line in self.saved}

    def may_name(self, thing: Product | TaxCode | None, *, line: Any, charge: Any) -> bool:
        """Test if it is in use, or the saved line of that id, or the charge, has it already."""
        if thing is None or thing.is_active:
            return True
        had = self._had.get(line)
        if had is None and charge:
            had = Charge.objects.filter(pk=charge).first()
        name = "product_id" if isinstance(thing, Product) else "tax_code_id"
        return getattr(had, name, None) == thing.pk

    def tax_code(self, pk: Any) -> TaxCode | None:
        return next((code for code in self.codes if str(code.pk) == str(pk)), None)

    def tax_code_for(self, chosen: Any, product: Product | None) -> TaxCode | None:
        """Return the chosen code, else the product's, else the company's default."""
        code = self.tax_code(chosen)
        if code is None and product is not None:
            code = self.tax_code(product.tax_code_id)
        return code or self.default_code


def fill_from(product: Product, values: dict[str, Any]) -> None:
    """Fill text and unit that were left blank from the product."""
    values["description"] = values.get("description") or product.description or product.name
    values["unit"] = values.get("unit") or product.unit


def with_blank(field: forms.ChoiceField) -> list[Any]:
    """Return the field's choices after one that leaves it to the customer."""
    return [("", _("As the customer's")), *cast("Iterable[Any]", field.choices)]


def currency_field(**kwargs: Any) -> forms.ChoiceField:
    """Return a choice of all currencies, the common ones first."""
    kwargs.setdefault("widget", LongSelect)
    return forms.ChoiceField(label=_("Currency"), choices=currency_choices(), **kwargs)


def quantity_field(label: Any, **kwargs: Any) -> AmountField:
    """Return a field for a quantity or a unit price, up to six places."""
    return AmountField(
        label=label,
        decimal_places=6,
        required=False,
        min_value=-LARGEST,
        max_value=LARGEST,
        reckons=True,
        **kwargs,
    )


def percent_field(**kwargs: Any) -> AmountField:
    """Return a field for a discount in per cent."""
    return AmountField(
        label=_("Discount %"),
        decimal_places=4,
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100),
        **kwargs,
    )


def _by_key_or_code(text: str) -> Customer | None:
    """Return the customer of that id, which the list sends; what is no id of ours is a code."""
    customers = Customer.objects.all()
    found = None
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004
        found = customers.filter(pk=int(text)).first()
    return found or (customers.filter(code__iexact=text).first() if text.isprintable() else None)


__all__ = [
    "Catalogue",
    "CustomerField",
    "ProductField",
    "currency_field",
    "fill_from",
    "percent_field",
    "quantity_field",
    "with_blank",
]
