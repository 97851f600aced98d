"""``manage.py report aging --tenant SLUG --as-of DAY``: a report as plain CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from core.dates import EARLIEST, LATEST
from core.models import Tenant
from core.tenancy import tenant_scope
from reports.enums import Basis, GroupBy
from reports.files import plain_lines
from reports.moments import NotAMoment, parse_moment
from reports.queries import Question, aging

USAGE_ERROR = 2


class Command(BaseCommand):
    """Prints what a company is owed by age, for programs and for comparison."""

    help = (
        "Print a report as CSV. aging: what is owed by age, as of a day and as known at a moment "
        "(ISO 8601; without an offset the company's wall clock; a day alone is its end)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", choices=["aging"])
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--as-of", required=True, metavar="DAY", help="YYYY-MM-DD")
        parser.add_argument("--known", metavar="MOMENT", help="default: all that is known now")
        parser.add_argument("--basis", choices=Basis.values, default=Basis.DUE.value)
        parser.add_argument("--by", choices=GroupBy.values, default=GroupBy.CUSTOMER.value)
        parser.add_argument("--format", choices=["csv"], default="csv")

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        """Let a wrong argument say one line."""
        parser = super().create_parser(*args, **kwargs)

        def error(message: str) -> NoReturn:
            raise CommandError(message, returncode=USAGE_ERROR)

        parser.error = error  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise _wrong(f"there is no company {options['tenant']}")
        question = Question(
            as_of=_day(options["as_of"]),
            known=_moment(options["known"], tenant),
            basis=Basis(options["basis"]),
            by=GroupBy(options["by"]),
        )
        with tenant_scope(tenant.pk):
            for lines in plain_lines(aging(question), question.by):
                self.stdout.write(lines, ending="")
        sys.stdout.flush()


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong(f"{text} is no day; write YYYY-MM-DD") from None
    if len(text) != len("2026-03-31") or not EARLIEST <= day <= LATEST:
        raise _wrong(f"{text} is no day between {EARLIEST} and {LATEST}; write YYYY-MM-DD")
    return day


def _moment(text: str | None, tenant: Tenant) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text, tenant.time_zone)
    except NotAMoment:
        raise _wrong(f"{text} is no moment; write 2026-03-31T18:00 or 2026-03-31") from None


def _wrong(message: str) -> CommandError:
    return CommandError(message, returncode=USAGE_ERROR)
