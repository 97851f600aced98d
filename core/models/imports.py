"""A file somebody uploaded to import it: what it says, what was found, what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import pgettext_lazy

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey
from core.models.file import StoredFile
from core.models.job import Job, JobState
from core.tenancy import TenantManager, TenantModel, TenantPart


class Verdict(models.TextChoices):
    """What a row of a file would do, or did."""

    NEW = "NEW", pgettext_lazy("row of an import", "New")
    UPDATE = "UPDATE", pgettext_lazy("row of an import", "Changed")
    SAME = "SAME", pgettext_lazy("row of an import", "Already there")
    ERROR = "ERROR", pgettext_lazy("row of an import", "Error")


class ImportStage(models.TextChoices):
    """Where an import stands; told by its instants and jobs, stored nowhere."""

    COLUMNS = "COLUMNS", pgettext_lazy("import", "Columns to choose")
    CHECKING = "CHECKING", pgettext_lazy("import", "Being checked")
    CHECKED = "CHECKED", pgettext_lazy("import", "Checked, not imported")
    WRITING = "WRITING", pgettext_lazy("import", "Being imported")
    WRITTEN = "WRITTEN", pgettext_lazy("import", "Imported")
    UNDOING = "UNDOING", pgettext_lazy("import", "Being taken back")
    UNDONE = "UNDONE", pgettext_lazy("import", "Taken back")
    ENDED = "ENDED", pgettext_lazy("import", "Imported, file no longer kept")


class FileImport(TenantModel):
    """One uploaded file. ``mapping`` tells by our columns' names which of the file's they are.

    Whoever started it and admins see it. It is the memory of mappings, too: the next file with the
    same headers finds this one's by ``header_key``.
    """

    kind = models.CharField(max_length=20)
    file = TenantForeignKey(StoredFile, null=True)  # None once its time is over
    file_name = models.CharField(max_length=200)
    header = models.JSONField(default=list)
    header_key = models.CharField(max_length=64)
    notes = models.JSONField(default=list)  # what was assumed when the file was read
    row_count = models.PositiveIntegerField()
    mapping = models.JSONField(default=dict)
    date_format = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)  # set by each check of all rows
    written_at = models.DateTimeField(null=True)  # set once, by the job that wrote something
    check_job = TenantForeignKey(Job, null=True)
    write_job = TenantForeignKey(Job, null=True)
    undo_job = TenantForeignKey(Job, null=True)
    undone_at = models.DateTimeField(null=True)  # set once all that was added is taken back
    ended_at = models.DateTimeField(null=True)  # its rows and its file are gone since

    objects = TenantManager["FileImport"]()

    class Meta:
        constraints = [
            *tenant_rules("fileimport", "file", "check_job", "write_job", "undo_job"),
            CustomerScope(column="created_by_id", by="viewer_since", name="fileimport_scope"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="fileimport_list_idx"),
            models.Index(fields=["tenant", "kind", "header_key", "-id"], name="fileimport_key_idx"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def stage(self) -> ImportStage:
        """Where it stands; the jobs must have been fetched with it."""
        if self.written_at is not None:
            return self._stage_since_written
        if is_at_work(self.write_job):
            return ImportStage.WRITING
        if is_at_work(self.check_job):
            return ImportStage.CHECKING
        return ImportStage.CHECKED if self.checked_at else ImportStage.COLUMNS

    @property
    def _stage_since_written(self) -> ImportStage:
        if self.ended_at is not None:
            return ImportStage.ENDED
        if is_at_work(self.undo_job):
            return ImportStage.UNDOING
        return ImportStage.UNDONE if self.undone_at else ImportStage.WRITTEN


def is_at_work(job: Job | None) -> bool:
    """Test if there is a job that waits or runs."""
    return job is not None and job.state in {JobState.QUEUED, JobState.RUNNING}


class FileImportRow(TenantPart):
    """One row of an uploaded file, with the outcome of its last check.

    ``cells`` stand as the file has them (``core.imports.cells``); ``edits`` are what somebody typed
    over them, by our columns' names. ``keys`` name what only one row of the file may be about.
    """

    file_import = TenantForeignKey(FileImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # as a spreadsheet shows it; the header is row 1
    cells = models.JSONField(default=list)
    edits = models.JSONField(default=dict)
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True)
    error_column = models.CharField(max_length=40, blank=True)  # ours; empty: the whole row
    message = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)  # by our column: [before, after]
    keys = ArrayField(models.TextField(), default=list)
    subject_id = models.BigIntegerField(null=True)  # of what it was written as

    objects = TenantManager["FileImportRow"]()

    class Meta:
        constraints = [
            *tenant_rules("fileimportrow", "file_import"),
            models.UniqueConstraint(
                fields=["tenant", "file_import", "number"], name="fileimportrow_number"
            ),
        ]
        indexes = [
            models.Index(
                fields=["file_import", "verdict", "number"], name="fileimportrow_verdict_idx"
            ),
            models.Index(
                fields=["file_import", "subject_id"],
                condition=models.Q(subject_id__isnull=False),
                name="fileimportrow_subject_idx",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)
