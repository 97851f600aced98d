"""Which column of the file is which of ours, and what a column holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.imports.reading import FileRefused

_CHINESE = re.compile("[\u4e00-\u9fff]")
YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("是",), "no": ("否",)}


class Holds(StrEnum):
    """What stands in the cells of a column."""

    TEXT = "text"
    DAY = "day"
    AMOUNT = "amount"
    CURRENCY = "currency"


def is_chinese(text: str) -> bool:
    """Test if the text has a Chinese character."""
    return _CHINESE.search(text) is not None


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns; ``synonyms`` are headers, English and Chinese, it also goes by.

    ``words`` are the fixed values it takes, each with the words it may be written as. ``example``
    is what a template shows in it, in English and in Chinese, and ``note`` what it says beside.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False  # the file must have it
    english: str = ""  # its header in English, where the name does not make one
    holds: Holds = Holds.TEXT
    words: Mapping[str, Iterable[str]] = field(default_factory=dict, compare=False)
    example: tuple[str, str] = ("", "")
    note: str | Promise = ""

    def title(self, language: str) -> str:
        """Return what the column is called in the language: the header of its template."""
        if language.startswith("zh"):
            return next((word for word in self.synonyms if is_chinese(word)), self.name)
        return self.english or self.name.replace("_", " ").capitalize()

    def word(self, value: str, language: str) -> str:
        """Return how a template writes one of the fixed values; other values as they are."""
        chinese = language.startswith("zh")
        spoken = (one for one in self.words.get(value, ()) if is_chinese(one) == chinese)
        return next(spoken, value.replace("_", " ").lower() if value in self.words else value)

    def is_called(self, header: str) -> bool:
        """Test if a header of a file names the column."""
        return key_of(header) in _keys(self)


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
        if key_of(theirs) not in places:
            raise FileRefused(
                _('The file has no column "%(name)s"; it has: %(names)s.')
                % {"name": theirs, "names": ", ".join(header)}
            )
        positions[ours] = _only(ours, places[key_of(theirs)], header)
    taken = set(positions.values())
    for column in columns:
        if column.name in positions:
            continue
        found = [
            place for name in _keys(column) for place in places.get(name, []) if place not in taken
        ]
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


def guessed_positions(columns: Sequence[Column], header: Sequence[str]) -> dict[str, int]:
    """Return where each of our columns seems to be, for a person to look at; refuses nothing.

    Of several headers for one column the best is taken: its name, else the earlier synonym.
    """
    places = _places(header)
    positions: dict[str, int] = {}
    taken: set[int] = set()
    ranked = [
        (rank, order, column.name, place)
        for order, column in enumerate(columns)
        for rank, key in enumerate(_keys(column))
        for place in places.get(key, [])
    ]
    for _rank, _order, name, place in sorted(ranked):
        if name not in positions and place not in taken:
            positions[name] = place
            taken.add(place)
    return positions


def _places(header: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        if key_of(name):
            places.setdefault(key_of(name), []).append(position)
    return places


def _keys(column: Column) -> list[str]:
    """Return all that the column is called, the surest first, each once."""
    titles = (column.title("en"), column.title("zh-hans"))
    return list(dict.fromkeys(key_of(word) for word in (column.name, *titles, *column.synonyms)))


def _only(ours: str, found: list[int], header: Sequence[str]) -> int:
    if len(found) > 1:
        raise FileRefused(
            _('More than one column could be "%(name)s": %(names)s. Use --map to say which.')
            % {"name": ours, "names": ", ".join(header[place] for place in found)}
        )
    return found[0]


def key_of(name: str) -> str:
    """Return the header without case, width and punctuation: ``Bill date`` is ``bill_date``."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()
