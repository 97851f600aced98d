"""How an import ends: taken back, discarded, or let go when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, files, jobs
from core.imports import Importer, NothingThere, NotUndone, Verdict, importer_of
from core.imports.kept import label_of
from core.models import FileImport, FileImportRow, User
from core.models.imports import ImportStage
from core.operations.imports import OPEN, UNDO, ImportRefused, NotNow, in_stage, job_params
from core.tenancy import whole_company

KEPT = timedelta(days=90)  # after its last step
_AT_ONCE = 200  # imports that one run ends
_AT_WORK = (ImportStage.CHECKING, ImportStage.WRITING, ImportStage.UNDOING)


def left_to_undo(file_import: FileImport) -> Any:
    """Return the rows whose work is there still: what their kind takes back, and has not."""
    undone = importer_of(file_import.kind).undone
    written = FileImportRow.objects.filter(file_import=file_import, verdict__in=undone)
    return written.filter(subject_id__isnull=False).order_by("number")


@transaction.atomic
def start_undo(*, file_import: FileImport, at: datetime, actor: User) -> FileImport:
    """
    Start the job that takes back, one by one, what the import added, or what is left of it.

    :raises NotNow: if it was not written, was taken back, or is being taken back
    :raises ImportRefused: if nothing was added
    """
    locked = in_stage(file_import, (ImportStage.WRITTEN,))
    rows = list(left_to_undo(locked))
    if not rows:
        raise ImportRefused(_("The import added nothing."))
    locked.undo_job = jobs.start(
        kind=UNDO,
        title=_("Taking back %(file)s") % {"file": locked.file_name},
        rows=[(row.subject_id or 0, label_of(locked, row)) for row in rows],
        at=at,
        actor=actor,
        params=job_params(locked),
    )
    locked.save(update_fields=["undo_job"])
    audit.record(event="import.undone", subject=locked, actor=actor, at=at)
    return locked


@transaction.atomic
def take_back(*, file_import: FileImport, subject_id: int, at: datetime, actor: User | None) -> str:
    """
    Take back what one row was written as, and say so; with the last one the import is undone.

    :raises NotNow: if the row was taken back already, or the time for it is over
    :raises NotUndone: if it is used or was changed since
    """
    locked = FileImport.objects.select_for_update(of=("self",)).filter(pk=file_import.pk).first()
    if locked is None:
        raise NotNow
    row = left_to_undo(locked).filter(subject_id=subject_id).first()
    if row is None:
        raise NotNow
    importer, told = importer_of(locked.kind), _("Taken back.")
    try:
        subject = _subject(importer, subject_id)
        importer.undo(subject, verdict=Verdict(row.verdict), at=at, actor=actor)
    except NothingThere as gone:
        told = str(gone)
    row.subject_id, row.message = None, told
    row.save(update_fields=["subject_id", "message"])
    if not left_to_undo(locked).exists():
        locked.undone_at = at
        locked.save(update_fields=["undone_at"])
    return told


def _subject(importer: Importer, subject_id: int) -> Any:
    """
    Return what a row became.

    :raises NothingThere: if it was deleted
    :raises NotUndone: if it belongs to a customer whom the person does not see any more
    """
    rows = importer.model._default_manager.filter(pk=subject_id)
    if found := rows.first():
        return found
    with whole_company():
        is_there = rows.all().exists()
    if is_there:
        raise NotUndone(_("You do not see its customer any more."))
    raise NothingThere(_("It is not there any more."))


@transaction.atomic
def discard_import(*, file_import: FileImport, at: datetime, actor: User) -> None:
    """
    Forget a file that was not imported, with its rows and its bytes.

    :raises NotNow: if it is under work or was imported
    """
    locked = in_stage(file_import, OPEN)
    audit.record(event="import.discarded", subject=locked, actor=actor, at=at)
    _forget(locked)


@transaction.atomic
def end_old_imports(*, at: datetime) -> int:
    """
    Let go of files and rows whose last step is ``KEPT`` ago; return how many imports that ends.

    What was written stays, and cannot be taken back any more. What never was is forgotten wholly.
    """
    limit = at - KEPT
    late = Q(checked_at__gte=limit) | Q(written_at__gte=limit) | Q(undo_job__created_at__gte=limit)
    old = (
        FileImport.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("check_job", "write_job", "undo_job", "file")
        .filter(ended_at__isnull=True, created_at__lt=limit)
        .exclude(late)
        .order_by("pk")[:_AT_ONCE]
    )
    ended = [one for one in old if one.stage not in _AT_WORK]
    for one in ended:
        if one.written_at is None:
            _forget(one)
        else:
            _end(one, at)
    return len(ended)


def _end(file_import: FileImport, at: datetime) -> None:
    stored = file_import.file
    FileImportRow.objects.filter(file_import=file_import).delete()
    file_import.file, file_import.ended_at = None, at
    file_import.save(update_fields=["file", "ended_at"])
    if stored is not None:
        files.discard_unused(stored)


def _forget(file_import: FileImport) -> None:
    stored = file_import.file
    file_import.delete()
    if stored is not None:
        files.discard_unused(stored)
