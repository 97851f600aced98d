"""Importing other people's files: read, map, check, write, report."""

from core.imports.columns import YES_NO, Column, Holds
from core.imports.reading import Cell, FileRefused, Sheet, read_bytes, read_file
from core.imports.rows import Row, RowError
from core.imports.running import (
    Changes,
    Importer,
    NotUndone,
    Parsed,
    Plan,
    Report,
    fingerprints,
    importer_of,
    importers,
    register,
    run,
    twin_key,
)
from core.models.imports import Verdict

__all__ = [
    "YES_NO",
    "Cell",
    "Changes",
    "Column",
    "FileRefused",
    "Holds",
    "Importer",
    "NotUndone",
    "Parsed",
    "Plan",
    "Report",
    "Row",
    "RowError",
    "Sheet",
    "Verdict",
    "fingerprints",
    "importer_of",
    "importers",
    "read_bytes",
    "read_file",
    "register",
    "run",
    "twin_key",
]
