"""Exchange rates of the day, as the company entered them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.models import ExchangeRate


def rate_on(currency: str, base_currency: str, day: date) -> Decimal | None:
    """
    Return base currency per unit of the currency on the day: the latest rate not after it.

    1 for the base currency itself; None when no rate was entered, and the base amount is unknown.
    """
    if currency == base_currency:
        return Decimal(1)
    return (
        ExchangeRate.objects.filter(currency=currency, day__lte=day)
        .order_by("-day")
        .values_list("rate", flat=True)
        .first()
    )


def rates_on(currencies: set[str], base_currency: str, day: date) -> dict[str, Decimal | None]:
    """Return the rate of each currency on the day; see ``rate_on``."""
    return {currency: rate_on(currency, base_currency, day) for currency in sorted(currencies)}
