"""The filters of the pages' lists as parameters of the API: the same ones, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from api import ids
from api.fields import AMOUNT, Day, read_number
from api.problems import BadParameter
from core.currencies import MINOR_UNITS
from core.lists import AmountRangeFilter, DayRangeFilter, HouseFilterSet

LONGEST = 100
Reader = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an address: ``read`` returns it as a filter set takes it, None to refuse."""

    name: str
    schema: dict[str, Any]
    read: Reader
    is_list: bool = False

    def described(self) -> OpenApiParameter:
        """Return it for the schema."""
        schema = {"type": "array", "items": self.schema} if self.is_list else self.schema
        return OpenApiParameter(self.name, schema, explode=self.is_list or None)


def text(name: str, *, most: int = LONGEST) -> Parameter:
    """Return a parameter that is any text."""

    def read(value: str) -> str | None:
        return value if len(value.strip()) > 0 and len(value) <= most and _plain(value) else None

    return Parameter(name, {"type": "string", "maxLength": most, "pattern": r"\S"}, read)


def one_of(name: str, values: list[str], *, is_list: bool = False) -> Parameter:
    """Return a parameter that is a word of a list."""
    schema = {"type": "string", "enum": values}
    return Parameter(name, schema, lambda value: value if value in values else None, is_list)


def id_of(name: str, prefix: str) -> Parameter:
    """Return a parameter that names a row by its id; the filter gets the number."""

    def read(value: str) -> str | None:
        pk = ids.read(prefix, value)
        return None if pk is None else str(pk)

    return Parameter(name, {"type": "string", "pattern": ids.pattern(prefix)}, read)


def day(name: str) -> Parameter:
    """Return a parameter that is a day."""

    def read(value: str) -> str | None:
        try:
            return Day().to_internal_value(value).isoformat()
        except ValidationError:
            return None

    return Parameter(name, {"type": "string", "format": "date"}, read)


def amount(name: str) -> Parameter:
    """Return a parameter that is an exact number."""

    def read(value: str) -> str | None:
        return value if read_number(value) is not None else None

    return Parameter(name, {"type": "string", "pattern": AMOUNT}, read)


def flag(name: str) -> Parameter:
    """Return a parameter that is true or false."""
    return Parameter(name, {"type": "boolean"}, _FLAGS.get)


_FLAGS = {"true": "true", "false": "false"}


def currency(name: str = "currency") -> Parameter:
    """Return a parameter that is a currency."""
    schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
    return Parameter(name, schema, lambda value: value if value in MINOR_UNITS else None)


@dataclass(frozen=True, slots=True)
class Filters:
    """A page's filter set as parameters. ``without`` are filters only people have a use for."""

    filterset: type[HouseFilterSet]
    without: frozenset[str] = frozenset()

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters, in the order of the filter set."""
        filters = self.filterset.base_filters
        return [
            one for name in filters if name not in self.without for one in _of(name, filters[name])
        ]

    def applied(self, request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
        """
        Return the rows that the request's parameters leave.

        :raises BadParameter: naming each that cannot be
        """
        data = QueryDict(mutable=True)
        for parameter in self.parameters:
            data.setlist(parameter.name, read(request, parameter))
        filterset = self.filterset(data, rows, request=request._request)  # noqa: SLF001 - the one below
        if not filterset.form.is_valid():
            raise BadParameter(
                errors=[
                    {"parameter": name, "detail": str(errors[0])}
                    for name, errors in filterset.form.errors.items()
                ]
            )
        found: QuerySet[Any] = filterset.qs
        return found


def read(request: Request, parameter: Parameter) -> list[str]:
    """
    Return a parameter's values as a filter takes them.

    :raises BadParameter: if one cannot be
    """
    given = request.query_params.getlist(parameter.name)
    values = [parameter.read(one) for one in (given if parameter.is_list else given[-1:])]
    if None in values:
        detail = str(_("This value is not taken here."))
        raise BadParameter(errors=[{"parameter": parameter.name, "detail": detail}])
    return [one for one in values if one is not None]


def _of(name: str, known: Any) -> list[Parameter]:
    if name in _NAMED:
        return [_NAMED[name](name)]
    for kind, made in _KINDS:
        if isinstance(known, kind):
            return made(name, known)
    raise TypeError(f"{name}: the API does not know filters like {known}.")


_NAMED: dict[str, Callable[[str], Parameter]] = {
    "q": text,
    "customer": lambda name: id_of(name, ids.CUSTOMER),
    "currency": currency,
}
_KINDS: tuple[tuple[type, Callable[[str, Any], list[Parameter]]], ...] = (
    (DayRangeFilter, lambda name, _known: [day(f"{name}_after"), day(f"{name}_before")]),
    (AmountRangeFilter, lambda name, _known: [amount(f"{name}_min"), amount(f"{name}_max")]),
    (django_filters.BooleanFilter, lambda name, _known: [flag(name)]),
    (
        django_filters.MultipleChoiceFilter,
        lambda name, known: [one_of(name, _values(known), is_list=True)],
    ),
    (django_filters.ChoiceFilter, lambda name, known: [one_of(name, _values(known))]),
)


def _values(known: Any) -> list[str]:
    return [str(value) for value, _label in known.extra["choices"]]


def _plain(value: str) -> bool:
    return "\x00" not in value
