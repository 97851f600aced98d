"""How figures and days are written on documents, in mails and behind links: text, nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import override

from core.money import places
from core.presentation import MINUS, amount_text

__all__ = [
    "account_text",
    "amount_text",
    "day_text",
    "number_text",
    "percent_text",
    "price_text",
]


def price_text(price: Decimal, currency: str) -> str:
    """Return a unit price: at least the currency's places, more where the price has more."""
    plain = price.normalize()
    exponent = plain.as_tuple().exponent
    digits = max(places(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{price:,.{digits}f}".replace("-", MINUS)


def number_text(number: Decimal) -> str:
    """Return a quantity without trailing zeros: 2, 1.5, 1,000."""
    text = f"{number:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def percent_text(percent: Decimal) -> str:
    """Return a percentage: 10 is 10%."""
    return f"{number_text(percent)}%"


def day_text(day: date | None, language: str) -> str:
    """Return a day nobody can misread: 12 Mar 2026; 2026-03-12 on a Chinese document."""
    if day is None:
        return ""
    if language == "zh-hans":
        return day.isoformat()
    with override(language):
        return date_format(day, "DATE_FORMAT")


def account_text(number: str) -> str:
    """Return a bank account number or IBAN in groups of four."""
    plain = "".join(number.split())
    if not plain.isalnum():
        return number.strip()
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
