"""Handing out gapless document numbers, as the last lock of the transaction."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.models import NumberFormat
from core.tenancy import active_tenant_id

DEFAULT_PATTERNS = {
    "invoice": "INV-{year}-{number:05}",
    "receipt": "RC-{year}-{number:05}",
    "notice": "RM-{year}-{number:05}",
}
PATTERN = re.compile(r"[A-Za-z0-9 ./_\-]*\{year\}[A-Za-z0-9 ./_\-]*\{number(?::0[1-9])?\}")

_SHORT = re.compile(r"([^\n]*?)0*([1-9][0-9]{0,8})", re.ASCII)


class DateBeforeLastNumber(Exception):
    """The date is earlier than that of the last document of the series."""


class BadPattern(ValueError):
    """A number pattern needs {year} and then {number}, with plain characters around."""

    message = _("Write {year}, then {number:05}; around them only letters, digits and . / - _.")


def checked_pattern(pattern: str) -> str:
    """
    Return the pattern.

    :raises BadPattern: if two numbers of the series could be written alike
    """
    if not PATTERN.fullmatch(pattern):
        raise BadPattern(pattern)
    return pattern


def take_numbers(*, kind: str, day: date, count: int = 1) -> list[str]:
    """
    Return the next numbers of the day's year; the series stays locked until the transaction ends.

    Call it last: while it is held, nobody else in the company can issue. A rollback gives the
    numbers back, so the series has no gaps. Numbers and dates of invoices run in the same order;
    other documents may be dated earlier than the last one.

    :raises DateBeforeLastNumber: if the series of invoices already has a later date
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numberseries AS series"
            " (tenant_id, kind, year, next_number, last_date)"
            " VALUES (%(tenant)s, %(kind)s, %(year)s, 1 + %(count)s, %(day)s)"
            " ON CONFLICT (tenant_id, kind, year) DO UPDATE"
            " SET next_number = series.next_number + %(count)s,"
            " last_date = greatest(series.last_date, %(day)s)"
            " WHERE series.kind <> 'invoice' OR series.last_date IS NULL"
            " OR series.last_date <= %(day)s"
            " RETURNING series.next_number - %(count)s",
            {
                "tenant": active_tenant_id(),
                "kind": kind,
                "year": day.year,
                "count": count,
                "day": day,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise DateBeforeLastNumber(f"{kind} {day}")
    pattern = _pattern_of(kind)  # read under the lock: it may have changed while we waited
    return [pattern.format(year=day.year, number=row[0] + i) for i in range(count)]


def pass_numbers(*, kind: str, numbers: Iterable[str]) -> dict[int, int]:
    """
    Move the series on past numbers that came from elsewhere and are written like our own.

    Without it a series would one day give out a number that is taken. Returns by year how many
    numbers were passed over; the series stay locked until the transaction ends.
    """
    pattern, highest = _pattern_of(kind), defaultdict[int, int](int)
    for written in numbers:
        if found := _parsed(pattern, written):
            highest[found[0]] = max(highest[found[0]], found[1])
    passed = {}
    with connection.cursor() as cursor:
        for year, number in sorted(highest.items()):
            key: list[Any] = [active_tenant_id(), kind, year]
            cursor.execute(
                "INSERT INTO core_numberseries (tenant_id, kind, year, next_number) "
                "VALUES (%s, %s, %s, 1) ON CONFLICT DO NOTHING",
                key,
            )
            cursor.execute(
                "SELECT next_number FROM core_numberseries "
                "WHERE tenant_id = %s AND kind = %s AND year = %s FOR UPDATE",
                key,
            )
            coming = cursor.fetchone()[0]
            if number >= coming:
                cursor.execute(
                    "UPDATE core_numberseries SET next_number = %s "
                    "WHERE tenant_id = %s AND kind = %s AND year = %s",
                    [number + 1, *key],
                )
                passed[year] = number + 1 - coming
    return passed


def numbers_meant(*, kind: str, text: str) -> list[str]:
    """
    Return the numbers of the series that a short writing stands for, those of later years first.

    ``42``, ``INV-42``, ``INV42`` and ``2026-42`` may all stand for INV-2026-00042; nothing of years
    in which the series did not come so far.
    """
    short = _SHORT.fullmatch(text.strip())
    if short is None:
        return []
    start, number = _letters(short[1]), int(short[2])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series.year, format.pattern FROM core_numberseries series"
            " LEFT JOIN core_numberformat format"
            " ON format.tenant_id = series.tenant_id AND format.kind = series.kind"
            " WHERE series.tenant_id = %s AND series.kind = %s AND series.next_number > %s"
            " ORDER BY series.year DESC LIMIT 30",
            [active_tenant_id(), kind, number],
        )
        rows = cursor.fetchall()
    found = []
    for year, own in rows:
        pattern = own or DEFAULT_PATTERNS[kind]
        before = _letters(pattern.partition("{year}")[0])
        if start in {"", before, str(year), f"{before}{year}"}:
            found.append(pattern.format(year=year, number=number))
    return found


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _pattern_of(kind: str) -> str:
    own = NumberFormat.objects.filter(kind=kind).values_list("pattern", flat=True).first()
    return own or DEFAULT_PATTERNS[kind]


def _parsed(pattern: str, written: str) -> tuple[int, int] | None:
    """Return year and number of what the pattern writes just so, else None."""
    before, rest = pattern.split("{year}")
    between, rest = rest.split("{number", 1)
    after = rest.partition("}")[2]
    found = re.fullmatch(
        f"{re.escape(before)}([1-9][0-9]{{3}}){re.escape(between)}([0-9]{{1,9}}){re.escape(after)}",
        written,
    )
    if found is None:
        return None
    year, number = int(found[1]), int(found[2])
    return (year, number) if pattern.format(year=year, number=number) == written else None
