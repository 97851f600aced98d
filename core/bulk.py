"""Inserting many rows: column by column, as array literals, by one statement a table.

The ORM's own way writes one placeholder a value and spends four fifths of the time on it. Row-level
security forbids COPY; ``unnest`` is the next best.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

Writer = Callable[[Any], str]


def take_ids(*batches: Sequence[models.Model]) -> None:
    """Give the rows the next ids of their tables, in order, so that others can name them."""
    wanted = [batch for batch in batches if batch]
    if not wanted:
        return
    if any(row.pk is not None for batch in wanted for row in batch):
        raise ValueError("A row has its id already.")
    next_ids = (
        "(SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id'))::regclass)"
        " FROM generate_series(1, %s))"
    )
    statement = " UNION ALL ".join(next_ids for _batch in wanted)
    sizes = [part for batch in wanted for part in (batch[0]._meta.db_table, len(batch))]
    with connection.cursor() as cursor:
        cursor.execute(statement, sizes)
        ids = iter(cursor.fetchall())
    for batch in wanted:
        for row in batch:
            [row.pk] = next(ids)


def insert(*batches: Sequence[models.Model]) -> None:
    """
    Insert the batches in order, each of one model, in one round trip.

    All rows of a batch have ids (see ``take_ids``), or none has; these stay without. Values are
    checked by the database alone.

    :raises ValueError: if a row was made with another that had no id then, or only some rows of a
        batch leave a value to the database
    """
    statements, values = [], []
    for batch in batches:
        if not batch:
            continue
        statement, columns = _statement(batch)
        statements.append(statement)
        values += columns
    if statements:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(statements), values)
    for batch in batches:
        for row in batch:
            row._state.adding, row._state.db = False, connection.alias


def _statement(batch: Sequence[models.Model]) -> tuple[str, list[str]]:
    """Return the INSERT and one array literal for each column it names."""
    first = batch[0]
    names, casts, literals = [], [], []
    for field in first._meta.concrete_fields:
        if field.generated:  # the database writes it
            continue
        column = [getattr(row, field.attname) for row in batch]
        left = [isinstance(value, DatabaseDefault) for value in column]
        if field.primary_key and None in column:
            left = [value is None for value in column]
        if any(left):
            if not all(left):
                raise ValueError(f"{field} is left to the database by some rows only.")
            continue
        if field.is_relation and None in column:
            _refuse_unsaved(field, batch)
        cast, write = _writer(field)
        names.append(f'"{field.column}"')
        casts.append(cast)
        literals.append(_array(column, write))
    places = ", ".join(f"c{index}::{cast}" for index, cast in enumerate(casts))
    aliases = ", ".join(f"c{index}" for index in range(len(casts)))
    arrays = ", ".join("%s::text[]" if cast.endswith("[]") else f"%s::{cast}[]" for cast in casts)
    statement = (
        f'INSERT INTO "{first._meta.db_table}" ({", ".join(names)}) '  # noqa: S608 - names of columns
        f"SELECT {places} FROM unnest({arrays}) AS fresh ({aliases})"
    )
    return statement, literals


def _refuse_unsaved(field: models.Field[Any, Any], batch: Sequence[models.Model]) -> None:
    for row in batch:
        named = field.get_cached_value(row, default=None)  # type: ignore[attr-defined]
        if named is not None and getattr(row, field.attname) is None:
            raise ValueError(f"{field} names a row that had no id.")


@cache
def _writer(field: models.Field[Any, Any]) -> tuple[str, Writer]:
    """Return the field's type, without a length that casts would cut to, and how to write it."""
    kind = (field.rel_db_type if field.is_relation else field.db_type)(connection) or ""
    cast = kind.partition("(")[0] if kind.startswith(("numeric", "varchar")) else kind
    cast = {"varchar": "text"}.get(cast, cast)
    if isinstance(field, models.JSONField):
        return cast, lambda value: _quoted(json.dumps(value, cls=field.encoder))
    if isinstance(field, ArrayField):
        return "text[]", lambda values: _quoted(text_array(values))
    if cast.startswith(("bigint", "integer", "smallint", "numeric", "boolean")):
        return cast, str
    return cast, _quoted


def text_array(values: Iterable[Any]) -> str:
    """Return an array literal, to be cast in SQL: ``%s::text[]``; numbers and days may be in it."""
    return _array(values, _quoted)


def _array(values: Iterable[Any], write: Writer) -> str:
    return "{" + ",".join(["NULL" if value is None else write(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date | time) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
