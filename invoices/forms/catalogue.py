"""Forms of products, charges and schedules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.dates import add_months
from core.forms import DayField, HouseForm
from customers.models import Customer
from invoices.enums import Frequency, ScheduleTiming
from invoices.forms.fields import (
    Catalogue,
    CustomerField,
    ProductField,
    currency_field,
    fill_from,
    quantity_field,
    with_blank,
)
from invoices.models import Product, Schedule
from invoices.operations import ChargeDraft, ScheduleDraft


class ProductForm(HouseForm):
    """A product and its list price, before tax."""

    code = forms.CharField(label=_("Code"), max_length=32)
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("Text for the invoice"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    unit_price = quantity_field(_("Unit price"))
    currency = currency_field()
    tax_code = forms.ChoiceField(label=_("Tax"))

    def __init__(self, *args: Any, product: Product | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product, self.catalogue = product, Catalogue()
        self.fields["unit_price"].required = True
        chosen = product.tax_code_id if product else None
        self.fields["tax_code"].choices = self.catalogue.tax_choices(chosen)  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        others = Product.objects.filter(code__iexact=code)
        if self.product is not None:
            others = others.exclude(pk=self.product.pk)
        if others.exists():
            raise ValidationError(_("Another product has this code."))
        return code

    def values(self) -> dict[str, Any]:
        """Return what ``save_product`` takes."""
        values = dict(self.cleaned_data)
        return values | {"tax_code_id": int(values.pop("tax_code"))}


class ChargeForm(HouseForm):
    """What was delivered or used. What is left blank is filled from the product."""

    customer = CustomerField()
    product = ProductField()
    description = forms.CharField(
        label=_("Description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    service_date = DayField(label=_("Service date"))
    quantity = quantity_field(_("Quantity"))
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    unit_price = quantity_field(_("Unit price"))
    currency = currency_field(required=False)
    tax_code = forms.ChoiceField(label=_("Tax"), required=False)

    def __init__(self, *args: Any, tenant: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = Catalogue()
        chosen = self.data.get("customer") if self.is_bound else self.initial.get("customer")
        self.fields["customer"].fill(tenant, chosen)  # type: ignore[attr-defined]
        self.fields["product"].catalogue = self.catalogue  # type: ignore[attr-defined]
        blank = [("", _("As the product's, or the default"))]
        self.fields["tax_code"].choices = [  # type: ignore[attr-defined]
            *blank,
            *self.catalogue.tax_choices(self.initial.get("tax_code")),
        ]
        if not self.initial.get("currency"):
            field = cast("forms.ChoiceField", self.fields["currency"])
            field.choices = with_blank(field)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        customer, product = values.get("customer"), values.get("product")
        if isinstance(customer, Customer):
            values["currency"] = values.get("currency") or customer.currency
        if product is not None:
            fill_from(product, values)
            if values.get("unit_price") is None and product.currency == values.get("currency"):
                values["unit_price"] = product.unit_price
        self._require(values)
        return values

    def _require(self, values: dict[str, Any]) -> None:
        product = values.get("product")
        if not values.get("description") and "description" not in self.errors:
            self.add_error("description", _("Say what it is for."))
        if values.get("unit_price") is None and "unit_price" not in self.errors:
            self.add_error("unit_price", _("Enter a price."))
        if values.get("quantity") is None and "quantity" not in self.errors:
            values["quantity"] = Decimal(1)
        values["tax_code"] = self.catalogue.tax_code_for(values.get("tax_code"), product)
        if values["tax_code"] is None:
            self.add_error("tax_code", _("Choose a tax code."))

    def draft(self) -> ChargeDraft:
        """Return the cleaned charge."""
        values = self.cleaned_data
        return ChargeDraft(
            customer_id=values["customer"].pk,
            product_id=values["product"].pk if values["product"] else None,
            description=values["description"],
            service_date=values["service_date"],
            quantity=values["quantity"],
            unit=values["unit"],
            unit_price=values["unit_price"],
            currency=values["currency"],
            tax_code_id=values["tax_code"].pk,
        )


class BillChargesForm(HouseForm):
    """Which waiting charges become one draft."""

    customer = forms.IntegerField(widget=forms.HiddenInput)
    currency = forms.CharField(max_length=3, widget=forms.HiddenInput)
    up_to = DayField(label=_("Charges up to"))


class ScheduleForm(HouseForm):
    """An agreement to bill the same lines every period."""

    name = forms.CharField(label=_("Name"), max_length=120)
    customer = CustomerField()
    currency = currency_field(required=False)
    frequency = forms.ChoiceField(label=_("Frequency"), choices=Frequency.choices)
    timing = forms.ChoiceField(label=_("Billed"), choices=ScheduleTiming.choices)
    start_date = DayField(label=_("First period begins"))
    ends_of_month = forms.BooleanField(
        label=_("Periods begin on the last day of the month"), required=False
    )
    end_date = DayField(label=_("No period begins after"), required=False)
    po_number = forms.CharField(label=_("Purchase order"), max_length=60, required=False)
    reference = forms.CharField(label=_("Contract or reference"), max_length=80, required=False)
    submit_drafts = forms.BooleanField(label=_("Submit drafts for review at once"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, tenant: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("customer") if self.is_bound else self.initial.get("customer")
        self.fields["customer"].fill(tenant, chosen)  # type: ignore[attr-defined]
        if not self.initial.get("currency"):
            field = cast("forms.ChoiceField", self.fields["currency"])
            field.choices = with_blank(field)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("start_date"), values.get("end_date")
        if isinstance(values.get("customer"), Customer):
            values["currency"] = values.get("currency") or values["customer"].currency
        if start and end and end < start:
            self.add_error("end_date", _("Ends before it begins."))
        if start and values.get("ends_of_month") and start != add_months(start, 0, 31):
            self.add_error("start_date", _("This is not the last day of its month."))
        return values

    def draft(self) -> ScheduleDraft:
        """Return the cleaned schedule; the anchor is the start's day, or 31 for months' ends."""
        values = self.cleaned_data
        start: date = values["start_date"]
        return ScheduleDraft(
            customer_id=values["customer"].pk,
            name=values["name"],
            frequency=values["frequency"],
            timing=values["timing"],
            start_date=start,
            anchor_day=31 if values["ends_of_month"] else start.day,
            currency=values["currency"],
            end_date=values["end_date"],
            po_number=values["po_number"],
            reference=values["reference"],
            submit_drafts=values["submit_drafts"],
        )


def initial_of_schedule(schedule: Schedule) -> dict[str, Any]:
    """Return a saved schedule as the form shows it."""
    names = (
        "name", "currency", "frequency", "timing", "start_date", "end_date", "po_number",
        "reference", "submit_drafts", "version",
    )  # fmt: skip
    ends = schedule.anchor_day > schedule.start_date.day
    return {name: getattr(schedule, name) for name in names} | {
        "customer": schedule.customer_id,
        "ends_of_month": ends or schedule.anchor_day == 31,  # noqa: PLR2004 - the last day
    }
