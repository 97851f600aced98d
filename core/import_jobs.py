"""The jobs of imports: checking many rows, writing them, taking them back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.imports import NotUndone, importer_of
from core.jobs import RowRefused, RowSkipped, job_kind
from core.models import FileImport, Job, JobRow, Membership
from core.models.audit import Via
from core.operations import imports
from core.operations.import_endings import take_back
from core.operations.import_writing import NothingWritten, write_by_job
from core.tenancy import active_tenant_id


def _import_of(job: Job) -> FileImport:
    """
    Return the import, if whoever started the job may still import such files.

    :raises RowSkipped: if somebody discarded it
    :raises RowRefused: if its starter may not, or not any more
    """
    found = FileImport.objects.filter(pk=job.params.get("import")).first()
    if found is None:
        raise RowSkipped(_("The file was discarded."))
    member = Membership.objects.filter(
        tenant=active_tenant_id(), user=job.created_by, is_active=True
    ).first()
    if member is None or not member.allows(importer_of(found.kind).permission):
        raise RowRefused(_("Whoever started this may not do it any more."))
    return found


@job_kind(imports.CHECK, via=Via.IMPORT)
def check_import(row: JobRow, job: Job, at: datetime) -> str:
    """Check all rows of the file."""
    try:
        found = imports.check_by_job(file_import=_import_of(job), job=job, at=at)
    except imports.NotNow as passed:
        raise RowSkipped(str(passed.message)) from passed
    return _("Rows checked: %(count)s.") % {"count": found.row_count}


@job_kind(imports.WRITE, via=Via.IMPORT)
def write_import(row: JobRow, job: Job, at: datetime) -> str:
    """Write the rows that the check let through."""
    try:
        report = write_by_job(
            file_import=_import_of(job),
            job=job,
            all_or_nothing=bool(job.params.get("all_or_nothing")),
            with_updates=bool(job.params.get("with_updates")),
            at=at,
        )
    except imports.NotNow as done:
        raise RowSkipped(str(done.message)) from done
    except NothingWritten as refused:
        raise RowRefused(str(refused.message)) from refused
    return _("Added: %(new)s. Changed: %(changed)s.") % {
        "new": report.new,
        "changed": report.updated,
    }


@job_kind(imports.UNDO, via=Via.IMPORT)
def undo_import(row: JobRow, job: Job, at: datetime) -> str:
    """Take one row back, unless it is used by now."""
    try:
        return take_back(
            file_import=_import_of(job), subject_id=row.subject_id, at=at, actor=job.created_by
        )
    except imports.NotNow as passed:
        raise RowSkipped(str(passed.message)) from passed
    except NotUndone as refused:
        raise RowRefused(str(refused)) from refused
