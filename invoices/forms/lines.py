"""The line grid: of bills, and of schedules without service days."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, HouseForm
from core.money import ZERO
from invoices.calculations import AmountTooLarge, worth
from invoices.forms.cells import Cell, put_in_cell
from invoices.forms.discount import Discount, DiscountField
from invoices.forms.fields import (
    Catalogue,
    ProductField,
    fill_from,
    percent_field,
    quantity_field,
)
from invoices.models import Product, TaxCode
from invoices.operations import LineDraft, ScheduleLineDraft

LARGEST_ID = 2**63 - 1
MOST_LINES = 300  # x fields per line stays below DATA_UPLOAD_MAX_NUMBER_FIELDS
MOST_ROWS = 2 * MOST_LINES  # with those that were removed, of which only that is sent
# What a row may hold without counting as a line: the values a blank row is shown with.
_IDLE = ("position", "quantity", "tax_code")


def in_cells(form: type[LineForm]) -> type[LineForm]:
    """Write the form's fields as cells of the grid."""
    for field in form.base_fields.values():
        put_in_cell(field)
    return form


@in_cells
class LineForm(HouseForm):
    """One row of the grid. What is left blank is filled from the product."""

    bound_field_class = Cell

    line_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    charge = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput
    )
    position = forms.IntegerField(label=_("Position"), required=False, min_value=0)
    product = ProductField()
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    service_from = DayField(label=_("Service from"), required=False)
    service_to = DayField(label=_("Service to"), required=False)
    quantity = quantity_field(_("Quantity"), least_places=0)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=20)
    unit_price = quantity_field(_("Unit price"))
    discount = DiscountField(label=_("Discount"))
    tax_code = forms.ChoiceField(label=_("Tax"), required=False)
    net: Decimal | None = None  # what the line comes to, for the page that shows the form

    def __init__(self, *args: Any, catalogue: Catalogue, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue, self.currency = catalogue, currency
        self.fields["product"].catalogue = catalogue  # type: ignore[attr-defined]
        chosen = self.initial.get("tax_code") or (self.data or {}).get(self.add_prefix("tax_code"))
        self.fields["tax_code"].choices = catalogue.tax_choices(chosen)  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """Tell lines from blank rows: what says nothing is no line, whatever its defaults."""
        return any(
            self.data.get(self.add_prefix(name), "").strip()
            for name in self.fields
            if name not in _IDLE and name != "DELETE"
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        product = values.get("product")
        self._require_in_use("product", product, values)
        if product is not None:
            fill_from(product, values)
            if values.get("unit_price") is None and "unit_price" not in self.errors:
                if product.currency == self.currency:
                    values["unit_price"] = product.unit_price
                else:
                    self.add_error(
                        "unit_price", _("The list price is in another currency. Enter a price.")
                    )
        if values.get("quantity") is None and "quantity" not in self.errors:
            values["quantity"] = Decimal(1)
        if values.get("unit_price") is None and "unit_price" not in self.errors:
            self.add_error("unit_price", _("Enter a price."))
        first, last = values.get("service_from"), values.get("service_to")
        if first and last and last < first:
            self.add_error("service_to", _("Ends before it begins."))
        self._settle_discount(values)
        self._settle_tax(values, product)
        return values

    def _settle_discount(self, values: dict[str, Any]) -> None:
        """Refuse a discount that is more than its line, where quantity and price are known."""
        discount, field = values.get("discount"), self.fields.get("discount")
        if discount is None or not isinstance(field, DiscountField) or not self.currency:
            return
        try:
            field.require_currency(discount, self.currency)
        except ValidationError as error:
            self.add_error("discount", error)
            return
        quantity, price = values.get("quantity"), values.get("unit_price")
        if quantity is None or price is None:
            return
        with suppress(AmountTooLarge):  # the totals say so
            if discount.amount > max(worth(quantity, price, self.currency), ZERO):
                self.add_error("discount", _("The discount is more than the line."))

    def _settle_tax(self, values: dict[str, Any], product: Any) -> None:
        code = self.catalogue.tax_code_for(values.get("tax_code"), product)
        if code is None:
            self.add_error("tax_code", _("Choose a tax code."))
        values["tax_code"] = code
        self._require_in_use("tax_code", code, values)

    def _require_in_use(
        self, name: str, thing: Product | TaxCode | None, values: dict[str, Any]
    ) -> None:
        line, charge = values.get("line_id"), values.get("charge")
        if not self.catalogue.may_name(thing, line=line, charge=charge):
            self.add_error(name, _("This is not in use any more."))


@in_cells
class ScheduleLineForm(LineForm):
    """One row of a schedule: no service days, each period brings its own; discounts in per cent."""

    charge = None  # type: ignore[assignment]
    service_from = None  # type: ignore[assignment]
    service_to = None  # type: ignore[assignment]
    discount = None  # type: ignore[assignment]
    discount_percent = percent_field()
    field_order = ("line_id", "position", "product", "description", "quantity", "unit",
                   "unit_price", "discount_percent", "tax_code")  # fmt: skip


class BaseLineFormSet(BaseFormSet):
    """The rows, in the order of their positions. Their fields are known by name and have no ids."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"auto_id": False})

    def used(self) -> list[dict[str, Any]]:
        """Return the cleaned rows that are lines, in order."""
        rows = [
            (form.cleaned_data.get("position") or 10_000, index, form.cleaned_data)
            for index, form in enumerate(self.forms)
            if form.has_changed() and not form.cleaned_data.get("DELETE")
        ]
        return [values for _position, _index, values in sorted(rows, key=lambda row: row[:2])]

    def clean(self) -> None:
        if len(self.used()) > MOST_LINES:
            raise ValidationError(_("At most %(most)s lines."), params={"most": MOST_LINES})

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            put_in_cell(form.fields["DELETE"])


def line_formset(kind: type[LineForm], extra: int) -> type[BaseLineFormSet]:
    """Return the grid's class with so many blank rows."""
    made = formset_factory(
        kind,
        formset=BaseLineFormSet,
        extra=extra,
        can_delete=True,
        max_num=MOST_LINES,
        absolute_max=MOST_ROWS,
    )
    return cast("type[BaseLineFormSet]", made)


def line_drafts(rows: Sequence[dict[str, Any]]) -> list[LineDraft]:
    """Return the rows as lines of a bill."""
    return [
        LineDraft(
            line_id=row["line_id"],
            product_id=row["product"].pk if row["product"] else None,
            description=row["description"],
            service_from=row["service_from"],
            service_to=row["service_to"],
            quantity=row["quantity"],
            unit=row["unit"],
            unit_price=row["unit_price"],
            discount_percent=(row["discount"] or Discount()).percent,
            discount_amount=(row["discount"] or Discount()).amount,
            tax_code_id=row["tax_code"].pk,
            charge_id=row["charge"],
        )
        for row in rows
    ]


def schedule_line_drafts(rows: Sequence[dict[str, Any]]) -> list[ScheduleLineDraft]:
    """Return the rows as lines of a schedule."""
    return [
        ScheduleLineDraft(
            product_id=row["product"].pk if row["product"] else None,
            description=row["description"],
            quantity=row["quantity"],
            unit=row["unit"],
            unit_price=row["unit_price"],
            discount_percent=row["discount_percent"] or Decimal(0),
            tax_code_id=row["tax_code"].pk,
        )
        for row in rows
    ]
