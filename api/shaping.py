"""Answers as a program asks for them: fewer fields, or more beside an id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from api.problems import BadParameter

FIELDS, EXPAND = "fields", "expand"
Shape = type[serializers.Serializer]


@dataclass(frozen=True, slots=True)
class Expansion:
    """What may stand in the place of an id, or beside the fields, where ``expand`` names it.

    ``load`` gets the rows of the page and the day and returns, by row, what ``shape`` writes: in
    a number of statements that does not depend on the rows'. The key needs the ``scope``, too.
    """

    name: str
    scope: str
    shape: Shape
    load: Callable[[Sequence[Any], date], Mapping[int, Any]]
    is_many: bool = False

    def put(self, rows: Sequence[Any], results: Sequence[dict[str, Any]], day: date) -> None:
        """Write it into the results of the rows; what several have is written out once."""
        found, written = self.load(rows, day), {}
        for row, result in zip(rows, results, strict=True):
            one = found.get(row.pk)
            if one is None:
                result[self.name] = [] if self.is_many else None
                continue
            if id(one) not in written:
                made = self.shape(one, many=self.is_many, context={"day": day})
                written[id(one)] = made.data
            result[self.name] = written[id(one)]


@dataclass(frozen=True, slots=True)
class Shaping:
    """What may be asked of the answers of one address."""

    names: tuple[str, ...] = ()
    expansions: tuple[Expansion, ...] = field(default=())

    @property
    def parameters(self) -> list[OpenApiParameter]:
        """The parameters that ask, for the schema."""
        asked = {
            FIELDS: (self.names, "Only these fields, of all there are."),
            EXPAND: (
                [one.name for one in self.expansions],
                "The whole thing instead of its id, or what belongs to it.",
            ),
        }
        return [
            OpenApiParameter(
                name,
                {"type": "array", "items": {"type": "string", "enum": list(values)}, "minItems": 1},
                explode=False,
                style="form",
                description=text,
            )
            for name, (values, text) in asked.items()
            if values
        ]

    def read(self, request: Request) -> Wanted:
        """
        Return what the request asks for.

        :raises BadParameter: for names nobody knows
        """
        fields = _named(request, FIELDS, self.names)
        chosen = _named(request, EXPAND, [one.name for one in self.expansions]) or []
        return Wanted(
            None if fields is None else frozenset(fields),
            tuple(one for one in self.expansions if one.name in chosen),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields a request wants, None for all, and what it wants in place of ids."""

    fields: frozenset[str] | None = None
    expansions: tuple[Expansion, ...] = ()

    def written(self, rows: Any, shape: Shape, *, many: bool, day: date) -> Any:
        """Return the rows, or the one row, as they were asked for."""
        made: Any = shape(rows, many=many, context={"day": day})
        if self.fields is not None:
            known = made.child.fields if many else made.fields
            for name in [name for name in known if name not in self.fields]:
                del known[name]
        data = made.data
        for one in self.expansions:
            one.put(rows if many else [rows], data if many else [data], day)
        return data


def _named(request: Request, name: str, known: Sequence[str]) -> list[str] | None:
    given = request.query_params.getlist(name)
    if not given:
        return None
    named = [part for text in given for part in text.split(",")]
    unknown = sorted({one for one in named if one not in known})
    if unknown:
        text = str(_("There is nothing called “%(name)s” here."))
        raise BadParameter(
            errors=[{"parameter": name, "detail": text % {"name": one[:60]}} for one in unknown]
        )
    return named
