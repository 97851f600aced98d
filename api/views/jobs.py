"""Bulk work: started, followed, tried again, cancelled."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.filtering import one_of, read
from api.gates import require_steering
from api.operations.bulk import (
    ACTIONS,
    matching_invoices,
    named_invoices,
    start_bulk,
)
from api.serializers.jobs import FILTERS, JobGiven, JobRowShown, JobShown, JobWithCountsShown
from api.views.base import ApiView, does
from api.views.job_answers import job_answer, with_counts
from core import jobs
from core.models import Job, JobRow
from core.models.job import RowState
from invoices.queries.lists import for_list

STATE = one_of("state", RowState.values)


class JobView(ApiView):
    """What the views of jobs share."""

    tag, prefix = "jobs", ids.JOB

    def job(self) -> Job:
        """Return the job that the address names."""
        found: Job = self.found(Job.objects.all())
        return found


class Jobs(JobView):
    @does(
        "jobs_list", "List background jobs", scope="jobs:read", returns=JobShown, is_list=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(Job.objects.all(), JobShown)

    @does(
        "jobs_create", "Start work on many invoices; its action needs a scope of its own",
        scope="jobs:write", takes=JobGiven, returns=JobWithCountsShown, status=202,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        given, action = self.body, ACTIONS[self.body["action"]]
        self.caller.require(action.scope)
        if "filter" in given:
            rows = FILTERS.chosen(given["filter"], request, for_list(), "/filter")
            invoices = matching_invoices(rows, given["expected_count"])
            versions = {one.pk: one.version for one in invoices}
        else:
            invoices = named_invoices(given["invoices"])
            versions = {one["id"]: one.get("version") for one in given["invoices"]}
        job = start_bulk(
            action=action,
            invoices=invoices,
            versions=versions,
            filter_text=_words(given.get("filter", {})),
            not_before=given.get("not_before"),
            at=self.at,
            actor=self.actor,
        )
        return job_answer(self, job)


def _words(chosen: Mapping[str, list[str]]) -> str:
    return ", ".join(f"{name}: {' '.join(values)}" for name, values in chosen.items())


class JobDetail(JobView):
    @does(
        "jobs_read", "Read a job and how far it is", scope="jobs:read", returns=JobWithCountsShown
    )
    def get(self, request: Request) -> Response:
        return self.shown(with_counts(self.job()), JobWithCountsShown)


class JobRows(JobView):
    @does(
        "jobs_rows", "List a job's rows and what became of each", scope="jobs:read",
        returns=JobRowShown, is_list=True, parameters=(STATE,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = JobRow.objects.filter(job=self.job()).select_related("job")
        if chosen := read(request, STATE):
            rows = rows.filter(state=chosen[0])
        return self.page(rows, JobRowShown)


class RetryJob(JobView):
    @does(
        "jobs_retry", "Try the failed rows again; another person's in a job of one's own",
        scope="jobs:write", returns=JobWithCountsShown, status=202,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        job = self.job()
        require_steering(self.caller, job)
        tried = jobs.retry_failed(job=job, at=self.at, actor=self.actor)
        return job_answer(self, Job.objects.get(pk=tried.job.pk))


class CancelJob(JobView):
    @does(
        "jobs_cancel", "Skip what has not begun; what is done stays done", scope="jobs:write",
        returns=JobWithCountsShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        job = self.job()
        require_steering(self.caller, job)
        cancelled = jobs.cancel(job=job, at=self.at, actor=self.actor)
        return self.shown(with_counts(cancelled), JobWithCountsShown)
