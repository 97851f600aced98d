"""The answer of whatever starts a job: accepted, and where to look."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework.response import Response

from api import ids
from api.serializers.jobs import JobWithCountsShown
from api.views.base import ApiView
from core import jobs

ACCEPTED = 202


def job_answer(view: ApiView, job: Any) -> Response:
    """Return the job as it stands, with its address."""
    where = reverse("api:job", args=[ids.written(ids.JOB, job.pk)])
    return view.shown(with_counts(job), JobWithCountsShown, status=ACCEPTED, location=where)


def with_counts(job: Any) -> Any:
    """Return the job with how many of its rows are in which state."""
    job.counts = jobs.counts(job)
    return job
