"""Importing an uploaded file in steps: keep it, choose its columns, check, mend, write, take back.

The rows are kept beside the file, so that a cell can be mended and checked by itself. What is
written is planned anew from the rows as they stand: the check is a promise to look at, no more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import files, jobs
from core.bulk import text_array
from core.companies import active_tenant
from core.imports import FileRefused, Importer, Verdict, importer_of, read_bytes
from core.imports.cells import to_json
from core.imports.columns import guessed_positions, key_of
from core.imports.kept import kept_rows
from core.imports.running import Report, check, without_example
from core.models import FileImport, FileImportRow, Job, User
from core.models.imports import ImportStage, is_at_work
from core.tenancy import active_tenant_id
from core.urls_in import page_url

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
RIGHT_AWAY = 2_000  # rows that are checked while somebody waits
CHECK, WRITE, UNDO = "check_import", "import", "undo_import"
_GIVEN = "as "  # begins the key that a check gave a row without one
OPEN = (ImportStage.COLUMNS, ImportStage.CHECKED)


class ImportRefused(Exception):
    """A step cannot be taken; the message says why, for a person."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


class NotNow(ImportRefused):
    """The import is past this step, or is under work: somebody was faster, or clicked twice."""

    def __init__(self) -> None:
        super().__init__(gettext_lazy("This import has moved on. The page shows how it stands."))


@transaction.atomic
def start_import(
    *, importer: Importer, content: bytes, name: str, at: datetime, actor: User
) -> FileImport:
    """
    Keep the file and its rows; map its columns as the last file with these headers, or by guess.

    :raises FileRefused: if it cannot be read or passes a limit; then nothing is kept
    """
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 20 MB. Split it into smaller ones."))
    sheet = read_bytes(content)
    if not sheet.rows:
        raise FileRefused(_("The file has a first row of column names, and no rows below it."))
    if len(sheet.rows) > MOST_ROWS:
        raise FileRefused(_("The file has more than 20,000 rows. Split it into smaller ones."))
    header_key = _header_key(sheet.header)
    known = last_mapped(importer.kind, header_key)
    file_import = FileImport.objects.create(
        kind=importer.kind,
        file=files.store(
            content=content, name=name[:200], content_type="application/octet-stream", at=at
        ),
        file_name=name[:200],
        header=list(sheet.header),
        header_key=header_key,
        notes=list(sheet.notes),
        row_count=len(sheet.rows),
        mapping=known.mapping if known else guessed_positions(importer.columns, sheet.header),
        date_format=known.date_format if known else "",
        created_by=actor,
        created_at=at,
    )
    FileImportRow.objects.bulk_create(
        [
            FileImportRow(file_import=file_import, number=number, cells=to_json(cells))
            for number, cells in sheet.rows
        ]
    )
    return file_import


def last_mapped(kind: str, header_key: str) -> FileImport | None:
    """Return the company's last import of the kind whose file had the same headers."""
    mapped = FileImport.objects.filter(kind=kind, header_key=header_key, checked_at__isnull=False)
    return mapped.order_by("-pk").first()


@transaction.atomic
def choose_columns(
    *,
    file_import: FileImport,
    mapping: Mapping[str, int],
    date_format: str,
    at: datetime,
    actor: User,
) -> FileImport:
    """
    Say which column is which, and check the rows: at once, or by a job if there are many.

    :raises NotNow: if it is under work or was imported
    :raises ImportRefused: if a column that is needed is not among them
    """
    locked = in_stage(file_import, OPEN)
    importer = importer_of(locked.kind)
    needed = [one for one in importer.columns if one.required and one.name not in mapping]
    if needed:
        raise ImportRefused(_("A column that is needed is missing."))
    locked.mapping, locked.date_format, locked.checked_at = dict(mapping), date_format, None
    locked.save(update_fields=["mapping", "date_format", "checked_at"])
    return recheck(file_import=locked, at=at, actor=actor)


@transaction.atomic
def recheck(*, file_import: FileImport, at: datetime, actor: User) -> FileImport:
    """
    Check all rows against what is there now.

    :raises NotNow: if it is under work or was imported
    """
    locked = in_stage(file_import, OPEN)
    if locked.row_count > RIGHT_AWAY:
        locked.check_job = new_job(CHECK, locked, _("Check of %(file)s"), at, actor)
        locked.save(update_fields=["check_job"])
        return locked
    return check_all(file_import=locked, at=at)


@transaction.atomic
def check_by_job(*, file_import: FileImport, job: Job, at: datetime) -> FileImport:
    """
    Check all rows in the import's own job.

    :raises NotNow: if another job checks them by now, or they are written or about to be
    """
    locked = fresh_import(file_import)
    waits = locked.written_at is None and not is_at_work(locked.write_job)
    if not waits or locked.check_job_id != job.pk:
        raise NotNow
    return check_all(file_import=locked, at=at)


def check_all(*, file_import: FileImport, at: datetime) -> FileImport:
    """Plan all rows of the locked import and keep what would become of each, by one statement."""
    importer = updating(file_import)
    rows = kept_rows(file_import, importer, rows_of(file_import))
    kept = without_example(importer, rows)
    if len(kept) < len(rows):
        _drop_rows(file_import, {row.number for row in rows} - {row.number for row in kept})
    report, keys = check(importer=importer, rows=kept, at=at)
    keep(file_import, report, keys)
    file_import.checked_at = at
    file_import.save(update_fields=["checked_at", "row_count", "notes"])
    return file_import


def _drop_rows(file_import: FileImport, numbers: Iterable[int]) -> None:
    dropped = FileImportRow.objects.filter(file_import=file_import, number__in=list(numbers))
    file_import.row_count -= dropped.count()
    file_import.notes = [*file_import.notes, _("The example of the template was left out.")]
    dropped.delete()


def verdict_counts(file_import: FileImport) -> dict[Verdict, int]:
    """Return how many rows have each verdict; 0 for none."""
    rows = FileImportRow.objects.filter(file_import=file_import).order_by()
    found = dict(rows.values_list("verdict").annotate(count=Count("pk")))
    return {verdict: found.get(verdict.value, 0) for verdict in Verdict}


def _header_key(header: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(key_of(name) for name in header).encode()).hexdigest()


def rows_of(file_import: FileImport) -> Any:
    """Return the rows in the file's order."""
    return FileImportRow.objects.filter(file_import=file_import).order_by("number")


def updating(file_import: FileImport) -> Importer:
    """Return the importer of the kind, which may change what is there."""
    importer = importer_of(file_import.kind)
    importer.updates = True
    return importer


def given_key(keys: Iterable[str]) -> str:
    """Return the key that the last check gave a row without one; "" if it gave none."""
    return next((key.removeprefix(_GIVEN) for key in keys if key.startswith(_GIVEN)), "")


def in_stage(file_import: FileImport, stages: Iterable[ImportStage]) -> FileImport:
    """
    Return the import as it stands, locked, with its jobs.

    :raises NotNow: if it is in none of these stages, or gone
    """
    fresh = fresh_import(file_import)
    if fresh.stage not in stages:
        raise NotNow
    return fresh


def fresh_import(file_import: FileImport) -> FileImport:
    """
    Return the import as it stands, locked, with its jobs.

    :raises NotNow: if it is gone
    """
    fresh = (
        FileImport.objects.select_for_update(of=("self",))
        .select_related("check_job", "write_job", "undo_job")
        .filter(pk=file_import.pk)
        .first()
    )
    if fresh is None:
        raise NotNow
    return fresh


def new_job(
    kind: str, file_import: FileImport, title: str, at: datetime, actor: User, **params: bool
) -> Job:
    """Start a job of one row: the whole file."""
    return jobs.start(
        kind=kind,
        title=title % {"file": file_import.file_name},
        rows=[(file_import.pk, file_import.file_name)],
        at=at,
        actor=actor,
        params=job_params(file_import) | params,
    )


def job_params(file_import: FileImport) -> dict[str, Any]:
    """Return what a job has to know; the way back is for its page."""
    back = page_url(active_tenant(), "import_rows", file_import.pk)
    return {"import": file_import.pk, "back": back}


def keep(file_import: FileImport, report: Report, keys: Mapping[int, Sequence[str]]) -> None:
    """Write the outcomes of the report's rows beside them, by one statement."""
    lines = [
        (number, one.verdict, "", one.note[:300], one.changes, one.subject_id)
        for number, one in report.outcomes.items()
    ]
    lines += [
        (error.row, Verdict.ERROR, error.column, error.message[:300], {}, None)
        for error in report.errors
    ]
    given = {number: [_GIVEN + one.key] for number, one in report.outcomes.items() if one.key}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_fileimportrow AS row SET verdict = fresh.verdict, "
            "error_column = fresh.error_column, message = fresh.message, "
            "changes = fresh.changes::jsonb, subject_id = fresh.subject_id, "
            "keys = fresh.keys::text[] "
            "FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], "
            "%s::text[]) AS fresh (number, verdict, error_column, message, changes, subject_id, "
            "keys) WHERE row.tenant_id = %s AND row.file_import_id = %s "
            "AND row.number = fresh.number",
            [
                text_array(line[0] for line in lines),
                text_array(line[1].value for line in lines),
                text_array(line[2] for line in lines),
                text_array(line[3] for line in lines),
                text_array(json.dumps(line[4]) for line in lines),
                text_array(line[5] for line in lines),
                text_array(
                    text_array([*keys.get(line[0], ()), *given.get(line[0], ())]) for line in lines
                ),
                active_tenant_id(),
                file_import.pk,
            ],
        )
