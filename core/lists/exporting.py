"""Handing out a list as a file: at once while it is small, by a job when it is large."""

from __future__ import annotations

from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit, jobs
from core.http import UNPROCESSABLE
from core.lists.choosing import Selection
from core.lists.files import FORMATS, ListFile
from core.lists.keyset import ordered
from core.lists.look import Look, look_of, open_list
from core.lists.reading import clean_params, filter_text, ordering_asked, rows_in_order
from core.lists.registry import entry_of
from core.lists.spec import ListSpec
from core.lists.totals import count_up_to
from core.models import Job, JobRow, Membership, Tenant, User
from core.once import first_time
from core.operations.results import keep_result
from core.pdf import RenderFailed
from core.tenancy import active_tenant_id
from core.urls_in import page_url

EXPORT_LIST = "export_list"


def export(
    request: HttpRequest,
    spec: ListSpec,
    extension: str,
    *,
    at: datetime,
    picked: Selection | None = None,
) -> HttpResponseBase:
    """
    Answer with the file, or start a job for it; a job only by POST.

    :param picked: the ticked rows, or None for all that the filters leave
    """
    form = FORMATS[extension]
    if picked is None or picked.is_all:
        rows, count = rows_in_order(request, spec), None
    else:
        rows, count = ordered(picked.queryset, ordering_asked(request, spec)), picked.count
    count = count_up_to(rows, form.most) if count is None else count
    if count > form.most:
        return _too_many(request, spec, extension, count)
    if count > form.at_once and spec.key:
        if request.method == "POST":
            return _by_job(request, spec, extension, count, at)
        return _offer_job(request, spec, extension, count)
    look = look_of(request, spec)
    file = ListFile(request, spec, look, rows, at, bool(picked and not picked.is_all))
    _record(request, spec, extension, count, file.at)
    return _at_once(request, file, extension)


def _at_once(request: HttpRequest, file: ListFile, extension: str) -> HttpResponseBase:
    form, name = FORMATS[extension], file.file_name(extension)
    response: HttpResponseBase
    if extension == "csv":
        response = StreamingHttpResponse(file.streamed_csv(), content_type=form.content_type)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        try:
            content = file.open(extension)
        except RenderFailed:
            context = {"title": file.spec.title, "back": _back(request), "is_failed": True}
            return render(request, "core/list_export.html", context, status=UNPROCESSABLE)
        response = FileResponse(
            content, as_attachment=True, filename=name, content_type=form.content_type
        )
    response["Cache-Control"] = "no-store, private"
    return response


def _too_many(request: HttpRequest, spec: ListSpec, extension: str, count: int) -> HttpResponseBase:
    """Refuse what no file of this kind holds, and say what to do instead."""
    context = {
        "title": spec.title,
        "form": FORMATS[extension],
        "most": FORMATS[extension].most,
        "csv_url": f"{request.path}?{_with(request, export='csv')}" if extension != "csv" else "",
        "is_too_many": True,
        "count": count,
        "back": _back(request),
    }
    return render(request, "core/list_export.html", context, status=UNPROCESSABLE)


def _offer_job(
    request: HttpRequest, spec: ListSpec, extension: str, count: int
) -> HttpResponseBase:
    """Ask whoever opened the address of a large file to start it: looking starts nothing."""
    context = {
        "title": spec.title,
        "form": FORMATS[extension],
        "extension": extension,
        "count_text": f"{count:,}",
        "url": _back(request),
        "back": _back(request),
    }
    return render(request, "core/list_export.html", context)


def _by_job(
    request: HttpRequest, spec: ListSpec, extension: str, count: int, at: datetime
) -> HttpResponseBase:
    tenant = request.tenant  # type: ignore[attr-defined]
    if not first_time(request):
        return redirect(page_url(tenant, "jobs"))
    look = look_of(request, spec)
    words = ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}
    job = jobs.start(
        kind=EXPORT_LIST,
        title=_("Export: %(list)s as %(format)s")
        % {"list": spec.title, "format": FORMATS[extension].name},
        rows=[(0, f"{spec.export_name}.{extension}, {words}")],
        at=at,
        actor=_user(request),
        params={
            "list": spec.key,
            "kwargs": _arguments(request),
            "query": clean_params(request.GET).urlencode(),
            "columns": list(look.columns),
            "format": extension,
            "path": request.path,
            "back": _back(request),
        },
        filter_text=filter_text(request, spec),
    )
    _record(request, spec, extension, count, at)
    messages.success(request, _("The file is being made. Fetch it here when it is ready."))
    return redirect(page_url(tenant, "job", job.pk))


def _arguments(request: HttpRequest) -> dict[str, Any]:
    """Return what the list's address names besides the company."""
    known = request.resolver_match.kwargs if request.resolver_match else {}
    return {name: value for name, value in known.items() if name != "tenant_slug"}


@jobs.job_kind(EXPORT_LIST)
def export_row(row: JobRow, job: Job, at: datetime) -> str:
    """Make the file of one job and keep it for whoever started it."""
    entry = entry_of(job.params.get("list", ""))
    extension = job.params.get("format", "")
    if entry is None or extension not in FORMATS or job.created_by is None:
        raise jobs.RowRefused(_("This kind of work is not known any more."))
    tenant = Tenant.objects.get(pk=active_tenant_id())
    membership = Membership.objects.get(tenant=tenant, user=job.created_by)
    if not membership.allows(entry.permission):
        raise jobs.RowRefused(_("Whoever started this may not do it any more."))
    request = _request_of(job, tenant, membership)
    with timezone.override(tenant.time_zone), TemporaryFile() as file:
        open_list(request, entry.key)
        spec = entry.spec(request, job.params.get("kwargs", {}))
        rows = rows_in_order(request, spec)
        count = count_up_to(rows, FORMATS[extension].most)
        if count > FORMATS[extension].most:
            raise jobs.RowRefused(_("There are more rows now than the file can hold."))
        made = ListFile(request, spec, _look_of(job, request, spec), rows, at)
        try:
            made.write(extension, file)
        except RenderFailed as failed:
            raise jobs.RowRefused(_("The pages could not be drawn.")) from failed
        size = file.tell()
        keep_result(
            job=job,
            content=file,
            name=made.file_name(extension),
            content_type=FORMATS[extension].content_type,
            permission=entry.permission,
            at=at,
        )
    words = ngettext("%(count)s row, %(size)s KB", "%(count)s rows, %(size)s KB", count)
    return words % {"count": f"{count:,}", "size": f"{max(size // 1024, 1):,}"}


def _request_of(job: Job, tenant: Tenant, membership: Membership) -> HttpRequest:
    """Return a request as the person made it, for a list that reads its filters from one."""
    request = HttpRequest()
    request.method, request.path = "GET", job.params.get("path", "/")
    request.path_info = request.path
    request.GET = QueryDict(job.params.get("query", ""))
    request.user = job.created_by  # type: ignore[assignment]
    request.tenant, request.membership = tenant, membership  # type: ignore[attr-defined]
    return request


def _look_of(job: Job, request: HttpRequest, spec: ListSpec) -> Look:
    """Return the columns as they were shown when the job was started."""
    every = tuple(spec.table.base_columns)
    wanted = set(job.params.get("columns", ()))
    shown = tuple(name for name in every if name in wanted) or look_of(request, spec).columns
    return Look(columns=shown, density="", size=0, every=every)


def _record(request: HttpRequest, spec: ListSpec, extension: str, count: int, at: datetime) -> None:
    """Note who took which rows out of the company, and how many."""
    changes: dict[str, Any] = {"list": spec.title, "format": extension, "rows": count}
    if text := filter_text(request, spec):
        changes["filters"] = text
    tenant = request.tenant  # type: ignore[attr-defined]
    audit.record(
        event="list.exported", subject=tenant, actor=_user(request), at=at, changes=changes
    )


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _back(request: HttpRequest) -> str:
    """Return the list's address as it was filtered."""
    return f"{request.path}?{clean_params(request.GET).urlencode()}"


def _with(request: HttpRequest, **changes: str) -> str:
    params = clean_params(request.GET)
    for name, value in changes.items():
        params[name] = value
    return params.urlencode()
