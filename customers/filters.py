"""Filters of the customer list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.currencies import currency_choices
from core.lists import HouseFilterSet
from customers import queries
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.owners import NOBODY, owner_choices


class CustomerFilter(HouseFilterSet):
    """What narrows the customer list (``customers.queries.for_list``)."""

    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=CustomerStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices)
    owner = django_filters.ChoiceFilter(
        label=pgettext_lazy("customer", "Owner"), choices=owner_choices, method="narrow_owner"
    )
    overdue = django_filters.BooleanFilter(
        label=_("Overdue only"), method="narrow", widget=forms.CheckboxInput
    )
    over_limit = django_filters.BooleanFilter(
        label=_("Over credit limit"), method="narrow", widget=forms.CheckboxInput
    )
    no_email = django_filters.BooleanFilter(
        label=_("No e-mail for invoices"), method="narrow", widget=forms.CheckboxInput
    )
    bounced = django_filters.BooleanFilter(
        label=_("Mail bounced"), method="narrow", widget=forms.CheckboxInput
    )

    class Meta:
        model = Customer
        fields = ("status", "currency")

    def search(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queries.search(queryset, value)

    def narrow_owner(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Limit to the customers of one person, or of nobody."""
        if value == NOBODY:
            return queryset.filter(owner__isnull=True)
        return queryset.filter(owner=value)

    def narrow(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Apply a filter that is either set or not."""
        return _NARROW[name](queryset) if value else queryset


_NARROW: dict[str, Callable[[QuerySet[Any]], QuerySet[Any]]] = {
    "overdue": lambda customers: customers.filter(is_overdue=True),
    "over_limit": queries.over_limit,
    "no_email": queries.without_billing_email,
    "bounced": queries.with_bounced_contact,
}
