"""Imports of files: sent, checked, mended, written and taken back, as on the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.filtering import Parameter, one_of, read
from api.gates import importer_for, kinds_for
from api.operations.imports import take_file
from api.problems import at_field, escaped
from api.serializers.imports import (
    DATE_FORMAT,
    KINDS,
    MAPPING,
    CommitGiven,
    ImportGiven,
    ImportRowShown,
    ImportShown,
    ImportWithCountsShown,
    MendGiven,
)
from api.serializers.jobs import JobWithCountsShown
from api.uploads import CsvBody, FormBody
from api.views.base import NO_BODY, ApiView, does
from api.views.job_answers import job_answer
from core.imports import Verdict
from core.models import FileImport, FileImportRow
from core.operations.import_endings import discard_import, start_undo
from core.operations.import_mending import add_anyway, mend_row
from core.operations.import_writing import start_writing
from core.operations.imports import recheck, verdict_counts
from core.roles import Role

SCOPE = "imports:use"
_NO_ROW = _("The file has no such row.")
_NO_COLUMN = _("There is no such column.")
VERDICT = one_of("verdict", Verdict.values)
# Beside a body that is the file itself; a form has fields. The serializer judges them.
BESIDE = (
    Parameter("kind", {"type": "string", "enum": KINDS}, lambda value: value),
    Parameter("mapping", MAPPING, lambda value: value),
    Parameter("date_format", DATE_FORMAT, lambda value: value),
    Parameter("file_name", {"type": "string", "maxLength": 200}, lambda value: value),
)


class ImportView(ApiView):
    """What the views of imports share."""

    tag, prefix = "imports", ids.IMPORT

    def rows(self) -> QuerySet[FileImport]:
        """Return the imports the caller may see: an admin everybody's, others their own."""
        found = FileImport.objects.select_related("check_job", "write_job", "undo_job")
        found = found.filter(kind__in=kinds_for(self.caller))
        if Role.ADMIN not in self.caller.membership.roles:
            found = found.filter(created_by=self.actor)
        return found

    def file_import(self) -> FileImport:
        """Return the import that the address names."""
        found: FileImport = self.found(self.rows())
        return found

    def told(self, pk: int, **kwargs: Any) -> Response:
        """Return the import as it stands now, with its counts."""
        found: Any = self.rows().get(pk=pk)
        found.counts = verdict_counts(found)
        return self.shown(found, ImportWithCountsShown, **kwargs)


class Imports(ImportView):
    parser_classes = [FormBody, CsvBody]

    @does("imports_list", "List imports", scope=SCOPE, returns=ImportShown, is_list=True)
    def get(self, request: Request) -> Response:
        return self.page(self.rows(), ImportShown)

    @does(
        "imports_create", "Send a file; its rows are checked, nothing is written",
        scope=SCOPE, takes=ImportGiven, returns=ImportWithCountsShown, status=201,
        parameters=BESIDE,
        media={"multipart/form-data": ImportGiven, "text/csv": OpenApiTypes.STR},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        made = take_file(
            importer=importer_for(self.caller, self.body["kind"]),
            file=self.body["file"],
            mapping=self.body.get("mapping", {}),
            date_format=self.body.get("date_format"),
            at=self.at,
            actor=self.actor,
        )
        where = reverse("api:import", args=[ids.written(ids.IMPORT, made.pk)])
        return self.told(made.pk, status=201, location=where)


class ImportDetail(ImportView):
    @does(
        "imports_read", "Read an import and what its check found", scope=SCOPE,
        returns=ImportWithCountsShown,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.told(self.file_import().pk)

    @does("imports_delete", "Discard a file that was not written", scope=SCOPE, status=NO_BODY)
    def delete(self, request: Request) -> Response:
        discard_import(file_import=self.file_import(), at=self.at, actor=self.actor)
        return Response(status=NO_BODY)


class ImportRows(ImportView):
    @does(
        "imports_rows", "List the rows in the file's order: what each does, or why not",
        scope=SCOPE, returns=ImportRowShown, is_list=True, parameters=(VERDICT,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = FileImportRow.objects.filter(file_import=self.file_import())
        rows = rows.select_related("file_import")
        if chosen := read(request, VERDICT):
            rows = rows.filter(verdict=chosen[0])
        return self.page(rows, ImportRowShown, is_rising=True)


class MendImport(ImportView):
    @does(
        "imports_mend", "Type over cells of one row, and check it again", scope=SCOPE,
        takes=MendGiven, returns=ImportRowShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        found, number = self.file_import(), self.body["row"]
        try:
            if self.body.get("anyway"):
                row = add_anyway(file_import=found, number=number, at=self.at)
            else:
                self._require_columns(found)
                texts = self.body["cells"]
                row = mend_row(file_import=found, number=number, texts=texts, at=self.at)
        except FileImportRow.DoesNotExist:
            raise at_field("/row", _NO_ROW) from None
        row.file_import = found
        return self.shown(row, ImportRowShown)

    def _require_columns(self, found: FileImport) -> None:
        known = {one.name for one in importer_for(self.caller, found.kind).columns}
        for name in self.body["cells"]:
            if name not in known:
                raise at_field(f"/cells/{escaped(name)}", _NO_COLUMN)


class CheckImport(ImportView):
    @does(
        "imports_check", "Check all rows again, against what is there now", scope=SCOPE,
        returns=ImportWithCountsShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        found = self.file_import()
        recheck(file_import=found, at=self.at, actor=self.actor)
        return self.told(found.pk)


class CommitImport(ImportView):
    @does(
        "imports_commit", "Start the job that writes what the check let through", scope=SCOPE,
        takes=CommitGiven, returns=JobWithCountsShown, status=202,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        found = start_writing(
            file_import=self.file_import(),
            all_or_nothing=self.body.get("all_or_nothing", False),
            with_updates=self.body.get("with_updates", False),
            at=self.at,
            actor=self.actor,
        )
        return job_answer(self, found.write_job)


class UndoImport(ImportView):
    @does(
        "imports_undo", "Start the job that takes back what was added and nobody used",
        scope=SCOPE, returns=JobWithCountsShown, status=202,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        found = start_undo(file_import=self.file_import(), at=self.at, actor=self.actor)
        return job_answer(self, found.undo_job)
