"""Filters of the list of receipts."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.currencies import currency_choices
from core.lists import AmountRangeFilter, DayRangeFilter, HouseFilterSet
from core.urls_in import page_url
from customers.enums import PaymentMethod
from customers.models import Customer
from payments import queries
from payments.enums import ReceiptState
from payments.models import Receipt
from payments.queries import customer_choices, read_id


class _CustomerField(forms.ChoiceField):
    """A customer's id; the list holds some, the server finds the others."""

    widget = forms.Select(attrs={"data-typeahead": ""})

    def valid_value(self, value: Any) -> bool:
        return read_id(value) is not None


class CustomerChoiceFilter(django_filters.Filter):
    """One customer, by its id."""

    field_class = _CustomerField

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset.filter(customer=int(value)) if value else queryset


class ReceiptFilter(HouseFilterSet):
    """What narrows the list of receipts (``payments.queries.for_list``)."""

    customer = CustomerChoiceFilter(label=_("Customer"))
    received = DayRangeFilter(label=_("Received"), field_name="received_on")
    amount = AmountRangeFilter(label=_("Amount"))
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices)
    method = django_filters.ChoiceFilter(label=_("Method"), choices=PaymentMethod.choices)
    unused = django_filters.BooleanFilter(
        label=_("Unused only"), method="with_unused_money", widget=forms.CheckboxInput
    )
    reversed = django_filters.BooleanFilter(
        label=_("Reversed only"), method="taken_back", widget=forms.CheckboxInput
    )

    class Meta(HouseFilterSet.Meta):
        model = Receipt
        fields: list[str] = []

    @property
    def form(self) -> forms.Form:
        form: forms.Form = super().form
        field: Any = form.fields["customer"]
        if not field.choices:
            pk = read_id(self.data.get("customer"))
            chosen = None if pk is None else Customer.objects.filter(pk=pk).first()
            field.choices = customer_choices(chosen)
            field.widget.attrs["data-url"] = page_url(self.request.tenant, "customers:search")
        return form

    def search(self, queryset: QuerySet[Receipt], _name: str, value: str) -> QuerySet[Receipt]:
        return queries.search(queryset, value)

    def with_unused_money(
        self, queryset: QuerySet[Receipt], _name: str, value: Any
    ) -> QuerySet[Receipt]:
        """Limit to receipts of which something is left."""
        return queries.with_unused_money(queryset) if value else queryset

    def taken_back(self, queryset: QuerySet[Receipt], _name: str, value: Any) -> QuerySet[Receipt]:
        """Limit to reversed receipts."""
        return queryset.filter(state=ReceiptState.REVERSED) if value else queryset
