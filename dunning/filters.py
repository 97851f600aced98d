"""Filters of what a run decided."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.currencies import currency_choices
from core.lists import HouseFilterSet
from dunning.enums import HoldReason, Outcome
from dunning.models import Decision


class DecisionFilter(HouseFilterSet):
    """By decision, reason and currency; search looks at customer and document."""

    outcome = django_filters.ChoiceFilter(
        label=pgettext_lazy("reminder", "Decision"), choices=Outcome.choices
    )
    held_because = django_filters.ChoiceFilter(label=_("Why"), choices=HoldReason.choices)
    currency = django_filters.ChoiceFilter(label=_("Currency"), choices=currency_choices)

    class Meta(HouseFilterSet.Meta):
        model = Decision
        fields: list[str] = []

    def search(self, queryset: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        """Find a customer by code or name, or a document by number."""
        return queryset.filter(
            Q(customer__name__icontains=value)
            | Q(customer__code__istartswith=value)
            | Q(item__label__icontains=value)
        )
