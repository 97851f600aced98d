"""Background jobs and the key itself, as the API writes them."""

from __future__ import annotations

from rest_framework import serializers

from api import ids
from api.enums import Scope
from api.fields import Id, Moment
from core.models.job import JobState, RowState


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
    """One row of a job and what became of it."""

    position = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=RowState.choices)
    message = serializers.CharField()
    finished_at = Moment(allow_null=True)


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
