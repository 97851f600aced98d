"""Importing other people's files: read, map, check, write, report."""

from core.imports.columns import Column
from core.imports.reading import Cell, FileRefused, Sheet, read_bytes, read_file
from core.imports.rows import Row, RowError
from core.imports.running import (
    Importer,
    Parsed,
    Report,
    fingerprints,
    importer_of,
    register,
    run,
)

__all__ = [
    "Cell",
    "Column",
    "FileRefused",
    "Importer",
    "Parsed",
    "Report",
    "Row",
    "RowError",
    "Sheet",
    "fingerprints",
    "importer_of",
    "read_bytes",
    "read_file",
    "register",
    "run",
]
