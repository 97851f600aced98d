"""Pages by key: the rows after (or before) a row, however many there are before it.

Rows inserted or deleted meanwhile neither repeat nor hide another row. A cursor carries the sorting
values of a row and a signature; one that is not ours, or of another list or order, is no cursor.
NULLs sort as PostgreSQL sorts them: as if larger than every value.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.crypto import constant_time_compare, salted_hmac

SIGNATURE_LENGTH = 22
MAX_CURSOR_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Key:
    """One expression of an ordering."""

    path: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Ordering:
    """A total order: its name in the address and its keys, the last of which is unique."""

    name: str
    keys: tuple[Key, ...]

    def backwards(self) -> Ordering:
        return Ordering(self.name, tuple(Key(key.path, not key.descending) for key in self.keys))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an ordering: the values of the row there, and how many rows came before it."""

    values: tuple[Any, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page; ``start`` counts from 1; a cursor is empty where no page lies that way."""

    rows: list[Any]
    start: int
    before: str
    after: str


def ordering_of(name: str, paths: Sequence[str], *, reverse: bool) -> Ordering:
    """Return the order by the paths, by ``pk`` last, reversed as a whole if asked."""
    if not paths or paths[-1].lstrip("-") not in {"pk", "id"}:
        paths = (*paths, "pk")
    keys = tuple(Key(path.lstrip("-"), path.startswith("-") is not reverse) for path in paths)
    return Ordering(f"-{name}" if reverse else name, keys)


def ordered(queryset: QuerySet[Any], ordering: Ordering) -> QuerySet[Any]:
    """Return the rows in this order."""
    return queryset.order_by(
        *(F(key.path).desc() if key.descending else F(key.path).asc() for key in ordering.keys)
    )


def fetch_page(
    queryset: QuerySet[Any],
    ordering: Ordering,
    *,
    of: QuerySet[Any],
    after: str,
    before: str,
    size: int,
) -> Page:
    """
    Return the page after or before a cursor; the first page without a good one.

    :param queryset: the rows, limited by what is asked for; they are chosen from it by their ids
    :param of: the same rows without limits, which what is shown of those chosen is taken from
    """
    salt = f"{queryset.model._meta.label}:{ordering.name}"
    rows = _Rows(queryset, of, ordering)
    if cursor := read_cursor(before, salt, len(ordering.keys)):
        page = _page_before(rows, cursor, size, salt)
    elif cursor := read_cursor(after, salt, len(ordering.keys)):
        page = _page_after(rows, cursor, size, salt)
    else:
        page = None
    return page or _page_after(rows, None, size, salt) or Page([], 0, "", "")


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows to choose from, what they are shown from, and their order."""

    limited: QuerySet[Any]
    shown: QuerySet[Any]
    ordering: Ordering

    def beyond(self, cursor: Cursor | None, count: int, *, backwards: bool = False) -> list[Any]:
        """
        Return the next rows, by one statement.

        What is joined to a row, or asked of others for it, is asked for these few alone: a limit
        that leaves thousands would join it to all of them before it sorts.
        """
        ordering = self.ordering.backwards() if backwards else self.ordering
        chosen = _beyond(self.limited, ordering, cursor).values("pk")[:count]
        return list(ordered(self.shown.filter(pk__in=chosen), ordering))


def _page_after(rows_of: _Rows, cursor: Cursor | None, size: int, salt: str) -> Page | None:
    ordering = rows_of.ordering
    rows = rows_of.beyond(cursor, size + 1)
    if not rows:
        return None
    more, rows = len(rows) > size, rows[:size]
    start = cursor.position + 1 if cursor else 1
    return Page(
        rows,
        start,
        before=_cursor_at(rows[0], ordering, start - 1, salt) if cursor else "",
        after=_cursor_at(rows[-1], ordering, start + len(rows) - 1, salt) if more else "",
    )


def _page_before(rows_of: _Rows, cursor: Cursor, size: int, salt: str) -> Page | None:
    ordering = rows_of.ordering
    rows = rows_of.beyond(cursor, size + 1, backwards=True)
    if len(rows) <= size:
        return None  # the beginning: show a full first page
    rows = rows[:size][::-1]
    start = max(cursor.position - len(rows) + 1, 1)
    return Page(
        rows,
        start,
        before=_cursor_at(rows[0], ordering, start - 1, salt),
        after=_cursor_at(rows[-1], ordering, start + len(rows) - 1, salt),
    )


def _beyond(queryset: QuerySet[Any], ordering: Ordering, cursor: Cursor | None) -> QuerySet[Any]:
    rows = ordered(queryset, ordering)
    if cursor is None:
        return rows
    return rows.filter(_condition(queryset, ordering.keys, cursor.values))


def _condition(queryset: QuerySet[Any], keys: Sequence[Key], values: Sequence[Any]) -> Any:
    directions = {key.descending for key in keys}
    if len(directions) == 1 and all(_never_null(queryset, key.path) for key in keys):
        # One comparison of rows, which an index on the same columns answers by itself.
        compare = LessThan if directions.pop() else GreaterThan
        return compare(
            _Row(*(F(key.path) for key in keys)), _Row(*(Value(value) for value in values))
        )
    return _spelled_out(keys, values)


def _spelled_out(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """Return "beyond in the first key, or equal there and beyond in the rest"."""
    key, value = keys[0], values[0]
    beyond = _beyond_one(key, value)
    if len(keys) == 1:
        return beyond
    rest = _spelled_out(keys[1:], values[1:])
    equal = Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    return beyond | (equal & rest)


def _beyond_one(key: Key, value: Any) -> Q:
    if value is None:
        nothing = Q(pk__in=[])
        return Q(**{f"{key.path}__isnull": False}) if key.descending else nothing
    if key.descending:
        return Q(**{f"{key.path}__lt": value})
    return Q(**{f"{key.path}__gt": value}) | Q(**{f"{key.path}__isnull": True})


class _Row(Func):
    """A row of values, compared from the left: ``(a, b) > (x, y)``."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


def _never_null(queryset: QuerySet[Any], path: str) -> bool:
    """Test if every step of the path is a column that cannot be NULL."""
    model: Any = queryset.model
    for part in path.split("__"):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except (FieldDoesNotExist, AttributeError):  # an annotation, or a step beyond a column
            return False
        if not getattr(field, "concrete", False) or field.null:
            return False
        model = field.related_model
    return True


def _cursor_at(row: Any, ordering: Ordering, position: int, salt: str) -> str:
    return write_cursor([_value_at(row, key.path) for key in ordering.keys], position, salt)


def _value_at(row: Any, path: str) -> Any:
    for part in path.split("__"):
        if row is None:
            return None
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return getattr(row, "pk", row)


_WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("b", bool),
    int: ("i", int),
    str: ("s", str),
    Decimal: ("n", str),
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    uuid.UUID: ("u", str),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": int,
    "s": str,
    "n": Decimal,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "u": uuid.UUID,
}


def write_cursor(values: Sequence[Any], position: int, salt: str) -> str:
    """
    Return the values as text for an address, signed.

    :raises TypeError: for a value of a kind that lists are not sorted by
    """
    packed = json.dumps([position, *map(_packed, values)], separators=(",", ":"))
    body = base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")
    return f"{_signature(body, salt)}{body}"


def read_cursor(text: str, salt: str, count: int) -> Cursor | None:
    """Return what ``write_cursor`` wrote for the same salt; None for anything else."""
    signature, body = text[:SIGNATURE_LENGTH], text[SIGNATURE_LENGTH:]
    if not body or len(text) > MAX_CURSOR_LENGTH or not text.isascii():
        return None
    if not constant_time_compare(signature, _signature(body, salt)):
        return None
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        position, *packed = json.loads(raw)
        values = tuple(None if pair is None else _READERS[pair[0]](pair[1]) for pair in packed)
    except (binascii.Error, ValueError, KeyError, TypeError, ArithmeticError):
        return None
    return Cursor(values, position) if len(values) == count else None


def _packed(value: Any) -> list[Any] | None:
    if value is None:
        return None
    for kind in type(value).__mro__:
        if kind in _WRITERS:
            letter, write = _WRITERS[kind]
            return [letter, write(value)]
    raise TypeError(f"No list can be sorted by a {type(value).__name__}.")


def _signature(body: str, salt: str) -> str:
    return salted_hmac(f"core.lists:{salt}", body).hexdigest()[:SIGNATURE_LENGTH]
