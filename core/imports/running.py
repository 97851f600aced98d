"""Running an import: rows to records, records to the books, and an exact account of both.

An app brings an ``Importer`` per kind of file in its ``importers.py`` and registers it there.
"""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from core.imports.columns import Column, column_positions
from core.imports.reading import FileRefused, Sheet
from core.imports.rows import Row, RowError
from core.models import User


@dataclass(slots=True)
class Report:
    """What became of the rows: ``new`` are written, ``same`` were there before, unchanged."""

    new: int = 0
    same: int = 0
    errors: list[RowError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def totals(self) -> str:
        """The last line of every report."""
        return f"new {self.new}, same {self.same}, error {len(self.errors)}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record and the row it was read from; ``row.error(column, message)`` names its cells."""

    row: Row
    record: Any


class Importer(Protocol):
    """How one kind of file becomes rows of ours; ``record`` is whatever ``parse`` returns."""

    kind: str
    columns: Sequence[Column]

    def parse(self, row: Row) -> Any:
        """
        Return the row as a record; nothing is written, and at most few queries are made in all.

        :raises RowError: for a cell that cannot be read (returning the error does as well)
        """

    def write(
        self, records: Sequence[Parsed], *, at: datetime, actor: User | None, dry_run: bool
    ) -> Report:
        """
        Write what is new, set-based, through the operations, in the open transaction.

        A record that is refused goes to ``errors`` as ``parsed.row.error(...)``, and leaves nothing
        behind. After a dry run the caller rolls back; ``dry_run`` is for effects outside the
        database, of which there should be none.
        """


_IMPORTERS: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make the kind known to ``import_file``."""
    _IMPORTERS[importer.kind] = importer


def importer_of(kind: str) -> Importer:
    """
    Return the importer of the kind, made new: what it remembers is of one run.

    :raises FileRefused: if no app has one
    """
    if kind not in _IMPORTERS:
        raise FileRefused(_("There is no import of kind %(kind)s.") % {"kind": kind})
    return copy.copy(_IMPORTERS[kind])


def run(
    *,
    importer: Importer,
    sheet: Sheet,
    at: datetime,
    actor: User | None,
    asked: Mapping[str, str] | None = None,
    date_format: str = "",
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Report:
    """
    Import the sheet into the active tenant, in one transaction.

    Rows that are refused are reported and the others imported; with ``all_or_nothing`` one refused
    row undoes all. ``dry_run`` undoes all in any case and reports what would have been.

    :raises FileRefused: if the columns cannot be told
    """
    positions = column_positions(importer.columns, sheet.header, asked or {})
    with transaction.atomic():
        savepoint = transaction.savepoint()
        parsed, errors = _parsed(importer, sheet, positions, date_format)
        report = importer.write(parsed, at=at, actor=actor, dry_run=dry_run)
        report.errors = sorted([*errors, *report.errors], key=lambda error: error.row)
        undone = dry_run or (all_or_nothing and bool(report.errors))
        if undone:
            transaction.savepoint_rollback(savepoint)
        else:
            transaction.savepoint_commit(savepoint)
    if undone and not dry_run:
        report.new = 0
        report.notes.append(_("Nothing was imported, because of the errors."))
    _name_their_columns(report, sheet, positions)
    return report


def _parsed(
    importer: Importer, sheet: Sheet, positions: Mapping[str, int], date_format: str
) -> tuple[list[Parsed], list[RowError]]:
    parsed, errors = [], []
    for number, cells in sheet.rows:
        row = Row(
            number,
            {name: cells[place] for name, place in positions.items() if place < len(cells)},
            date_format,
        )
        try:
            record = importer.parse(row)
        except RowError as error:
            record = error
        if isinstance(record, RowError):
            errors.append(record)
        else:
            parsed.append(Parsed(row, record))
    return parsed, errors


def _name_their_columns(report: Report, sheet: Sheet, positions: Mapping[str, int]) -> None:
    """Name columns as the file does, for people who read the report beside the file."""
    for error in report.errors:
        if error.column in positions:
            error.column = sheet.header[positions[error.column]]
    unused = [
        name for place, name in enumerate(sheet.header) if name and place not in positions.values()
    ]
    if unused:
        report.notes.insert(0, _("Columns not used: %(names)s.") % {"names": ", ".join(unused)})
    report.notes[:0] = sheet.notes


def fingerprints(keys: Iterable[tuple[Any, ...]]) -> list[str]:
    """
    Return a name per key that is the same whenever the same file comes again.

    Equal keys of one file are told apart by their order, so that true twins survive.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    names = []
    for key in keys:
        seen[key] += 1
        text = "\x1f".join([*(str(part) for part in key), str(seen[key])])
        names.append("f:" + hashlib.sha256(text.encode()).hexdigest()[:40])
    return names
