"""Bulk work: how far it is, what became of each row, and what to do about the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core import files
from core import jobs as work
from core.exports import CSV_TYPE, csv_lines
from core.lists import (
    ChipColumn,
    EmptyState,
    HouseFilterSet,
    ListSpec,
    MomentColumn,
    PageLinkColumn,
    TextColumn,
    list_view,
)
from core.models import Job, JobResult, JobRow
from core.models.job import JobState, RowState
from core.pages.choices import people_of
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

logger = logging.getLogger(__name__)

ROWS_SHOWN = 200
TRAY_SIZE = 10
RECENT = timedelta(minutes=2)
JOB_CHIPS = {
    JobState.QUEUED: "due",
    JobState.RUNNING: "partly",
    JobState.DONE: "ok",
    JobState.CANCELLED: "off",
}
ROW_CHIPS = {
    RowState.PENDING: "due",
    RowState.DONE: "ok",
    RowState.SKIPPED: "off",
    RowState.FAILED: "failed",
}
# In this order the rows are listed: what needs somebody comes first.
URGENCY = (RowState.FAILED, RowState.PENDING, RowState.SKIPPED, RowState.DONE)


def _rows_in(state: RowState) -> Any:
    rows = JobRow.objects.filter(job=OuterRef("pk"), state=state).order_by()
    counted = rows.values("job").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _with_progress(queryset: QuerySet[Job]) -> QuerySet[Job]:
    """Add ``total``, ``done`` and ``failed`` rows; the last row's position is their number."""
    last = JobRow.objects.filter(job=OuterRef("pk")).order_by("-position").values("position")[:1]
    total = Coalesce(Subquery(last, output_field=IntegerField()), 0)
    return queryset.annotate(
        total=total, done=total - _rows_in(RowState.PENDING), failed=_rows_in(RowState.FAILED)
    )


class JobTable(django_tables2.Table):
    """Jobs, the newest first."""

    title = PageLinkColumn("job", verbose_name=_("Job"))
    state = ChipColumn(kind=JOB_CHIPS, verbose_name=_("Status"))
    progress = TextColumn(verbose_name=_("Progress"), empty_values=(), orderable=False)
    failed = TextColumn(verbose_name=_("Failed"), attrs={"td": {"class": "num text-end"}})
    created_by = TextColumn(verbose_name=_("Started by"))
    created_at = MomentColumn(verbose_name=_("Started"))
    finished_at = MomentColumn(verbose_name=pgettext_lazy("time", "Finished"))

    class Meta:
        model = Job
        fields = (
            "title",
            "state",
            "progress",
            "failed",
            "created_by",
            "created_at",
            "finished_at",
        )

    def render_progress(self, record: Any) -> str:
        return gettext("%(done)s of %(total)s") % {"done": record.done, "total": record.total}


class JobFilter(HouseFilterSet):
    """By state and by who started it."""

    state = django_filters.ChoiceFilter(label=_("Status"), choices=JobState.choices)
    created_by = django_filters.ModelChoiceFilter(label=_("Started by"), queryset=people_of)

    class Meta(HouseFilterSet.Meta):
        model = Job
        fields = ("state", "created_by")

    def search(self, queryset: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        return queryset.filter(title__icontains=value)


@list_view("jobs", permission="jobs.view", label=_("Jobs"), page="jobs")
def jobs(request: StaffRequest) -> ListSpec:
    """List the company's jobs."""
    return ListSpec(
        title=_("Jobs"),
        queryset=_with_progress(Job.objects.select_related("created_by")),
        table=JobTable,
        filterset=JobFilter,
        orderings={"created_at": ("pk",)},
        default_ordering="-created_at",
        export_name="jobs",
        phone=("title", "state", "progress"),
        empty=EmptyState(
            _("No job yet"),
            _("Work on many rows at once, such as sending invoices, is followed here."),
            "stack-2",
        ),
    )


@staff_view(permission="jobs.view")
@require_safe
def job(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one job; with htmx its live part alone, which asks again until the job has ended."""
    found = _job(pk)
    context = _live(request, found)
    if request.htmx and request.htmx.target == "job-live":
        return render(request, "core/parts/job_live.html", context)
    return render(request, "core/job.html", context)


def _live(request: StaffRequest, found: Job) -> dict[str, Any]:
    counts = work.counts(found)
    total = sum(counts.values())
    waiting = counts[RowState.PENDING]
    state = request.GET.get("rows", "")
    rows = found.rows.all()
    if state in RowState.values:
        rows = rows.filter(state=state)
    urgency = Case(*(When(state=one, then=place) for place, one in enumerate(URGENCY)))
    shown = list(rows.order_by(urgency, "position")[:ROWS_SHOWN])
    matching = counts.get(state, total)
    result = _result_of(found)
    return {
        "job": found,
        "job_chip": JOB_CHIPS[JobState(found.state)],
        "total": total,
        "done": total - waiting,
        "counts": [
            (one.value, one.label, ROW_CHIPS[one], counts[one.value])
            for one in (RowState.DONE, RowState.FAILED, RowState.SKIPPED, RowState.PENDING)
        ],
        "rows": [(row, ROW_CHIPS[RowState(row.state)]) for row in shown],
        "state": state if state in RowState.values else "",
        "matching": matching,
        "is_cut": matching > len(shown),
        "is_live": found.state in work.UNFINISHED,
        "failed": counts[RowState.FAILED],
        "may_steer": work.may_steer(found, request.membership),
        "live_url": request.get_full_path(),
        "result": result,
        "result_refusal": _refusal(request, found) if result else "",
        "back_url": _back_of(request, found),
    }


@staff_view(permission="jobs.view")
@require_POST
def job_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Skip what has not begun."""
    found = _steerable(request, pk)
    if work.cancel(job=found, at=timezone.now(), actor=request.user).state == JobState.CANCELLED:
        messages.success(request, gettext("Cancelled. What was done stays done."))
    else:
        messages.info(request, gettext("The job was done already."))
    return HttpResponseRedirect(page_url(request.tenant, "job", pk))


@staff_view(permission="jobs.view")
@require_POST
def job_retry(request: StaffRequest, pk: int) -> HttpResponse:
    """Do the failed rows again."""
    found = _steerable(request, pk)
    tried = work.retry_failed(job=found, at=timezone.now(), actor=request.user)
    text = ngettext("%(count)s row is tried again.", "%(count)s rows are tried again.", tried.count)
    messages.success(request, text % {"count": tried.count})
    return HttpResponseRedirect(page_url(request.tenant, "job", tried.job.pk))


@staff_view(permission="jobs.view")
@require_safe
def job_errors(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand out the failed rows as CSV."""
    found = _job(pk)
    header = [gettext("Row"), pgettext("job", "What"), gettext("Message")]
    response = HttpResponse("".join(csv_lines(header, _failures(found))), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="job-{found.pk}-errors.csv"'
    return response


@staff_view(permission="jobs.view")
@require_safe
def job_result(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Hand the file out to whoever started the job, while it is kept and the role still allows."""
    found = _job(pk)
    refusal, result = _refusal(request, found), _result_of(found)
    if refusal or result is None:
        messages.error(request, refusal)
        return HttpResponseRedirect(page_url(request.tenant, "job", pk))
    try:
        content = files.open_stored(result.file)
    except files.FileDamaged:
        logger.exception("The file of job %s cannot be read", pk)
        messages.error(request, gettext("The file cannot be read any more. Make it again."))
        return HttpResponseRedirect(page_url(request.tenant, "job", pk))
    response = FileResponse(
        content,
        as_attachment=True,
        filename=result.name,
        content_type=result.file.content_type,
    )
    response["Cache-Control"] = "no-store, private"
    return response


def _refusal(request: StaffRequest, found: Job) -> str:
    """Return why the job's file is not handed out to this person; "" if it is."""
    result = _result_of(found)
    if result is None or result.expires_at < timezone.now():
        return gettext("The file is not kept any more. Export the list again.")
    if found.created_by_id != request.user.pk:
        return gettext("The file is only for whoever started the job.")
    if not request.membership.allows(result.permission):
        return gettext("Your role does not show this list any more.")
    return ""


def _result_of(found: Job) -> JobResult | None:
    return JobResult.objects.select_related("file").filter(job=found).first()


def _back_of(request: StaffRequest, found: Job) -> str:
    """Return the address of the list the job was started from, if it is one of this company."""
    back = str(found.params.get("back", ""))
    return back if back.startswith(f"/t/{request.tenant.slug}/") else ""


def _failures(found: Job) -> Iterator[tuple[int, str, str]]:
    failed = found.rows.filter(state=RowState.FAILED).order_by("position")
    yield from failed.values_list("position", "label", "message").iterator(chunk_size=1000)


@staff_view(permission="jobs.view")
@require_safe
def jobs_tray(request: StaffRequest) -> HttpResponse:
    """Show my jobs that run or have just ended; the fragment asks again while one runs."""
    just_now = timezone.now() - RECENT
    recent = Q(state__in=work.UNFINISHED) | Q(finished_at__gte=just_now)
    mine = _with_progress(Job.objects.filter(recent, created_by=request.user))
    found = [(one, JOB_CHIPS[JobState(one.state)]) for one in mine.order_by("-pk")[:TRAY_SIZE]]
    running = sum(one.state in work.UNFINISHED for one, _chip in found)
    is_update = bool(request.htmx and request.htmx.target == "jobs-tray-list")
    context = {"jobs": found, "running": running, "is_update": is_update}
    template = "core/parts/jobs_tray_list.html" if is_update else "core/parts/jobs_tray.html"
    return render(request, template, context)


def _job(pk: int) -> Job:
    return get_object_or_404(Job.objects.select_related("created_by"), pk=pk)


def _steerable(request: StaffRequest, pk: int) -> Job:
    found = _job(pk)
    if not work.may_steer(found, request.membership):
        raise PermissionDenied
    return found
