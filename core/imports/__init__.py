"""Importing other people's files: read, map, check, write, report."""

from core.imports.columns import YES_NO, Column, Holds
from core.imports.reading import Cell, FileRefused, Sheet, read_bytes, read_file
from core.imports.rows import Row, RowError
from core.imports.running import (
    Changes,
    Importer,
    NothingThere,
    NotUndone,
    Parsed,
    Plan,
    Report,
    importer_of,
    importers,
    register,
    run,
)
from core.imports.twins import fingerprints, free_fingerprint, keys_among_twins, shared_keys
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
    "NothingThere",
    "Parsed",
    "Plan",
    "Report",
    "Row",
    "RowError",
    "Sheet",
    "Verdict",
    "fingerprints",
    "free_fingerprint",
    "importer_of",
    "importers",
    "keys_among_twins",
    "read_bytes",
    "read_file",
    "register",
    "run",
    "shared_keys",
]
