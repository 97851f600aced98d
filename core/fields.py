"""Columns with a rule of their own: exact numbers without NaN, and links within one tenant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Cast

THOUSANDTHS = 1000


class ExactField(models.DecimalField):
    """A ``numeric`` column that refuses NaN and infinity, which sort above all numbers."""

    digits = (19, 4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", self.digits[0])
        kwargs.setdefault("decimal_places", self.digits[1])
        super().__init__(*args, **kwargs)

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        return f"\"{self.column}\" NOT IN ('NaN', 'Infinity', '-Infinity')"


class AmountField(ExactField):
    """An amount of money in the currency beside it, at the currency's own scale or finer."""


class ThousandthsField(models.GeneratedField):
    """An amount's column in thousandths, written by the database: to be sought by index.

    Under row security an index serves only comparisons that leak nothing of other companies' rows
    by an error: those of ``bigint`` do not, those of ``numeric`` might.
    """

    def __init__(self, of: str, **kwargs: Any) -> None:
        self.of = of
        whole = models.BigIntegerField()
        amount = models.F(of) * models.Value(THOUSANDTHS)
        kwargs["expression"] = Cast(
            models.ExpressionWrapper(amount, models.DecimalField()), output_field=whole
        )
        kwargs["output_field"], kwargs["db_persist"] = whole, True
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for known in ("expression", "output_field", "db_persist"):
            kwargs.pop(known, None)
        return name, path, args, kwargs | {"of": self.of}


def thousandths(amount: Decimal) -> int:
    """Return what ``ThousandthsField`` holds of the amount, or one less if that has four places."""
    return int(amount * THOUSANDTHS)


class QuantityField(ExactField):
    """A quantity or a unit price, up to six places."""

    digits = (19, 6)


class RateField(ExactField):
    """A rate: 0.13 is 13 %; an exchange rate is base currency per unit of the foreign one."""

    digits = (18, 9)


class TenantForeignKey(models.ForeignKey):
    """A link to a row of the same tenant; ``CompositeFK`` in Meta is its database constraint."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class TenantOneToOneField(models.OneToOneField):
    """A one-to-one link to a row of the same tenant; see ``TenantForeignKey``."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)
