"""What the pages of imports have in common: who sees one, and how one is told in a line."""

from __future__ import annotations

from typing import IO

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from core.exports import XLSX_TYPE
from core.imports import FileRefused, Importer, importer_of
from core.models import FileImport
from core.models.imports import ImportStage
from core.roles import Role
from core.urls_in import page_url
from core.views import StaffRequest

STAGE_CHIPS = {
    ImportStage.COLUMNS: "draft",
    ImportStage.CHECKING: "partly",
    ImportStage.CHECKED: "due",
    ImportStage.WRITING: "partly",
    ImportStage.WRITTEN: "ok",
    ImportStage.UNDOING: "partly",
    ImportStage.UNDONE: "off",
    ImportStage.ENDED: "ok",
}


def language() -> str:
    """Return the language of the page: that of column names and fixed words."""
    return get_language() or "en"


def importer_for(request: StaffRequest, kind: str) -> Importer:
    """
    Return the importer of the kind, if the member may import such files.

    :raises Http404: if there is none
    :raises PermissionDenied: if the member may not
    """
    try:
        importer = importer_of(kind)
    except FileRefused:
        raise Http404 from None
    if not request.membership.allows(importer.permission):
        raise PermissionDenied
    return importer


def visible_import(request: StaffRequest, pk: int) -> FileImport:
    """
    Return the import as it stands, to whoever started it and to admins.

    :raises Http404: to everybody else, as if it were not there
    """
    found = (
        FileImport.objects.select_related("check_job", "write_job", "undo_job", "created_by")
        .filter(pk=pk)
        .first()
    )
    if found is None or not _may_see(request, found):
        raise Http404
    importer_for(request, found.kind)
    return found


def _may_see(request: StaffRequest, found: FileImport) -> bool:
    return found.created_by_id == request.user.pk or Role.ADMIN in request.membership.roles


def step_url(request: StaffRequest, file_import: FileImport) -> str:
    """Return the page on which the import goes on."""
    columns = file_import.stage == ImportStage.COLUMNS
    return page_url(request.tenant, "import_columns" if columns else "import_rows", file_import.pk)


def workbook(file: IO[bytes], name: str) -> HttpResponse:
    """Hand out a workbook, which is read and closed; none is larger than an import."""
    with file:
        response = HttpResponse(file.read(), content_type=XLSX_TYPE)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
