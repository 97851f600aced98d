"""What narrows the list of messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.dates import instant_of
from core.lists import DayRangeFilter, HouseFilterSet
from messaging.enums import MessageKind, MessageState
from messaging.models import OutboundMessage
from messaging.queries import needs_a_decision


class MessageFilter(HouseFilterSet):
    """State, kind, day; the search looks at name, address and subject."""

    undecided = django_filters.BooleanFilter(
        label=_("Needs a decision"), method="narrow_to_undecided", widget=forms.CheckboxInput
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=MessageState.choices, widget=forms.CheckboxSelectMultiple
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=MessageKind.choices)
    day = DayRangeFilter(label=_("Day"), method="on_days")

    class Meta:
        model = OutboundMessage
        fields = ("state", "kind")

    def search(
        self, queryset: QuerySet[OutboundMessage], _name: str, value: str
    ) -> QuerySet[OutboundMessage]:
        return queryset.filter(
            Q(to_address__icontains=value)
            | Q(to_name__icontains=value)
            | Q(subject__icontains=value)
        )

    def narrow_to_undecided(
        self, queryset: QuerySet[OutboundMessage], _name: str, value: Any
    ) -> QuerySet[OutboundMessage]:
        return queryset.filter(needs_a_decision()) if value else queryset

    def on_days(
        self, queryset: QuerySet[OutboundMessage], _name: str, value: slice
    ) -> QuerySet[OutboundMessage]:
        """Limit to those made on these days of the company's calendar."""
        zone = self.request.tenant.time_zone
        if value.start:
            queryset = queryset.filter(created_at__gte=instant_of(value.start, 0, zone))
        if value.stop:
            after = value.stop + timedelta(days=1)
            queryset = queryset.filter(created_at__lt=instant_of(after, 0, zone))
        return queryset
