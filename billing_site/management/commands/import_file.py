"""``manage.py import_file FILE --tenant SLUG --kind KIND``: import other people's files."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError
from django.utils import timezone

from core.imports import FileRefused, importer_of, read_file, run
from core.imports.running import why
from core.models import Tenant
from core.tenancy import tenant_scope

KINDS = ("customers", "products", "charges", "bills", "receipts")


class Command(BaseCommand):
    """Reads the file, imports its rows, and says of each row that was refused why."""

    help = (
        "Import a CSV or XLSX file. Rows that are refused are reported, the others are imported; "
        "running it again imports nothing twice. Exit code 1 if any row was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--kind", required=True, choices=KINDS)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="OURS=THEIRS,...",
            help="which column of the file is which of ours; quote a comma: '\"amount=Net, EUR\"'",
        )
        parser.add_argument(
            "--date-format",
            default="",
            metavar="FORMAT",
            help="how days are written, as for strptime; without it 2026-03-31 or 2026/3/31",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="import nothing, report what would be"
        )
        parser.add_argument(
            "--update",
            action="store_true",
            help="change customers and products that are there to what the file says",
        )
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="import nothing if any row is refused"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']}.")
        _refuse_format(options["date_format"])
        importer = importer_of(options["kind"])
        refusals: tuple[type[Exception], ...] = (DataError, IntegrityError, *importer.refusals)
        try:
            sheet = read_file(options["file"])
            with tenant_scope(tenant.pk):
                report = run(
                    importer=importer,
                    sheet=sheet,
                    at=timezone.now(),
                    actor=None,
                    asked=_asked(options["map"]),
                    date_format=options["date_format"],
                    dry_run=options["dry_run"],
                    all_or_nothing=options["all_or_nothing"],
                    updates=options["update"],
                )
        except FileRefused as refused:
            raise CommandError(str(refused)) from refused
        except refusals as refused:
            raise CommandError(f"Nothing was imported: {why(refused)}") from refused
        for line in [*report.errors, *report.notes]:
            self.stdout.write(str(line))
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was imported; the totals say what would be.")
        self.stdout.write(report.totals)
        if report.errors:
            raise SystemExit(1)


def _asked(words: Sequence[str]) -> dict[str, str]:
    """Return the mapping of ``--map``, each given as one line of CSV."""
    asked: dict[str, str] = {}
    for pair in (pair for line in csv.reader(words, skipinitialspace=True) for pair in line):
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise CommandError(f"--map takes ours=theirs, not {pair}.")
        if ours.strip() in asked:
            raise CommandError(f"--map names {ours.strip()} twice.")
        asked[ours.strip()] = theirs.strip()
    return asked


def _refuse_format(date_format: str) -> None:
    """Refuse a format that does not tell year, month and day."""
    if not date_format:
        return
    day = datetime(2031, 11, 23)  # noqa: DTZ001 - a day like any other
    try:
        clear = datetime.strptime(day.strftime(date_format), date_format) == day  # noqa: DTZ007
    except ValueError:
        clear = False
    if not clear:
        raise CommandError(f"--date-format {date_format} does not tell year, month and day.")
