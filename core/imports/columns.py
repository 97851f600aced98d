"""Which column of the file is which of ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.imports.reading import FileRefused


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns; ``synonyms`` are headers, English and Chinese, it also goes by."""

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False  # the file must have it


def column_positions(
    columns: Sequence[Column], header: Sequence[str], asked: Mapping[str, str]
) -> dict[str, int]:
    """
    Return the position of each of our columns that the file has.

    ``asked`` maps our names to the file's headers and comes before every synonym.

    :raises FileRefused: if a name asked for is not there, two columns claim to be the same one, or
        a required one is missing
    """
    places = _places(header)
    positions = {}
    for ours, theirs in asked.items():
        if ours not in {column.name for column in columns}:
            raise FileRefused(
                _('There is no column "%(name)s" to map to; ours are: %(names)s.')
                % {"name": ours, "names": ", ".join(column.name for column in columns)}
            )
        if _key(theirs) not in places:
            raise FileRefused(
                _('The file has no column "%(name)s"; it has: %(names)s.')
                % {"name": theirs, "names": ", ".join(header)}
            )
        positions[ours] = _only(ours, places[_key(theirs)], header)
    taken = set(positions.values())
    for column in columns:
        if column.name in positions:
            continue
        names = {_key(name) for name in (column.name, *column.synonyms)}
        found = [place for name in names for place in places.get(name, []) if place not in taken]
        if found:
            positions[column.name] = _only(column.name, sorted(found), header)
    missing = [
        column.name for column in columns if column.required and column.name not in positions
    ]
    if missing:
        raise FileRefused(
            _(
                "The file lacks these columns: %(names)s. It has: %(header)s. "
                "Use --map to say which is which."
            )
            % {"names": ", ".join(missing), "header": ", ".join(header)}
        )
    return positions


def _places(header: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        if name:
            places.setdefault(_key(name), []).append(position)
    return places


def _only(ours: str, found: list[int], header: Sequence[str]) -> int:
    if len(found) > 1:
        raise FileRefused(
            _('More than one column could be "%(name)s": %(names)s. Use --map to say which.')
            % {"name": ours, "names": ", ".join(header[place] for place in found)}
        )
    return found[0]


def _key(name: str) -> str:
    """Return the header without case, width and punctuation: ``Bill date`` is ``bill_date``."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()
