"""Reading amounts people type. Says what it read or refuses; never guesses."""

from __future__ import annotations

import re
from decimal import Decimal

_PLAIN = re.compile(r"[+\-−]?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_GROUPED = re.compile(r"[+\-−]?[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,6})?")


class NotAnAmount(ValueError):
    """The text is not one amount written with a dot for decimals and commas between thousands."""


def parse_amount(text: str) -> Decimal:
    """
    Return the amount written as ``1280.50`` or ``1,280.50``, with an optional sign.

    :raises NotAnAmount: for anything else: ``1.280,50``, ``1e3``, ``NaN``, full-width digits
    """
    text = text.strip(" \u00a0")
    if not (text.isascii() or "−" in text) or not (
        _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)
    ):
        raise NotAnAmount(text)
    value = Decimal(text.replace(",", "").replace("−", "-"))
    return value or Decimal(0)
