"""Filters of the lists of billing."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.currencies import currency_choices
from core.forms import DayField
from core.lists import AmountRangeFilter, DayRangeFilter, HouseFilterSet
from core.search.keys import plain
from invoices.enums import Frequency, InvoiceSource, ScheduleState
from invoices.models import Charge, Invoice, Product, Schedule
from invoices.queries.lists import View, in_view, search
from invoices.queries.schedules import schedules_billed_on

VIEW_LABELS = {
    View.DRAFTS: pgettext_lazy("invoices", "Drafts"),
    View.IN_REVIEW: pgettext_lazy("invoices", "In review"),
    View.RETURNED: pgettext_lazy("invoices", "Returned"),
    View.APPROVED: pgettext_lazy("invoices", "Approved"),
    View.UNSENT: pgettext_lazy("invoices", "Unsent"),
    View.AWAITING: pgettext_lazy("invoices", "Awaiting payment"),
    View.OVERDUE: pgettext_lazy("invoices", "Overdue"),
    View.PAID: pgettext_lazy("invoices", "Paid"),
    View.VOID: pgettext_lazy("invoices", "Void"),
}


class DayFilter(django_filters.Filter):
    """One day."""

    field_class = DayField


class InvoiceFilter(HouseFilterSet):
    """Bills by tab, customer, days, amounts."""

    view = django_filters.ChoiceFilter(
        label=_("Show"), choices=list(VIEW_LABELS.items()), method="limit_to_view"
    )
    customer = django_filters.NumberFilter(label=_("Customer number"), method="of_customer")
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices())
    source = django_filters.ChoiceFilter(label=_("Source"), choices=InvoiceSource.choices)
    issued = DayRangeFilter(label=pgettext_lazy("day", "Issued"), field_name="issue_date")
    due = DayRangeFilter(label=_("Due"), field_name="due_date")
    total = AmountRangeFilter(label=_("Total"), field_name="total_amount")

    class Meta(HouseFilterSet.Meta):
        model = Invoice
        fields: list[str] = []

    def search(self, queryset: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        """Find number, customer, purchase order or reference; ``#7`` is the draft of that id."""
        if value.startswith("#") and value[1:].isascii() and value[1:].isdigit():
            return queryset.filter(pk=int(value[1:19]))
        return search(queryset, value)

    def limit_to_view(
        self, queryset: QuerySet[Invoice], name: str, value: str
    ) -> QuerySet[Invoice]:
        """Limit to a tab, on the tenant's day."""
        return in_view(queryset, value, day=self.request.day)

    def of_customer(self, queryset: QuerySet[Invoice], name: str, value: Any) -> QuerySet[Invoice]:
        """Limit to one customer, by its id; the customer's page links here."""
        return queryset.filter(customer=int(value) if abs(value) < 10**18 else 0)


class ProductFilter(HouseFilterSet):
    """Products by use and currency."""

    is_active = django_filters.BooleanFilter(label=_("In use"))
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices())

    class Meta(HouseFilterSet.Meta):
        model = Product
        fields: list[str] = []

    def search(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Find code or name, by pinyin and initials, too."""
        return queryset.filter(
            Q(code__icontains=value)
            | Q(name__icontains=value)
            | Q(search_key__contains=plain(value))
        )


class ChargeFilter(HouseFilterSet):
    """Charges by what became of them."""

    waiting = django_filters.BooleanFilter(
        label=_("Waiting to be billed"), field_name="line", lookup_expr="isnull"
    )
    customer = django_filters.NumberFilter(label=_("Customer number"), method="of_customer")
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices())
    service_date = DayRangeFilter(label=_("Service date"))

    class Meta(HouseFilterSet.Meta):
        model = Charge
        fields: list[str] = []

    def search(self, queryset: QuerySet[Charge], name: str, value: str) -> QuerySet[Charge]:
        """Find description or customer."""
        return queryset.filter(
            Q(description__icontains=value)
            | Q(customer__name__icontains=value)
            | Q(customer__code__istartswith=value)
        )

    def of_customer(self, queryset: QuerySet[Charge], name: str, value: Any) -> QuerySet[Charge]:
        """Limit to one customer, by its id."""
        return queryset.filter(customer=int(value) if abs(value) < 10**18 else 0)


class ScheduleFilter(HouseFilterSet):
    """Schedules by state and rhythm."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=ScheduleState.choices)
    frequency = django_filters.ChoiceFilter(label=_("Frequency"), choices=Frequency.choices)
    next_bill = DayFilter(label=_("Next bill on"), method="billed_next_on")

    class Meta(HouseFilterSet.Meta):
        model = Schedule
        fields: list[str] = []

    def search(self, queryset: QuerySet[Schedule], name: str, value: str) -> QuerySet[Schedule]:
        """Find name or customer."""
        return queryset.filter(
            Q(name__icontains=value)
            | Q(customer__name__icontains=value)
            | Q(customer__code__istartswith=value)
        )

    def billed_next_on(
        self, queryset: QuerySet[Schedule], name: str, value: date
    ) -> QuerySet[Schedule]:
        """Limit to those whose next bill is made on the day; the home page links here."""
        return queryset.filter(pk__in=schedules_billed_on(value))
