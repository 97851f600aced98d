"""Fields of the API: strict when they read, exact when they write.

A field takes only what the schema says: no 5 for "5", no "yes" for true, nothing cut or guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import ids
from core.currencies import MINOR_UNITS
from core.dates import EARLIEST, LATEST
from core.money import Money, places, q
from core.plain_text import has_unseen

LARGEST = Decimal(10) ** 12
AMOUNT = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"
_AMOUNT = re.compile(AMOUNT.strip("^$"), re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_LINES = "\n\r\t"


class Text(serializers.CharField):
    """Text, composed (NFC): no numbers, no signs nobody sees; ``lines`` may have several."""

    default_error_messages = {
        "not_text": _("This is not a text."),
        "control": _("Control characters are not taken."),
    }

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        self.lines = lines
        kwargs.setdefault("allow_blank", not kwargs.get("required", True))
        super().__init__(**kwargs)
        schema: dict[str, Any] = {"type": "string"}
        if self.max_length is not None:
            schema["maxLength"] = self.max_length
        if not self.allow_blank:
            schema |= {"minLength": 1, "pattern": r"\S"}
        set_override(self, "field", schema)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        data = unicodedata.normalize("NFC", data)
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        allowed = _LINES if self.lines else ""
        if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in data):
            self.fail("control")
        if has_unseen(data):
            self.fail("control")
        return super().to_internal_value(data)


class Email(Text):
    """One e-mail address, or nothing where it may be blank."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)
        self.validators.append(_one_address)
        set_override(self, "field", {"type": "string", "maxLength": 254})


def _one_address(value: str) -> None:
    if value:
        serializers.EmailField().run_validators(value)


class Flag(serializers.BooleanField):
    """True or false, nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One word of a closed list."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not data:
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Day(serializers.Field):
    """A day, ``2026-03-02``, between 1970 and 2100."""

    default_error_messages = {
        "invalid": _("Write a day as 2026-03-02."),
        "range": _("Days lie between 1970 and 2100."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "format": "date"})

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _DAY.fullmatch(data):
            self.fail("invalid")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not EARLIEST <= day <= LATEST:
            self.fail("range")
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class Moment(serializers.Field):
    """An instant with its offset, ``2026-03-02T12:00:00Z``; written in UTC."""

    default_error_messages = {
        "invalid": _("Write an instant as 2026-03-02T12:00:00Z."),
        "range": _("Days lie between 1970 and 2100."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "format": "date-time"})

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _MOMENT.fullmatch(data):
            self.fail("invalid")
        try:
            moment = parse_datetime(data)
        except ValueError:
            moment = None
        if moment is None:
            self.fail("invalid")
        if not EARLIEST.year < moment.year < LATEST.year:
            self.fail("range")
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Quantity(serializers.Field):
    """An exact number as a string, up to six places: ``"1.5"``."""

    default_error_messages = {
        "invalid": _("Write a number as a string with a point, such as 1280.50."),
        "range": _("The number must lie between %(least)s and %(most)s."),
    }

    def __init__(
        self,
        *,
        least: Decimal = -LARGEST,
        most: Decimal = LARGEST,
        decimals: int = 6,
        **kwargs: Any,
    ) -> None:
        self.least, self.most, self.decimals = least, most, decimals
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "pattern": AMOUNT})

    def to_internal_value(self, data: Any) -> Decimal:
        number = read_number(data)
        if number is None or number != number.quantize(Decimal(1).scaleb(-self.decimals)):
            self.fail("invalid")
        if not self.least <= number <= self.most:
            text = self.error_messages["range"]
            raise ValidationError(text % {"least": self.least, "most": self.most}, code="range")
        return number

    def to_representation(self, value: Decimal) -> str:
        return number_text(value)


def read_number(data: Any) -> Decimal | None:
    """Return the number a string writes plainly; None for anything else."""
    if not isinstance(data, str) or not _AMOUNT.fullmatch(data):
        return None
    return Decimal(data) or Decimal(0)


def number_text(value: Decimal) -> str:
    """Return a number without superfluous zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Id(serializers.Field):
    """The id of a row with its prefix. ``rows`` are those that may be named; gives the row.

    Without ``rows`` it gives the number, for serializers that look many up at once. What is
    another company's is as unknown as what is not there.
    """

    default_error_messages = {"unknown": _("There is nothing with this id.")}

    def __init__(
        self, prefix: str, rows: Callable[[], QuerySet[Any]] | None = None, **kwargs: Any
    ) -> None:
        self.prefix, self.rows = prefix, rows
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "pattern": ids.pattern(prefix)})

    def to_internal_value(self, data: Any) -> Any:
        pk = ids.read(self.prefix, data)
        if pk is None:
            self.fail("unknown")
        if self.rows is None:
            return pk
        row = self.rows().filter(pk=pk).first()
        if row is None:
            self.fail("unknown")
        return row

    def to_representation(self, value: Any) -> str | None:
        return ids.written(self.prefix, getattr(value, "pk", value))


class Strict(serializers.Serializer):
    """A body: fields nobody knows are refused. With ``change`` every field may be left out."""

    def __init__(self, *args: Any, change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if change:
            for field in self.fields.values():
                field.required = False

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            text = _("There is no such field.")
            unknown = {name: [text] for name in data if name not in self.fields}
            if unknown:
                raise ValidationError(unknown)
        return super().to_internal_value(data)


class CurrencyCode(Text):
    """A currency of ISO 4217."""

    default_error_messages = {"currency": _("This is no currency of ISO 4217.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=False, **kwargs)
        set_override(self, "field", {"type": "string", "pattern": "^[A-Z]{3}$"})

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in MINOR_UNITS:
            self.fail("currency")
        return code


class AmountGiven(Strict):
    """An amount of money: exact, in the currency's own places at most."""

    amount = Quantity()
    currency = CurrencyCode()

    def validate(self, attrs: dict[str, Any]) -> Any:
        amount, currency = attrs["amount"], attrs["currency"]
        if amount != q(amount, currency):
            text = _("At most %(places)s decimal places.") % {"places": places(currency)}
            raise ValidationError({"amount": [text]})
        return Money(amount, currency)


class PriceGiven(Strict):
    """A price of one unit: up to six places, in a currency."""

    amount = Quantity()
    currency = CurrencyCode()


class MoneyText(serializers.Serializer):
    """An amount of money, written out in the currency's places: never a JSON number."""

    amount = serializers.CharField()
    currency = serializers.CharField()


class MoneyOf(serializers.Field):
    """An amount of the row, in the row's currency; null where there is none."""

    def __init__(self, amount: str, *, currency: str = "currency", **kwargs: Any) -> None:
        self.amount, self.currency = amount, currency
        super().__init__(source="*", **kwargs)
        set_override(self, "field", MoneyText)

    def to_representation(self, value: Any) -> dict[str, str] | None:
        amount = _part(value, self.amount)
        return None if amount is None else money_text(amount, _part(value, self.currency))


class PriceOf(MoneyOf):
    """A unit price of the row: at least the currency's places, more where it has more."""

    def to_representation(self, value: Any) -> dict[str, str] | None:
        amount, currency = _part(value, self.amount), _part(value, self.currency)
        least = places(currency)
        exponent = amount.normalize().as_tuple().exponent
        return {"amount": f"{amount:.{max(least, -exponent)}f}", "currency": currency}


def money_text(amount: Decimal, currency: str) -> dict[str, str]:
    """Return an amount as the API writes it."""
    return {"amount": f"{q(amount, currency) + 0:f}", "currency": currency}


def _part(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
    return value
