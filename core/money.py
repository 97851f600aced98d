"""Money: an exact amount in one currency. Rounding half up, everywhere, by this file alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext

from core.currencies import MINOR_UNITS

ZERO = Decimal(0)
_PRECISION = Context(prec=60)


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one calculation."""


class UnknownCurrency(ValueError):
    """The code is no currency of ISO 4217."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, at the currency's own number of decimal places."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("Money takes a Decimal, never a float.")
        if not self.amount.is_finite():
            raise ValueError(f"{self.amount} is no amount of money.")
        exact = q(self.amount, self.currency)
        if self.amount != exact:
            raise ValueError(f"{self.amount} has more places than {self.currency} allows.")
        object.__setattr__(self, "amount", exact + ZERO)  # one scale, and never -0

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._require_same_currency(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._require_same_currency(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} is not {other.currency}.")


def places(currency: str) -> int:
    """
    Return the number of decimal places of the currency: 2 for EUR, 0 for JPY, 3 for KWD.

    :raises UnknownCurrency: for a code ISO 4217 does not know
    """
    try:
        return MINOR_UNITS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency} is no currency.") from None


def quantum(currency: str) -> Decimal:
    """Return the smallest step of the currency, e.g. 0.01 for EUR."""
    return Decimal(1).scaleb(-places(currency))


def q(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up (away from zero, as PostgreSQL rounds) to the currency."""
    return amount.quantize(quantum(currency), ROUND_HALF_UP, _PRECISION)


def rounded(amount: Decimal, currency: str) -> Money:
    """Return the amount as money, rounded half up to the currency's minor unit."""
    return Money(q(amount, currency), currency)


def trimmed(number: Decimal, least_places: int = 0) -> Decimal:
    """Return the number without trailing zeros, but with ``least_places`` places at least."""
    exponent = number.normalize().as_tuple().exponent
    shown = max(least_places, -exponent if isinstance(exponent, int) else 0)
    return number.quantize(Decimal(1).scaleb(-shown))


def total(parts: Iterable[Money], currency: str) -> Money:
    """Return the sum of the parts, all in the currency."""
    return sum(parts, start=Money(ZERO, currency))


def split(whole: Money, weights: Sequence[Decimal]) -> list[Money]:
    """
    Return parts in proportion to the weights whose sum is exactly the whole.

    Largest remainder on minor units: no part is a full unit off its share, none has the other
    sign, a zero weight gets nothing, and equal remainders go to the earlier part.

    :raises ValueError: without a positive weight, or with a negative one
    """
    weight_sum = sum(weights, ZERO)
    if weight_sum <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("Weights must not be negative, and their sum must be positive.")
    step = quantum(whole.currency)
    sign = -1 if whole.amount < 0 else 1
    with localcontext(_PRECISION):
        units = abs(whole.amount) / step
        shares = [units * weight / weight_sum for weight in weights]
        parts = [share.quantize(Decimal(1), ROUND_DOWN) for share in shares]
        left = int(units - sum(parts, ZERO))
        by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
        for index in by_remainder[:left]:
            parts[index] += 1
        return [Money(sign * part * step, whole.currency) for part in parts]
