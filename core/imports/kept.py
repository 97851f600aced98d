"""The rows of an uploaded file as an importer reads them: the file's cells, and what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from core.imports.cells import date_formats, from_json
from core.imports.columns import Holds
from core.imports.reading import Cell
from core.imports.rows import YEAR_FIRST, Row, written
from core.imports.running import Importer, importer_of
from core.models import FileImport, FileImportRow

LOOKED_AT = 5_000  # rows looked at for how days are written


def plain_name(name: str) -> str:
    """Return the file's name without what could steer what shows it."""
    return "".join(char for char in name if char.isprintable()).strip()[:200] or "-"


def kept_rows(
    file_import: FileImport, importer: Importer, rows: Iterable[FileImportRow]
) -> list[Row]:
    """Return the rows by our columns; a day somebody typed year first is read so, always."""
    days = {column.name for column in importer.columns if column.holds == Holds.DAY}
    return [
        Row(
            row.number,
            file_cells(file_import, row)
            | {name: _as_day(text) if name in days else text for name, text in row.edits.items()},
            file_import.date_format,
            is_wide=len(row.cells) > len(file_import.header),
        )
        for row in rows
    ]


def file_cells(file_import: FileImport, row: FileImportRow) -> dict[str, Cell]:
    """Return the cells as the file has them, by our columns' names."""
    return {
        name: from_json(row.cells[place])
        for name, place in file_import.mapping.items()
        if place < len(row.cells)
    }


def shown_cells(file_import: FileImport, row: FileImportRow) -> dict[str, str]:
    """Return the row's cells as text, by our columns' names, with what was typed over them."""
    cells = {name: written(cell) for name, cell in file_cells(file_import, row).items()}
    edits: dict[str, str] = row.edits
    return cells | edits


def label_of(file_import: FileImport, row: FileImportRow) -> str:
    """Return what the row is called in lists, by the cells its kind is told apart by."""
    shown = shown_cells(file_import, row)
    said = [shown.get(name, "") for name in importer_of(file_import.kind).named_by]
    return " ".join(filter(None, said))[:120] or str(row.number)


def samples(rows: Iterable[FileImportRow], place: int, count: int = 3) -> list[str]:
    """Return what stands first in a column of the file."""
    texts = (_text(row.cells, place) for row in rows)
    return list(dict.fromkeys(text for text in texts if text))[:count]


def day_texts(file_import: FileImport, importer: Importer, mapping: Mapping[str, int]) -> list[str]:
    """Return the days that the file writes as text; a spreadsheet's own days are clear."""
    places = [
        mapping[column.name]
        for column in importer.columns
        if column.holds == Holds.DAY and column.name in mapping
    ]
    if not places:
        return []
    rows = FileImportRow.objects.filter(file_import=file_import).order_by("number")
    return [
        cells[place]
        for cells in rows.values_list("cells", flat=True)[:LOOKED_AT]
        for place in places
        if place < len(cells) and isinstance(cells[place], str) and cells[place]
    ]


def possible_formats(
    file_import: FileImport, importer: Importer, mapping: Mapping[str, int]
) -> list[str]:
    """Return in which formats the file's days may be written; see ``date_formats``."""
    return date_formats(day_texts(file_import, importer, mapping))


def _text(cells: list[Any], place: int) -> str:
    return written(from_json(cells[place])) if place < len(cells) else ""


def _as_day(text: str) -> Cell:
    if YEAR_FIRST.fullmatch(text.strip()):
        try:
            return date.fromisoformat("-".join(part.zfill(2) for part in _numbers(text.strip())))
        except ValueError:
            return text
    return text


def _numbers(text: str) -> list[str]:
    digits = "".join(char if char.isascii() and char.isdigit() else " " for char in text)
    return digits.split()
