"""Starting an import: what it is, a template for it, the file, and which column is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms import HouseForm
from core.http import unprocessable
from core.imports import FileRefused, Importer, importers
from core.imports.cells import PLAIN, asks_for_format
from core.imports.kept import day_texts, plain_name, possible_formats, samples
from core.imports.rows import YEAR_FIRST
from core.imports.templates import column_note, template_file
from core.models import FileImport, FileImportRow
from core.models.imports import ImportStage
from core.operations.import_endings import discard_import
from core.operations.imports import (
    MOST_BYTES,
    ImportRefused,
    NotNow,
    choose_columns,
    recheck,
    start_import,
)
from core.pages.import_common import (
    STAGE_CHIPS,
    importer_for,
    language,
    step_url,
    visible_import,
    workbook,
)
from core.roles import Role
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

RECENT = 30  # imports on a page
LONGEST_ID = 18  # digits of a bigint that cannot overflow
SAMPLED = 50  # rows looked at for examples of what a column holds
PASTED_BYTES = 2_000_000
TEMPLATE = "core/import_columns.html"
NEW_TEMPLATE = "core/import_new.html"


@staff_view(permission="imports.use")
@require_safe
def imports(request: StaffRequest) -> HttpResponse:
    """Choose what to import; see the imports so far, an admin everybody's, newest first."""
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) <= LONGEST_ID
    allowed = [one for one in importers() if request.membership.allows(one.permission)]
    titles = {one.kind: one.title for one in importers()}
    found = FileImport.objects.select_related(
        "check_job", "write_job", "undo_job", "created_by"
    ).order_by("-pk")
    if Role.ADMIN not in request.membership.roles:
        found = found.filter(created_by=request.user)
    if is_id:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: RECENT + 1])
    context = {
        "kinds": allowed,
        "recent": [
            (one, titles.get(one.kind, one.kind), STAGE_CHIPS[one.stage], step_url(request, one))
            for one in rows[:RECENT]
        ],
        "older": rows[RECENT - 1].pk if len(rows) > RECENT else None,
        "is_later_page": is_id,
        "languages": settings.LANGUAGES,
    }
    return render(request, "core/imports.html", context)


@staff_view(permission="imports.use")
@require_safe
def import_template(request: StaffRequest) -> HttpResponseBase:
    """Hand out a workbook to fill in."""
    importer = importer_for(request, request.GET.get("kind", ""))
    wanted = request.GET.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Http404
    return workbook(template_file(importer, wanted), f"{importer.kind}-{wanted}.xlsx")


class UploadForm(HouseForm):
    """A file, or what was copied from a spreadsheet."""

    file = forms.FileField(
        label=_("CSV or XLSX file"),
        required=False,
        max_length=300,
        help_text=_("Up to 20 MB and 20,000 rows; UTF-8 or GBK. The first row names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    text = forms.CharField(
        label=_("Or paste rows copied from a spreadsheet, with the row of column names"),
        required=False,
        max_length=PASTED_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "import-paste", "wrap": "off"}),
    )

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data.get("file")
        if file and (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB. Split it into smaller ones."))
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        text = str(values.get("text") or "").strip()
        if not self.errors and bool(values.get("file")) == bool(text):
            self.add_error("file", _("Choose a file, or paste rows; one of the two."))
        return values

    def content(self) -> tuple[bytes, str]:
        """Return the bytes, and what they are called."""
        file = self.cleaned_data.get("file")
        if file:
            return file.read(), plain_name(str(file.name))
        text = str(self.cleaned_data["text"]).strip("\r\n")
        return text.encode(), gettext("Pasted rows")


@staff_view(permission="imports.use")
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: StaffRequest) -> HttpResponseBase:
    """Take the file; whose headers are known go on to the check, others to their columns."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    if not kind:
        return HttpResponseRedirect(page_url(request.tenant, "imports"))
    importer = importer_for(request, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    context = {
        "form": form,
        "importer": importer,
        "step": 2,
        "languages": settings.LANGUAGES,
        "columns": _explained(importer),
    }
    if request.method != "POST":
        return render(request, NEW_TEMPLATE, context)
    if not form.is_valid():
        return unprocessable(request, NEW_TEMPLATE, context)
    content, name = form.content()
    at = timezone.now()
    try:
        made = start_import(
            importer=importer, content=content, name=name, at=at, actor=request.user
        )
    except FileRefused as refused:
        form.add_error("file" if form.cleaned_data.get("file") else "text", str(refused))
        return unprocessable(request, NEW_TEMPLATE, context)
    if _is_known(made):
        made = recheck(file_import=made, at=at, actor=request.user)
        messages.info(request, gettext("The columns are those of the last file like this."))
    return HttpResponseRedirect(step_url(request, made))


def _is_known(made: FileImport) -> bool:
    others = FileImport.objects.filter(
        kind=made.kind, header_key=made.header_key, checked_at__isnull=False
    )
    return others.exclude(pk=made.pk).exists() and made.date_format == PLAIN


def _explained(importer: Importer) -> list[tuple[str, bool, str]]:
    options = importer.options()
    return [
        (column.title(language()), column.required, column_note(column, options, language()))
        for column in importer.columns
    ]


@dataclass(slots=True)
class FileColumn:
    """One column of the file on the page: what it is called, holds, and was taken for."""

    place: int
    name: str
    samples: list[str]
    chosen: str = ""
    error: str = ""


@staff_view(permission="imports.use")
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: StaffRequest, pk: int) -> HttpResponse:
    """Say which column of the file is which of ours, and how the file writes days."""
    found = visible_import(request, pk)
    if found.stage not in {ImportStage.COLUMNS, ImportStage.CHECKED}:
        return HttpResponseRedirect(step_url(request, found))
    importer = importer_for(request, found.kind)
    is_post = request.method == "POST"
    columns = _file_columns(found, importer, request.POST if is_post else None)
    mapping = {one.chosen: one.place for one in columns if one.chosen and not one.error}
    formats = possible_formats(found, importer, mapping)
    chosen = request.POST.get("date_format", "") if is_post else found.date_format
    missing = [one for one in importer.columns if one.required and one.name not in mapping]
    must_ask = asks_for_format(formats)
    needs_day = must_ask and chosen not in formats
    context = {
        "import": found,
        "importer": importer,
        "step": 3,
        "columns": columns,
        "ours": [(one.name, one.title(language()), one.required) for one in importer.columns],
        "missing": [one.title(language()) for one in missing],
        "formats": _examples(found, importer, mapping, formats) if formats != [PLAIN] else [],
        "date_format": chosen if chosen in formats else "" if must_ask else (formats or [PLAIN])[0],
        "asks_day": is_post and needs_day,
    }
    if not is_post:
        return render(request, TEMPLATE, context)
    if missing or needs_day or any(one.error for one in columns):
        return unprocessable(request, TEMPLATE, context)
    try:
        found = choose_columns(
            file_import=found,
            mapping=mapping,
            date_format=chosen if chosen in formats else (formats or [PLAIN])[0],
            at=timezone.now(),
            actor=request.user,
        )
    except NotNow as passed:
        messages.warning(request, str(passed.message))
    except ImportRefused as refused:
        messages.error(request, str(refused.message))
        return unprocessable(request, TEMPLATE, context)
    return HttpResponseRedirect(page_url(request.tenant, "import_rows", found.pk))


def _file_columns(
    found: FileImport, importer: Importer, data: Mapping[str, str] | None
) -> list[FileColumn]:
    rows = list(FileImportRow.objects.filter(file_import=found).order_by("number")[:SAMPLED])
    names = {column.name for column in importer.columns}
    by_place = {place: name for name, place in found.mapping.items()}
    columns, taken = [], set()
    for place, name in enumerate(found.header):
        column = FileColumn(place, name, samples(rows, place), by_place.get(place, ""))
        if data is not None:
            wanted = data.get(f"column-{place}", "")
            column.chosen = wanted if wanted in names else ""
        if column.chosen in taken:
            column.error = gettext("Another column of the file was taken for this.")
        taken |= {column.chosen} - {""}
        if column.name or column.samples:
            columns.append(column)
    return columns


def _examples(
    found: FileImport, importer: Importer, mapping: Mapping[str, int], formats: list[str]
) -> list[tuple[str, str, date]]:
    """Return each format with a day of the file and how it would be read."""
    texts = [text for text in day_texts(found, importer, mapping) if not YEAR_FIRST.fullmatch(text)]
    return [
        (one, text, day)
        for one in formats
        if (text := _told_by(one, texts)) and (day := _read(one, text))
    ]


def _told_by(date_format: str, texts: list[str]) -> str:
    return next((text for text in texts if _read(date_format, text)), "")


def _read(date_format: str, text: str) -> date | None:
    try:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


@staff_view(permission="imports.use")
@require_POST
def import_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a file that was not imported."""
    found = visible_import(request, pk)
    try:
        discard_import(file_import=found, at=timezone.now(), actor=request.user)
    except NotNow as passed:
        messages.warning(request, str(passed.message))
        return HttpResponseRedirect(step_url(request, found))
    messages.success(request, gettext("The file was discarded. Nothing was imported."))
    return HttpResponseRedirect(page_url(request.tenant, "imports"))
