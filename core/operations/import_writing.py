"""Writing what the check of a file let through: once, by a job, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit
from core.imports import Verdict
from core.imports.kept import kept_rows
from core.imports.rows import Row
from core.imports.running import Report, carry_out, why
from core.models import FileImport, Job, User
from core.models.imports import ImportStage
from core.operations.imports import (
    WRITE,
    ImportRefused,
    NotNow,
    fresh_import,
    given_key,
    in_stage,
    keep,
    new_job,
    rows_of,
    updating,
    verdict_counts,
)


class NothingWritten(ImportRefused):
    """Nothing was there to write, or all was refused."""


@transaction.atomic
def start_writing(
    *,
    file_import: FileImport,
    all_or_nothing: bool,
    with_updates: bool,
    at: datetime,
    actor: User,
) -> FileImport:
    """
    Start the job that writes what was checked; once, however often it is asked for.

    :raises NotNow: if it runs already, was done, or the check is not over
    :raises ImportRefused: if there is nothing to write, or not all can be written as was asked
    """
    locked = in_stage(file_import, (ImportStage.CHECKED,))
    counts = verdict_counts(locked)
    if all_or_nothing and counts[Verdict.ERROR]:
        raise ImportRefused(_("Some rows have errors, so that not every row can be imported."))
    if not counts[Verdict.NEW] and not (with_updates and counts[Verdict.UPDATE]):
        raise ImportRefused(_("There is nothing to import."))
    params = {"all_or_nothing": all_or_nothing, "with_updates": with_updates}
    locked.write_job = new_job(WRITE, locked, _("Import of %(file)s"), at, actor, **params)
    locked.save(update_fields=["write_job"])
    return locked


@transaction.atomic
def write_by_job(
    *,
    file_import: FileImport,
    job: Job,
    all_or_nothing: bool,
    with_updates: bool,
    at: datetime,
) -> Report:
    """
    Write the rows in the import's own job, in its starter's name; see ``write_import``.

    :raises NotNow: if another job is to write it by now, or it was written
    """
    locked = fresh_import(file_import)
    if locked.write_job_id != job.pk:
        raise NotNow
    return write_import(
        file_import=locked,
        all_or_nothing=all_or_nothing,
        with_updates=with_updates,
        at=at,
        actor=job.created_by,
    )


@transaction.atomic
def write_import(
    *,
    file_import: FileImport,
    all_or_nothing: bool,
    with_updates: bool,
    at: datetime,
    actor: User | None,
) -> Report:
    """
    Write the rows the check let through, in one transaction, and keep what each became.

    :raises NotNow: if it was written already
    :raises NothingWritten: if everything is refused by now; then nothing is kept either
    """
    locked = fresh_import(file_import)
    if locked.written_at is not None:
        raise NotNow
    importer = updating(locked)
    chosen = [Verdict.NEW, Verdict.SAME, *([Verdict.UPDATE] if with_updates else [])]
    rows = list(rows_of(locked).filter(verdict__in=chosen))
    seen = {row.number: row.changes for row in rows if row.verdict == Verdict.UPDATE}
    read = kept_rows(locked, importer, rows)
    refusals: tuple[type[Exception], ...] = (DataError, IntegrityError, *importer.refusals)
    try:
        report = carry_out(
            importer=importer,
            rows=[_named(row, kept.keys) for row, kept in zip(read, rows, strict=True)],
            at=at,
            actor=actor,
            all_or_nothing=all_or_nothing,
            seen=seen,
        )
    except refusals as refused:
        raise NothingWritten(
            _("Nothing was imported: %(why)s") % {"why": why(refused)}
        ) from refused
    if not report.new and not report.updated:
        raise NothingWritten(_nothing(report))
    keep(locked, report, {row.number: row.keys for row in rows})
    rows_of(locked).filter(verdict=Verdict.UPDATE, subject_id__isnull=False).exclude(
        verdict__in=chosen
    ).update(verdict=Verdict.SAME, message=_("Left as it is."))
    locked.written_at = at
    locked.save(update_fields=["written_at"])
    audit.record(
        event="import.written",
        subject=locked,
        actor=actor,
        at=at,
        changes={"kind": locked.kind, "new": report.new, "changed": report.updated},
    )
    return report


def _nothing(report: Report) -> str:
    if not report.errors:
        return _("Nothing was imported: every row is there already.")
    first = report.errors[0]
    return _("Nothing was imported. Row %(row)s: %(why)s") % {
        "row": first.row,
        "why": first.message,
    }


def _named(row: Row, keys: Sequence[str]) -> Row:
    """Return the row with the key the check gave it among its twins, some of which are errors."""
    given = given_key(keys)
    return replace(row, cells={**row.cells, "external_key": given}) if given else row
