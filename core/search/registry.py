"""What can be found: every app registers its own kind of thing when the site starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum
from functools import cached_property

from django.utils.functional import Promise

from core.numbers import NotAnAmount, number_style, parse_amount
from core.search.keys import plain, words_of

Text = str | Promise
SHOWN = 6  # of each kind


class Rank(IntEnum):
    """How well something fits what was typed; the best first."""

    EXACT = 0  # it is this number or code
    START = 1  # a number, code or name begins so
    WORD = 2  # a word of it begins so, or the amount is this one
    PART = 3  # it stands somewhere in it
    NEAR = 4  # an amount within one per cent


@dataclass(frozen=True)
class Asked:
    """What somebody typed, 1 to 100 characters, read once in every way it can be meant."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def plain(self) -> str:
        return plain(self.text)

    @cached_property
    def writings(self) -> list[str]:
        """The text as it may be written in a number or reference: as typed, in capitals, small."""
        return list(dict.fromkeys((self.text, self.text.upper(), self.text.lower())))

    @cached_property
    def amount(self) -> Decimal | None:
        """The text as a positive amount, whatever its sign; None if it is none."""
        try:
            return abs(parse_amount(self.text, number_style())) or None
        except NotAnAmount:
            return None


@dataclass(frozen=True, slots=True)
class Shown:
    """How a thing looks among what was found; ``chip`` is a word and its kind."""

    title: str
    detail: str = ""
    amount: Decimal | None = None
    currency: str = ""
    chip: tuple[str, str] | None = None
    is_idle: bool = False  # nothing is done with it any more


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of an answer: a link, or with a ``wish`` a button that posts ``name=value``."""

    url: str
    icon: str
    shown: Shown
    rank: Rank
    pk: int = 0
    wish: tuple[str, str] | None = None

    def at(self, rank: Rank) -> Hit:
        return replace(self, rank=rank)


Ranked = list[tuple[int, Rank]]


@dataclass(frozen=True, slots=True)
class ThingAction:
    """What can be done with a thing found: ``New invoice for %(name)s``, a page with its id."""

    label: Text
    page: str
    permission: str
    parameter: str
    icon: str
    place: int


@dataclass(frozen=True, slots=True)
class Source:
    """
    One kind of thing.

    :ivar find: ids with their ranks, best first, at most a few times ``SHOWN``; a bounded number of
        statements, each of which an index serves under row security
    :ivar show: how each of the ids looks on the company's day, if it is there and may be seen
    :ivar place: where its group stands in the answer
    """

    kind: str
    label: Text
    permission: str
    icon: str
    page: str
    find: Callable[[Asked], Ranked]
    show: Callable[[Sequence[int], date], Mapping[int, Shown]]
    place: int = 0


def rank_of(key: str, asked: Asked) -> Rank | None:
    """Return how well a key (``core.search.keys.key_of``) fits what was typed; None: not at all."""
    if key.startswith(f" {asked.plain}"):
        return Rank.START
    if all(f" {word}" in key for word in asked.words):
        return Rank.WORD
    return Rank.PART if all(word in key for word in asked.words) else None


_SOURCES: dict[str, Source] = {}
_ACTIONS: dict[str, list[ThingAction]] = {}


def register(source: Source) -> None:
    """Let things of a kind be found."""
    _SOURCES[source.kind] = source


def offer_action(kind: str, action: ThingAction) -> None:
    """Offer something to do with each of the best things of a kind, whoever registers that."""
    _ACTIONS.setdefault(kind, []).append(action)


def sources() -> list[Source]:
    """Return every kind of thing that can be found, in the order of the answer."""
    return sorted(_SOURCES.values(), key=lambda source: source.place)


def actions_on(kind: str) -> list[ThingAction]:
    """Return what can be done with things of the kind, in the order of the answer."""
    return sorted(_ACTIONS.get(kind, []), key=lambda action: action.place)
