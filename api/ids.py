"""Ids as the API writes them, with what they are in front: ``cus_12``."""

from __future__ import annotations

import re

MOST_DIGITS = 18  # fits a bigint
_PATTERN = re.compile(rf"([a-z]{{3}})_([1-9][0-9]{{0,{MOST_DIGITS - 1}}})", re.ASCII)

CUSTOMER, CONTACT, TERMS = "cus", "con", "trm"
PRODUCT, TAX_CODE, CHARGE, INVOICE, LINE = "prd", "tax", "chg", "inv", "lin"
RECEIPT, ALLOCATION, ITEM, BANK_ACCOUNT = "rct", "alc", "itm", "bnk"
JOB, KEY, DELIVERY, IMPORT = "job", "key", "dlv", "imp"


def written(prefix: str, pk: int | None) -> str | None:
    """Return the id of a row as text, None for none."""
    return None if pk is None else f"{prefix}_{pk}"


def read(prefix: str, text: object) -> int | None:
    """Return the row's id that the text names; None for what cannot be one."""
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    return int(match[2]) if match and match[1] == prefix else None


def pattern(prefix: str) -> str:
    """Return the regular expression of such an id, for the schema."""
    return rf"^{prefix}_[1-9][0-9]{{0,{MOST_DIGITS - 1}}}$"
