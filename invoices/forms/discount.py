"""One field for both kinds of discount: ``10%`` is per cent, ``50`` an amount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import AmountField
from core.money import ZERO, places
from core.numbers import NotAnAmount, TwoReadings, number_style, written
from core.reckoning import reckon
from invoices.forms.fields import LARGEST

PERCENT_PLACES = 4
_WHOLE = Decimal(100)
_SIGNS = ("%", "％")


class Discount(NamedTuple):
    """A discount as written: in per cent (10 is 10 %), or an amount; the other one is 0."""

    percent: Decimal = ZERO
    amount: Decimal = ZERO


class DiscountField(AmountField):
    """A discount in per cent or as an amount, a sum too; gives a Discount, or None for none."""

    default_error_messages = {
        "unclear": _("Enter a discount such as %(fifty)s or 10%%."),
        "between": _("A discount is between 0 and 100 per cent."),
        "negative": _("A discount is not negative."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(reckons=True, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Discount):
            return value
        if value.percent:
            return f"{written(f'{value.percent.normalize():f}', number_style())}%"
        return super().prepare_value(value.amount) if value.amount else None

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        is_percent = text.endswith(_SIGNS)
        try:
            number = reckon(
                text.rstrip("%％ "),
                decimal_places=PERCENT_PLACES if is_percent else self.decimal_places,
                style=number_style(),
            )
        except TwoReadings:
            raise ValidationError(self.error_messages["two"], code="invalid") from None
        except NotAnAmount:
            raise ValidationError(
                self.error_messages["unclear"],
                code="invalid",
                params={"fifty": written("50.00", number_style())},
            ) from None
        return Discount(percent=number) if is_percent else Discount(amount=number)

    def validate(self, value: Any) -> None:
        if value is None:
            return
        if not 0 <= value.percent <= _WHOLE:
            raise ValidationError(self.error_messages["between"], code="between")
        if value.amount < 0:
            raise ValidationError(self.error_messages["negative"], code="negative")
        if value.amount > LARGEST:
            message = self.error_messages["most"]
            raise ValidationError(message, code="most", params={"most": LARGEST})
        self._require_places(value.percent, PERCENT_PLACES)
        self._require_places(value.amount, self.decimal_places)

    def require_currency(self, value: Discount | None, currency: str) -> None:
        """
        Check the amount's places once the currency is known.

        :raises ValidationError: if it has more than the currency
        """
        if value is not None and currency:
            self._require_places(value.amount, places(currency))

    def _require_places(self, number: Decimal, most: int) -> None:
        if number != number.quantize(Decimal(1).scaleb(-most)):
            message = self.error_messages["places"]
            raise ValidationError(message, code="places", params={"places": most})
