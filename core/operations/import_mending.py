"""Mending a file that is checked: cells typed over, and rows that are another one after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.imports import Importer, Verdict
from core.imports.kept import file_cells, kept_rows
from core.imports.rows import written
from core.imports.running import check, parse_rows
from core.models import FileImport, FileImportRow
from core.models.imports import ImportStage
from core.operations.imports import (
    ImportRefused,
    NotNow,
    given_key,
    in_stage,
    keep,
    rows_of,
    updating,
)

MOST_TEXT = 2_000  # characters that are typed into a cell


@transaction.atomic
def mend_row(
    *, file_import: FileImport, number: int, texts: Mapping[str, str], at: datetime
) -> FileImportRow:
    """
    Type over cells of one row, and check it again with every row that is about the same thing.

    ``texts`` are by our columns; what equals the file's cell, but for blanks around it and the way
    its lines end, is no edit.

    :raises NotNow: if the import is under work or was imported
    :raises ImportRefused: if a text is longer than any cell may be
    :raises FileImportRow.DoesNotExist: if there is no such row
    """
    locked = in_stage(file_import, (ImportStage.CHECKED,))
    importer = updating(locked)
    row = FileImportRow.objects.get(file_import=locked, number=number)
    row.edits = _edits(locked, importer, row, texts)
    row.save(update_fields=["edits"])
    [mended] = kept_rows(locked, importer, [row])
    _report, fresh = check(importer=importer, rows=[mended], at=at)
    keys = {*row.keys, *fresh.get(number, ())}
    related = FileImportRow.objects.filter(file_import=locked, keys__overlap=list(keys))
    together = {one.number: one for one in related} | {number: row}
    rows = kept_rows(locked, importer, [together[one] for one in sorted(together)])
    report, all_keys = check(importer=importer, rows=rows, at=at)
    keep(locked, report, all_keys)
    row.refresh_from_db()
    return row


def _edits(
    file_import: FileImport, importer: Importer, row: FileImportRow, texts: Mapping[str, str]
) -> dict[str, str]:
    in_file = {name: written(cell) for name, cell in file_cells(file_import, row).items()}
    shown: dict[str, str] = in_file | row.edits
    edits: dict[str, str] = dict(row.edits)
    for column in importer.columns:
        text = _in_lines(texts.get(column.name, shown.get(column.name, "")))
        if text == _in_lines(shown.get(column.name, "")):
            continue
        if len(text) > MOST_TEXT:
            raise ImportRefused(
                _("%(column)s is longer than %(limit)s characters. Nothing was changed.")
                % {"column": column.title(get_language() or "en"), "limit": MOST_TEXT}
            )
        edits[column.name] = text
    return {name: text for name, text in edits.items() if _in_lines(in_file.get(name, "")) != text}


def _in_lines(text: str) -> str:
    """Return the text with its lines ended as we end them, however the browser sent them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@transaction.atomic
def add_anyway(*, file_import: FileImport, number: int, at: datetime) -> FileImportRow:
    """
    Give a row that is taken for an equal one that is there a key of its own: it is another one.

    The key is the fingerprint of one more twin: the whole file, should it come again, has it too.

    :raises NotNow: if the import is under work or was imported, or the row is not such a one
    :raises FileImportRow.DoesNotExist: if there is no such row
    """
    locked = in_stage(file_import, (ImportStage.CHECKED,))
    importer = updating(locked)
    row = FileImportRow.objects.get(file_import=locked, number=number)
    if row.verdict != Verdict.SAME or not row.message:
        raise NotNow
    twins = list(rows_of(locked).filter(keys__overlap=list(row.keys)))
    parsed, _errors = parse_rows(importer, kept_rows(locked, importer, twins))
    taken = {str(one.row.cells.get("external_key", "")) for one in parsed}
    taken |= {given_key(twin.keys) for twin in twins}
    record = next((one.record for one in parsed if one.row.number == number), None)
    key = importer.another_key(record, taken) if record is not None else ""
    if not key:
        raise NotNow
    return mend_row(file_import=locked, number=number, texts={"external_key": key}, at=at)
