"""Handing out gapless document numbers, as the last lock of the transaction."""

from __future__ import annotations

import re
from datetime import date

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
    numbers back, so the series has no gaps.

    :raises DateBeforeLastNumber: if the series already has a later date
    """
    with connection.cursor() as cursor:
        key = [active_tenant_id(), kind, day.year]
        cursor.execute(
            "INSERT INTO core_numberseries (tenant_id, kind, year, next_number) "
            "VALUES (%s, %s, %s, 1) ON CONFLICT DO NOTHING",
            key,
        )
        cursor.execute(
            "UPDATE core_numberseries SET next_number = next_number + %s, last_date = %s "
            "WHERE tenant_id = %s AND kind = %s AND year = %s "
            "AND (last_date IS NULL OR last_date <= %s) RETURNING next_number - %s",
            [count, day, *key, day, count],
        )
        row = cursor.fetchone()
    if row is None:
        raise DateBeforeLastNumber(f"{kind} {day}")
    pattern = (
        NumberFormat.objects.filter(kind=kind).values_list("pattern", flat=True).first()
        or DEFAULT_PATTERNS[kind]
    )
    return [pattern.format(year=day.year, number=row[0] + i) for i in range(count)]
