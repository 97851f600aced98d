"""The check of an import and its result: every row, what it does and why not; mending cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from core.exports import Sheet, xlsx_file
from core.imports import Importer, Verdict
from core.imports.cells import from_json
from core.imports.columns import Column
from core.imports.kept import file_cells, shown_cells
from core.models import FileImport, FileImportRow, JobRow
from core.models.imports import ImportStage
from core.models.job import RowState
from core.once import first_time
from core.operations.import_endings import left_to_undo, start_undo
from core.operations.import_mending import add_anyway, mend_row
from core.operations.import_writing import start_writing
from core.operations.imports import (
    ImportRefused,
    NotNow,
    recheck,
    verdict_counts,
)
from core.pages.import_common import importer_for, language, visible_import, workbook
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

SIZE = 50
LIVE = (ImportStage.CHECKING, ImportStage.WRITING)
VERDICT_CHIPS = {
    Verdict.NEW: "ok",
    Verdict.UPDATE: "sent",
    Verdict.SAME: "off",
    Verdict.ERROR: "failed",
}


@dataclass(slots=True)
class ShownCell:
    """A cell on the page; ``before`` is what stands there now, if the row changes it."""

    column: Column
    title: str
    text: str
    before: str | None = None
    is_wrong: bool = False
    is_input: bool = False

    @property
    def has_lines(self) -> bool:
        """Whether the text has more than one line, which a field of one line would lose."""
        return "\n" in self.text or "\r" in self.text


@dataclass(slots=True)
class ShownRow:
    """A row on the page; ``beside`` its outcome stand the wrong cell and those not in the file."""

    row: FileImportRow
    chip: str
    cells: list[ShownCell]
    beside: list[ShownCell] = field(default_factory=list)
    url: str = ""
    is_open: bool = False  # all its cells can be typed over
    is_alike: bool = False  # taken for what is there, but it may be another one

    @property
    def can_be_sent(self) -> bool:
        """Whether anything of the row can be typed over or pressed, for which it has a form."""
        both = (*self.cells, *self.beside)
        return self.is_open or self.is_alike or any(cell.is_input for cell in both)

    @property
    def wrong(self) -> str:
        """What the wrong cell's column is called; "" if the row as a whole is wrong, or nothing."""
        both = (*self.cells, *self.beside)
        return next((cell.title for cell in both if cell.is_wrong), "")


@staff_view(permission="imports.use")
@require_safe
def import_rows(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what each row would do, or did; with the choice of what to write."""
    found = visible_import(request, pk)
    if "live" in request.GET:  # asked every few seconds, until there is something to show
        over = {} if found.stage in LIVE else {"HX-Refresh": "true"}
        return HttpResponse(status=204, headers=over)
    if found.stage == ImportStage.COLUMNS:
        return HttpResponseRedirect(page_url(request.tenant, "import_columns", pk))
    return render(request, "core/import_rows.html", _context(request, found))


def _context(request: StaffRequest, found: FileImport) -> dict[str, Any]:
    importer = importer_for(request, found.kind)
    stage = found.stage
    counts = verdict_counts(found)
    state = request.GET.get("rows", "")
    context = {
        "import": found,
        "importer": importer,
        "stage": stage,
        "step": 4,
        "is_live": stage in LIVE,
        "is_checked": stage == ImportStage.CHECKED,
        "counts": {verdict.value: count for verdict, count in counts.items()},
        "writable": counts[Verdict.NEW] + counts[Verdict.UPDATE],
        "failure": _failure(found),
        "left": left_to_undo(found).count() if stage == ImportStage.WRITTEN else 0,
        "alike": _alike(found) if stage == ImportStage.CHECKED and counts[Verdict.SAME] else 0,
        "state": state if state in Verdict.values else "",
        "total": found.row_count,
        "list_url": page_url(request.tenant, importer.list_page),
        "tabs": [(one.value, one.label, VERDICT_CHIPS[one], counts[one]) for one in Verdict],
    }
    return context if stage in LIVE else context | _page(request, found, importer, state)


def _alike(found: FileImport) -> int:
    """Return how many rows are taken for what is there without a key that says so."""
    same = FileImportRow.objects.filter(file_import=found, verdict=Verdict.SAME)
    return same.exclude(message="").count()


def _failure(found: FileImport) -> str:
    """Return why the last job wrote nothing; "" where none failed."""
    job = found.write_job or found.check_job
    if found.written_at is not None or job is None or found.stage in LIVE:
        return ""
    row = JobRow.objects.filter(job=job, state=RowState.FAILED).first()
    return row.message if row else ""


def _page(
    request: StaffRequest, found: FileImport, importer: Importer, state: str
) -> dict[str, Any]:
    rows = FileImportRow.objects.filter(file_import=found).order_by("number")
    if state in Verdict.values:
        rows = rows.filter(verdict=state)
    matching = rows.count()
    last = max(-(-matching // SIZE), 1)
    page = min(max(_number(request.GET.get("page")), 1), last)
    edited = _number(request.GET.get("edit"))
    is_open = found.stage == ImportStage.CHECKED
    shown = [
        _shown(request, found, importer, row, is_open=is_open and row.number == edited)
        for row in rows[(page - 1) * SIZE : page * SIZE]
    ]
    mapped = [one for one in importer.columns if one.name in found.mapping]
    options = importer.options() if is_open else {}
    return {
        "rows": shown,
        "columns": [(one, one.title(language())) for one in mapped],
        "choices": [
            (one.name, _choices(one, options))
            for one in importer.columns
            if one.words or options.get(one.name)
        ],
        "page": page,
        "last_page": last,
        "matching": matching,
        "first_shown": (page - 1) * SIZE + 1,
        "last_shown": min(page * SIZE, matching),
        "here": urlencode({"rows": state, "page": str(page)}),
    }


def _choices(column: Column, options: Any) -> list[str]:
    words = [column.word(value, language()) for value in column.words]
    return words or list(options.get(column.name, ()))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0  # noqa: PLR2004 - digits of a row


def _shown(
    request: StaffRequest,
    found: FileImport,
    importer: Importer,
    row: FileImportRow,
    *,
    is_open: bool,
) -> ShownRow:
    texts = shown_cells(found, row)
    can_mend = found.stage == ImportStage.CHECKED
    cells, beside = [], []
    for column in importer.columns:
        is_wrong = row.verdict == Verdict.ERROR and row.error_column == column.name
        change = row.changes.get(column.name)
        in_file = column.name in found.mapping
        if not in_file and not is_wrong and column.name not in row.edits:
            continue
        cell = ShownCell(
            column,
            column.title(language()),
            texts.get(column.name, ""),
            column.word(change[0], language()) if change else None,
            is_wrong=is_wrong,
            is_input=is_open and not is_wrong,
        )
        if in_file:
            cells.append(cell)
        if (is_wrong and can_mend) or not in_file:
            beside.append(replace(cell, is_input=can_mend))
    url = ""
    if row.subject_id and importer.page:
        url = page_url(request.tenant, importer.page, row.subject_id)
    chip = VERDICT_CHIPS[Verdict(row.verdict)] if row.verdict else "draft"
    is_alike = can_mend and row.verdict == Verdict.SAME and bool(row.message)
    return ShownRow(row, chip, cells, beside, url, is_open, is_alike)


@staff_view(permission="imports.use")
@require_POST
def import_mend(request: StaffRequest, pk: int) -> HttpResponse:
    """Type over cells of one row; it is checked again, and the page comes back to it."""
    found = visible_import(request, pk)
    number = _number(request.POST.get("row"))
    prefix = "cell-"
    texts = {
        name.removeprefix(prefix): str(text).replace("\x00", "").strip()
        for name, text in request.POST.items()
        if name.startswith(prefix)
    }
    try:
        if "anyway" in request.POST:
            row = add_anyway(file_import=found, number=number, at=timezone.now())
        else:
            row = mend_row(file_import=found, number=number, texts=texts, at=timezone.now())
    except FileImportRow.DoesNotExist:
        messages.warning(request, gettext("The file has no such row."))
    except ImportRefused as refused:
        messages.warning(request, str(refused.message))
    else:
        _tell(request, row)
    query = {name: request.POST.get(name, "")[:10] for name in ("rows", "page")}
    kept = {name: text for name, text in query.items() if text}
    address = page_url(request.tenant, "import_rows", pk, query=kept or None)
    return HttpResponseRedirect(f"{address}#row-{number}")


def _tell(request: StaffRequest, row: FileImportRow) -> None:
    if row.verdict == Verdict.ERROR:
        text = pgettext("row of an import", "Row %(row)s still has an error: %(why)s")
        messages.warning(request, text % {"row": row.number, "why": row.message})
        return
    text = pgettext("row of an import", "Row %(row)s: %(state)s")
    messages.success(request, text % {"row": row.number, "state": row.get_verdict_display()})


@staff_view(permission="imports.use")
@require_POST
def import_recheck(request: StaffRequest, pk: int) -> HttpResponse:
    """Check all rows again, against what is there by now."""
    found = visible_import(request, pk)
    try:
        recheck(file_import=found, at=timezone.now(), actor=request.user)
    except NotNow as passed:
        messages.warning(request, str(passed.message))
    return HttpResponseRedirect(page_url(request.tenant, "import_rows", pk))


@staff_view(permission="imports.use")
@require_POST
def import_write(request: StaffRequest, pk: int) -> HttpResponse:
    """Start the job that writes the rows; a second click starts no second one."""
    found = visible_import(request, pk)
    if first_time(request):
        try:
            start_writing(
                file_import=found,
                all_or_nothing="all_or_nothing" in request.POST,
                with_updates="with_updates" in request.POST,
                at=timezone.now(),
                actor=request.user,
            )
        except NotNow as passed:
            messages.warning(request, str(passed.message))
        except ImportRefused as refused:
            messages.error(request, str(refused.message))
    return HttpResponseRedirect(page_url(request.tenant, "import_rows", pk))


@staff_view(permission="imports.use")
@require_POST
def import_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Start the job that takes back what the import added, as far as nobody used it."""
    found = visible_import(request, pk)
    try:
        found = start_undo(file_import=found, at=timezone.now(), actor=request.user)
    except ImportRefused as refused:
        messages.warning(request, str(refused.message))
        return HttpResponseRedirect(page_url(request.tenant, "import_rows", pk))
    return HttpResponseRedirect(page_url(request.tenant, "job", found.undo_job_id))


@staff_view(permission="imports.use")
@require_safe
def import_file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Hand the file out as a workbook with what was mended, and a last column of errors."""
    found = visible_import(request, pk)
    rows = FileImportRow.objects.filter(file_import=found).order_by("number")
    if request.GET.get("rows") == Verdict.ERROR:
        rows = rows.filter(verdict=Verdict.ERROR)
    importer = importer_for(request, found.kind)
    sheet = Sheet(
        str(importer.title),
        [*found.header, pgettext("row of an import", "Error")],
        _lines(found, importer, rows),
    )
    stem = found.file_name.rpartition(".")[0] or found.file_name
    name = pgettext("name of a file", "%(file)s-checked.xlsx") % {"file": stem[:80]}
    facts = [(gettext("File"), found.file_name), (gettext("Checked"), found.checked_at)]
    return workbook(xlsx_file([sheet], facts), name)


def _lines(found: FileImport, importer: Importer, rows: Any) -> Iterator[list[Any]]:
    titles = {one.name: one.title(language()) for one in importer.columns}
    places = {place: name for name, place in found.mapping.items()}
    for row in rows.iterator(chunk_size=1000):
        cells: dict[str, Any] = file_cells(found, row) | row.edits
        width = len(found.header)
        line = [
            cells.get(places[place], "") if place in places else _raw(row, place)
            for place in range(width)
        ]
        where = titles.get(row.error_column, "")
        # What stands beyond the header stays so: it is an error of the next check, too.
        beyond = [_raw(row, place) for place in range(width, len(row.cells))]
        yield [*line, f"{where}: {row.message}" if where else row.message, *beyond]


def _raw(row: FileImportRow, place: int) -> Any:
    return from_json(row.cells[place]) if place < len(row.cells) else ""
