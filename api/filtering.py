"""The filters of the pages' lists as parameters of the API: the same ones, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from api import ids
from api.fields import AMOUNT, Day, read_number
from api.problems import BadParameter, NotPossible
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
        return OpenApiParameter(self.name, self.whole_schema(), explode=self.is_list or None)

    def whole_schema(self) -> dict[str, Any]:
        """Return what its value may be."""
        return {"type": "array", "items": self.schema} if self.is_list else self.schema


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
        given = {one.name: read(request, one) for one in self.parameters}
        filterset = self._filterset(given, request, rows)
        if not filterset.form.is_valid():
            raise BadParameter(
                errors=[
                    {"parameter": name, "detail": str(errors[0])}
                    for name, errors in filterset.form.errors.items()
                ]
            )
        found: QuerySet[Any] = filterset.qs
        return found

    def chosen(
        self, given: Mapping[str, list[str]], request: Request, rows: QuerySet[Any], pointer: str
    ) -> QuerySet[Any]:
        """
        Return the rows that values of a body leave, as ``FilterGiven`` read them.

        :raises NotPossible: naming each that cannot be, below the pointer
        """
        filterset = self._filterset(given, request, rows)
        if not filterset.form.is_valid():
            raise NotPossible(
                errors=[
                    {"pointer": f"{pointer}/{name}", "detail": str(errors[0])}
                    for name, errors in filterset.form.errors.items()
                ]
            )
        found: QuerySet[Any] = filterset.qs
        return found

    def _filterset(
        self, given: Mapping[str, list[str]], request: Request, rows: QuerySet[Any]
    ) -> HouseFilterSet:
        data = QueryDict(mutable=True)
        for name, values in given.items():
            data.setlist(name, values)
        return self.filterset(data, rows, request=request._request)  # noqa: SLF001 - the one below


class FilterGiven(serializers.Field):
    """The parameters of a list as an object of a body: texts, true or false, lists of texts."""

    default_error_messages = {
        "shape": _("Write an object."),
        "unknown": _("There is no such parameter."),
        "value": _("This value is not taken here."),
    }

    def __init__(self, filters: Filters, **kwargs: Any) -> None:
        self.known = {one.name: one for one in filters.parameters}
        super().__init__(**kwargs)
        set_override(
            self,
            "field",
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: one.whole_schema() for name, one in self.known.items()},
            },
        )

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, Mapping):
            self.fail("shape")
        found, errors = {}, {}
        for name, value in data.items():
            try:
                found[name] = self._read(name, value)
            except ValidationError as refused:
                errors[name] = refused.detail
        if errors:
            raise ValidationError(errors)
        return found

    def _read(self, name: str, value: Any) -> list[str]:
        parameter = self.known.get(name)
        if parameter is None:
            self.fail("unknown")
        if isinstance(value, list) != parameter.is_list:
            self.fail("value")
        values = [parameter.read(_text(one)) for one in (value if parameter.is_list else [value])]
        if None in values:
            self.fail("value")
        return [one for one in values if one is not None]

    def to_representation(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        return value


def _text(value: Any) -> str:
    """Return a value of a body as an address writes it; what no parameter is, as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


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
