"""Columns of the lists of runs and of what a run decided."""

from __future__ import annotations

from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.lists import AmountColumn, ChipColumn, DayColumn, PageLinkColumn, TextColumn
from core.presentation import day_text
from core.urls_in import page_url
from customers.timeline import item_url
from dunning.enums import Outcome
from dunning.models import Decision, Run

OUTCOME_CHIPS = {Outcome.SENT: "sent", Outcome.HELD: "due"}


def run_state(run: Run) -> str:
    """Return whether the run is through, in a word."""
    return gettext("Finished") if run.finished_at else gettext("Not finished")


def step_text(offset_days: int) -> str:
    """Return a step in words: 3 days before, on the due date, 14 days after."""
    if offset_days == 0:
        return gettext("On the due date")
    if offset_days < 0:
        text = ngettext("%(days)s day before", "%(days)s days before", -offset_days)
    else:
        text = ngettext("%(days)s day after", "%(days)s days after", offset_days)
    return text % {"days": abs(offset_days)}


class RunDayColumn(django_tables2.Column):
    """The run's day, leading to its page."""

    def render(self, value: Any, record: Run, table: Any) -> SafeString:
        url = page_url(table.request.tenant, "collections:run", record.pk)
        return format_html('<a href="{}">{}</a>', url, day_text(value))

    def value(self, value: Any) -> Any:
        return value


class RunTable(django_tables2.Table):
    """A day's run a row."""

    run_date = RunDayColumn(verbose_name=_("Day"))
    finished_at = ChipColumn(
        verbose_name=_("State"),
        kind=lambda run: "ok" if run.finished_at else "due",
        label=run_state,
        empty_values=(),
    )
    sent_count = TextColumn(verbose_name=_("Reminders written"), attrs={"td": {"class": "num"}})
    sent_items = TextColumn(verbose_name=_("Documents in them"), attrs={"td": {"class": "num"}})
    held_items = TextColumn(verbose_name=_("Documents held"), attrs={"td": {"class": "num"}})
    policy = TextColumn(verbose_name=_("Policy"))
    started_by = TextColumn(verbose_name=_("Started by"), empty_values=())

    class Meta:
        model = Run
        fields = ()

    def render_started_by(self, record: Run) -> str:
        return str(record.started_by) if record.started_by_id else gettext("System")

    value_started_by = render_started_by


class DocumentColumn(django_tables2.Column):
    """The document decided on, leading to its page."""

    def render(self, record: Decision, table: Any) -> SafeString | str:
        url = item_url(table.request.tenant, record.item.kind, record.item_id)
        if not url:
            return record.item.label
        return format_html('<a href="{}">{}</a>', url, record.item.label)

    def value(self, record: Decision) -> str:
        return record.item.label


class ReminderColumn(django_tables2.Column):
    """The reminder's number, leading to its mail."""

    def render(self, record: Decision, table: Any) -> SafeString | str:
        if record.notice is None:
            return ""
        url = page_url(table.request.tenant, "messaging:detail", record.notice.message_id)
        return format_html('<a href="{}">{}</a>', url, record.notice.number)

    def value(self, record: Decision) -> str:
        return record.notice.number if record.notice else ""


class DecisionTable(django_tables2.Table):
    """A decision a row; amounts are what was open when it was made."""

    customer = PageLinkColumn("customers:detail", arg="customer_id", verbose_name=_("Customer"))
    item = DocumentColumn(verbose_name=_("Document"))
    due_date = DayColumn(accessor="item__due_date", verbose_name=_("Due date"))
    offset_days = TextColumn(verbose_name=_("Step"))
    open_amount = AmountColumn(verbose_name=_("Open"), code=True)
    outcome = ChipColumn(verbose_name=pgettext_lazy("reminder", "Decision"), kind=OUTCOME_CHIPS)
    held_because = TextColumn(verbose_name=_("Why"), attrs={"td": {"class": "cell-wrap"}})
    notice = ReminderColumn(verbose_name=_("Reminder"), empty_values=())

    class Meta:
        model = Decision
        fields = ()

    def render_offset_days(self, value: int) -> str:
        return step_text(value)

    def value_offset_days(self, value: int) -> int:
        return value
