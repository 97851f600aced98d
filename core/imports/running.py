"""Running an import: rows to records, records to a plan, the plan to the books; all of it told.

An app brings an ``Importer`` per kind of file in its ``importers.py`` and registers it there. The
command and the pages run the same importers: a check is the plan, an import the plan carried out.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.context import came_through
from core.imports.columns import Column, Holds, column_positions
from core.imports.reading import FileRefused, Sheet
from core.imports.rows import Row, RowError, written
from core.models import User
from core.models.audit import Via
from core.models.imports import Verdict

Changes = dict[str, list[str]]  # by our column: what stands there, and what the file says


class NotUndone(Exception):
    """What an import wrote cannot be taken back; the message says why, for a person."""


class NothingThere(NotUndone):
    """What an import wrote is gone already: there is nothing to take back, the message says why."""


@dataclass(slots=True)
class Outcome:
    """What a row does, or did: the change of what is there, and the id of what it is."""

    verdict: Verdict
    changes: Changes = field(default_factory=dict)
    subject_id: int | None = None
    note: str = ""  # what a person should know of it
    key: str = ""  # the name a row without a key of its own got among its twins


@dataclass(slots=True)
class Report:
    """What became of the rows, by their numbers; those refused are in ``errors``."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(
        self,
        row: Row,
        verdict: Verdict,
        *,
        changes: Changes | None = None,
        subject_id: int | None = None,
        note: str = "",
        key: str = "",
    ) -> None:
        """Keep the outcome of a row."""
        self.outcomes[row.number] = Outcome(verdict, changes or {}, subject_id, note, key)

    def tell_alike(self, row: Row, subject_id: int | None) -> None:
        """Keep that something equal is there, which no key says to be the same."""
        note = _("An equal one is there, without a key to tell them apart.")
        self.tell(row, Verdict.SAME, subject_id=subject_id, note=note)

    @property
    def alike(self) -> int:
        """How many rows are taken for what is there because they say the same."""
        return sum(one.verdict == Verdict.SAME and bool(one.note) for one in self.outcomes.values())

    def count(self, verdict: Verdict) -> int:
        """Return how many rows have the verdict."""
        if verdict == Verdict.ERROR:
            return len(self.errors)
        return sum(outcome.verdict == verdict for outcome in self.outcomes.values())

    @property
    def new(self) -> int:
        """How many rows are written as something new."""
        return self.count(Verdict.NEW)

    @property
    def updated(self) -> int:
        """How many rows change what was there."""
        return self.count(Verdict.UPDATE)

    @property
    def same(self) -> int:
        """How many rows were there before, unchanged."""
        return self.count(Verdict.SAME)

    @property
    def totals(self) -> str:
        """The last line of every report."""
        updates = f"update {self.updated}, " if self.updated else ""
        return f"new {self.new}, {updates}same {self.same}, error {len(self.errors)}"

    def nothing_written(self) -> None:
        """Forget what would have been written."""
        wanted = (Verdict.NEW, Verdict.UPDATE)
        for number in [n for n, one in self.outcomes.items() if one.verdict in wanted]:
            del self.outcomes[number]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record and the row it was read from; ``row.error(column, message)`` names its cells."""

    row: Row
    record: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: its report, and the work its importer keeps for ``write``."""

    report: Report
    work: Any = None


class Importer:
    """How one kind of file becomes rows of ours; ``record`` is whatever ``parse`` returns."""

    kind: str
    title: str | Promise = ""
    icon = "file-import"
    intro: str | Promise = ""  # what such a file is for, for whoever starts with it
    warning: str | Promise = ""  # what to know before it is written
    model: type[Model]  # what a row becomes
    permission: str  # whoever imports such files holds it
    page = ""  # the page of what a row became
    list_page = ""
    columns: Sequence[Column]
    named_by: Sequence[str]  # the columns whose cells tell a person which row it is
    refusals: tuple[type[Exception], ...] = ()  # what the whole file may be refused with
    # What taking an import back does, for whoever is about to.
    undo_told: str | Promise = gettext_lazy(
        "What was added is removed, unless somebody changed or used it since. Changes stay; each "
        "one's history tells what stood before."
    )
    undone: Collection[Verdict] = (Verdict.NEW,)  # what rows are taken back; others stay
    updates = False  # whether rows that are there already may be changed

    def options(self) -> Mapping[str, Sequence[str]]:
        """Return by column the company's own values, such as the names of its terms."""
        return {}

    def parse(self, row: Row) -> Any:
        """
        Return the row as a record; nothing is written, and at most few queries are made in all.

        :raises RowError: for a cell that cannot be read
        """
        raise NotImplementedError

    def keys(self, record: Any) -> tuple[str, ...]:
        """Return what the record shares with every row its outcome depends on."""
        raise NotImplementedError

    def another_key(self, record: Any, taken: Collection[str]) -> str:
        """Return a key for one more equal to what is there; "" where rows are not told by it."""
        return ""

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """
        Return what the records would do; set-based, and nothing is written or locked.

        A record that is refused goes to ``errors`` as ``parsed.row.error(...)``.
        """
        raise NotImplementedError

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Carry the plan out, set-based, through the operations, in the open transaction."""
        raise NotImplementedError

    def undo(self, subject: Any, *, verdict: Verdict, at: datetime, actor: User | None) -> None:
        """
        Take back what a row of a verdict in ``undone`` was written as.

        :raises NothingThere: if it was taken back by other means
        :raises NotUndone: if it is used or was changed since
        """
        raise NotImplementedError


_IMPORTERS: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make the kind known to ``import_file`` and to the pages."""
    _IMPORTERS[importer.kind] = importer


def importers() -> list[Importer]:
    """Return all importers, in the order in which a newcomer uses them."""
    autodiscover_modules("importers")
    order = ("customers", "products", "charges", "bills", "receipts")
    known = sorted(_IMPORTERS, key=lambda kind: (*order, kind).index(kind))
    return [copy.copy(_IMPORTERS[kind]) for kind in known]


def importer_of(kind: str) -> Importer:
    """
    Return the importer of the kind, made new: what it remembers is of one run.

    :raises FileRefused: if no app has one
    """
    if kind not in _IMPORTERS:
        autodiscover_modules("importers")
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
    updates: bool = False,
) -> Report:
    """
    Import the sheet into the active tenant, in one transaction.

    Rows that are refused are reported and the others imported; with ``all_or_nothing`` one refused
    row undoes all. ``dry_run`` undoes all in any case and reports what would have been. Without
    ``updates`` a row that would change what is there is refused.

    :raises FileRefused: if the columns cannot be told
    """
    positions = column_positions(importer.columns, sheet.header, asked or {})
    importer.updates = updates
    rows = [
        Row(
            number,
            {name: cells[place] for name, place in positions.items() if place < len(cells)},
            date_format,
            is_wide=len(cells) > len(sheet.header),
        )
        for number, cells in sheet.rows
    ]
    kept = without_example(importer, rows)
    with came_through(Via.IMPORT):
        report = carry_out(
            importer=importer,
            rows=kept,
            at=at,
            actor=actor,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
        )
    if len(kept) < len(rows):
        report.notes.insert(0, _("The example of the template was left out."))
    if report.alike:
        report.notes.append(
            _("Taken for what is there, as they say the same and have no key: %(count)s.")
            % {"count": report.alike}
        )
    _name_their_columns(report, sheet, positions)
    return report


def carry_out(
    *,
    importer: Importer,
    rows: Sequence[Row],
    at: datetime,
    actor: User | None,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    seen: Mapping[int, Changes] | None = None,
) -> Report:
    """
    Write the rows into the active tenant, in one transaction; see ``run``.

    ``seen`` are the changes that somebody agreed to, by the rows' numbers. A row whose change is
    another one by now is refused.
    """
    with transaction.atomic():
        savepoint = transaction.savepoint()
        parsed, errors = parse_rows(importer, rows)
        plan = importer.plan(parsed, at=at)
        stale = _stale(plan, parsed, seen)
        if stale:
            numbers = {error.row for error in stale}
            plan = importer.plan([one for one in parsed if one.row.number not in numbers], at=at)
        report = plan.report
        report.errors = sorted([*errors, *stale, *report.errors], key=lambda error: error.row)
        refused = all_or_nothing and bool(report.errors)
        if not refused:
            importer.write(plan, at=at, actor=actor)
        if dry_run or refused:
            transaction.savepoint_rollback(savepoint)
        else:
            transaction.savepoint_commit(savepoint)
    if refused and not dry_run:
        report.nothing_written()
        report.notes.append(_("Nothing was imported, because of the errors."))
    return report


def _stale(
    plan: Plan, parsed: Sequence[Parsed], seen: Mapping[int, Changes] | None
) -> list[RowError]:
    if seen is None:
        return []
    return [
        one.row.error("", _("was changed by somebody since the check; check the file again"))
        for one in parsed
        if (outcome := plan.report.outcomes.get(one.row.number))
        and outcome.verdict == Verdict.UPDATE
        and outcome.changes != seen.get(one.row.number, {})
    ]


def check(
    *, importer: Importer, rows: Sequence[Row], at: datetime
) -> tuple[Report, dict[int, tuple[str, ...]]]:
    """Return what the rows would do, and the keys of those that could be read; writes nothing."""
    parsed, errors = parse_rows(importer, rows)
    report = importer.plan(parsed, at=at).report
    report.errors = sorted([*errors, *report.errors], key=lambda error: error.row)
    return report, {one.row.number: importer.keys(one.record) for one in parsed}


def parse_rows(importer: Importer, rows: Iterable[Row]) -> tuple[list[Parsed], list[RowError]]:
    """Return the rows that could be read, and why the others could not."""
    parsed, errors = [], []
    for row in rows:
        try:
            if row.is_wide:
                raise row.error("", _("has more cells than the header; is a comma unquoted?"))
            parsed.append(Parsed(row, importer.parse(row)))
        except RowError as error:
            errors.append(error)
    return parsed, errors


def without_example(importer: Importer, rows: Sequence[Row]) -> list[Row]:
    """Return the rows without the one that our templates show as an example, told by its words."""
    spoken = [one for one in importer.columns if one.holds not in {Holds.DAY, Holds.AMOUNT}]
    examples = [
        {column.name: column.word(column.example[place], language) for column in spoken}
        for place, language in enumerate(("en", "zh-hans"))
    ]
    return [row for row in rows if not any(_is_example(row, example) for example in examples)]


def _is_example(row: Row, example: Mapping[str, str]) -> bool:
    said = {name: written(row.cells[name]) for name in example if name in row.cells}
    shown = {name: example[name] for name in said}
    return said == shown and sum(bool(text) for text in shown.values()) > 1


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


def why(refused: Exception) -> str:
    """Return in one line why a whole file was refused."""
    said = str(getattr(refused, "message", "")) or str(refused).partition("\n")[0]
    return said or type(refused).__name__
