"""Background jobs and the key itself, as the API writes them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import ids
from api.enums import Scope
from api.fields import Choice, Id, Moment, Strict
from api.filtering import FilterGiven, Filters
from api.operations.bulk import ACTIONS, MOST_NAMED
from core.models.job import JobState, RowState
from customers.jobs import ASSIGN_OWNER
from invoices.filters import InvoiceFilter

FILTERS = Filters(InvoiceFilter)
MOST_VERSION = 1_000_000_000
# What the rows of each kind of job are about.
SUBJECTS = {action.kind: ids.INVOICE for action in ACTIONS.values()} | {ASSIGN_OWNER: ids.CUSTOMER}


class InvoiceNamed(Strict):
    """One invoice; with a version, only if it still is as it was read."""

    id = Id(ids.INVOICE)
    version = serializers.IntegerField(required=False, min_value=1, max_value=MOST_VERSION)


class JobGiven(Strict):
    """Work on many invoices: those named, or all that a filter of their list leaves.

    A filter comes with the number of invoices that were counted: another number starts nothing.
    """

    action = Choice(choices=[(name, name) for name in ACTIONS])
    invoices = InvoiceNamed(many=True, required=False, allow_empty=False, max_length=MOST_NAMED)
    filter = FilterGiven(FILTERS, required=False)
    expected_count = serializers.IntegerField(required=False, min_value=1, max_value=MOST_VERSION)
    not_before = Moment(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("invoices" in attrs) == ("filter" in attrs):
            raise ValidationError({"invoices": [_("Name invoices, or a filter; one of the two.")]})
        if ("filter" in attrs) != ("expected_count" in attrs):
            text = _("A filter comes with the number of invoices it is to match.")
            raise ValidationError({"expected_count": [text]})
        if "not_before" in attrs and attrs["action"] != "send":
            raise ValidationError({"not_before": [_("Only sending has a time.")]})
        return attrs


class JobShown(serializers.Serializer):
    """Bulk work and how far it is."""

    id = Id(ids.JOB)
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    created_at = Moment()
    finished_at = Moment(allow_null=True)


class CountsShown(serializers.Serializer):
    """How many rows are in each state."""

    pending = serializers.IntegerField(source="PENDING")
    done = serializers.IntegerField(source="DONE")
    skipped = serializers.IntegerField(source="SKIPPED")
    failed = serializers.IntegerField(source="FAILED")


class JobRowShown(serializers.Serializer):
    """One row of a job and what became of it; ``subject`` is what it is about, if it has an id."""

    position = serializers.IntegerField()
    subject = serializers.SerializerMethodField()
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=RowState.choices)
    message = serializers.CharField()
    finished_at = Moment(allow_null=True)

    @extend_schema_field({"type": ["string", "null"]})
    def get_subject(self, row: Any) -> str | None:
        prefix = SUBJECTS.get(row.job.kind)
        return ids.written(prefix, row.subject_id) if prefix else None


class JobWithCountsShown(JobShown):
    """A job with how many of its rows are in which state."""

    counts = CountsShown()


class KeyShown(serializers.Serializer):
    """The key of this request and what it may do today."""

    id = Id(ids.KEY)
    name = serializers.CharField()
    company = serializers.CharField()
    company_currency = serializers.CharField()
    time_zone = serializers.CharField()
    acts_for = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = Moment(allow_null=True)
