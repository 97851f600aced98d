"""The history of every change."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import django_filters
import django_tables2
from django.db.models import F, Func, Q, QuerySet, TextField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.changes import change_sides, changed_pairs
from core.dates import instant_of
from core.lists import (
    DayRangeFilter,
    EmptyState,
    HouseFilterSet,
    ListSpec,
    MomentColumn,
    TextColumn,
    list_view,
)
from core.models import AuditEntry
from core.models.audit import Via
from core.pages.choices import people_of
from core.timeline import event_label, event_names, field_label
from core.views import StaffRequest


class AuditTable(django_tables2.Table):
    """Who did what to which object, when, and what was there before."""

    happened_at = MomentColumn(verbose_name=_("Time"))
    actor = TextColumn(verbose_name=_("Who"), empty_values=())
    via = TextColumn(verbose_name=_("Via"), attrs={"td": {"class": "cell-clip"}})
    event = TextColumn(verbose_name=_("What"))
    subject_label = TextColumn(verbose_name=_("Object"), attrs={"td": {"class": "cell-clip"}})
    changes = TextColumn(
        verbose_name=_("Before and after"), orderable=False, attrs={"td": {"class": "cell-wrap"}}
    )
    reason = TextColumn(verbose_name=_("Reason"))
    request_id = TextColumn(verbose_name=_("Request"))

    class Meta:
        model = AuditEntry
        fields = (
            "happened_at",
            "actor",
            "via",
            "event",
            "subject_label",
            "changes",
            "reason",
            "request_id",
        )

    def render_actor(self, record: AuditEntry) -> str:
        return str(record.actor) if record.actor_id else gettext("System")

    def render_via(self, record: AuditEntry) -> SafeString | str:
        """Show the key's name; its beginning, which tells two of a name apart, stands in files."""
        if not record.api_key:
            return record.get_via_display()
        return format_html(
            '{} <span class="text-secondary" title="{}">{}</span>',
            record.get_via_display(),
            record.api_key,
            record.api_key.rpartition(" (")[0],
        )

    def value_via(self, record: AuditEntry) -> str:
        return " · ".join(part for part in (record.get_via_display(), record.api_key) if part)

    def render_event(self, record: AuditEntry) -> str:
        return event_label(record)

    def render_changes(self, record: AuditEntry) -> SafeString:
        return format_html_join(
            "",
            "<div>{}: {}</div>",
            (
                (field_label(record, name), _change_html(record, name, value))
                for name, value in changed_pairs(record)
            ),
        )

    def value_changes(self, record: AuditEntry) -> str:
        return "; ".join(
            f"{field_label(record, name)}: {' → '.join(change_sides(record, name, value))}"
            for name, value in changed_pairs(record)
        )

    def render_request_id(self, value: str) -> SafeString:
        return format_html('<span class="text-secondary" title="{}">{}</span>', value, value[:8])

    def value_request_id(self, value: str) -> str:
        return value


def _change_html(record: AuditEntry, name: str, value: Any) -> Any:
    sides = change_sides(record, name, value)
    if len(sides) == 1 or not sides[0]:
        return sides[-1]
    return format_html('<del>{}</del> <span aria-hidden="true">→</span> {}', *sides)


class ChangedValues(Func):
    """The values before and after as one text, without the names of their fields."""

    function, arity, output_field = "jsonb_path_query_array", 1, TextField()
    template = "(%(function)s(%(expressions)s, '$.*')::text)"


class AuditFilter(HouseFilterSet):
    """By person, what it came through, kind of event, days and object."""

    actor = django_filters.ModelChoiceFilter(label=_("Who"), queryset=people_of)
    via = django_filters.ChoiceFilter(label=_("Via"), choices=Via.choices)
    event = django_filters.ChoiceFilter(label=_("What"), choices=event_names)
    day = DayRangeFilter(label=pgettext_lazy("period", "Days"), method="between_days")
    subject = django_filters.CharFilter(label=_("Object"), lookup_expr="exact", max_length=80)

    class Meta(HouseFilterSet.Meta):
        model = AuditEntry
        fields = ("actor", "via", "event", "day", "subject")

    def search(self, queryset: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        """Look for words in what is shown, the values before and after among it."""
        in_json = json.dumps(value, ensure_ascii=False)[1:-1]  # a quote is written \" there
        return queryset.annotate(said=ChangedValues(F("changes"))).filter(
            Q(subject_label__icontains=value)
            | Q(reason__icontains=value)
            | Q(said__icontains=in_json)
            | Q(api_key__icontains=value)
            | Q(subject=value)
            | Q(request_id=value)
        )

    def between_days(
        self, queryset: QuerySet[AuditEntry], name: str, value: slice | None
    ) -> QuerySet[AuditEntry]:
        """Limit to the company's days, both included."""
        if value is None or self.request is None:
            return queryset
        zone = self.request.tenant.time_zone
        if value.start:
            queryset = queryset.filter(happened_at__gte=instant_of(value.start, 0, zone))
        if value.stop:
            next_day = value.stop + timedelta(days=1)
            queryset = queryset.filter(happened_at__lt=instant_of(next_day, 0, zone))
        return queryset


@list_view("history", permission="audit.view", label=_("History of changes"), page="audit")
def audit(request: StaffRequest) -> ListSpec:
    """List every change of the company, the newest first."""
    return ListSpec(
        title=_("History of changes"),
        queryset=AuditEntry.objects.select_related("actor"),
        table=AuditTable,
        filterset=AuditFilter,
        orderings={"happened_at": ("pk",)},
        default_ordering="-happened_at",
        export_name="history",
        template="core/audit.html",
        phone=("happened_at", "actor", "via", "event", "subject_label"),
        usual=("happened_at", "actor", "via", "event", "subject_label", "changes", "reason"),
        empty=EmptyState(_("Nothing happened yet."), icon="history"),
    )
