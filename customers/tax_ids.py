"""Tax ids of customers: the country's own check, where one is known."""

from __future__ import annotations

from stdnum import exceptions
from stdnum.cn import ric

from core.tax_ids import BadSocialCreditCode, checked_tax_id
from customers.enums import CustomerKind

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def checked_customer_tax_id(text: str, *, country: str, kind: str) -> str:
    """
    Return the tax id in its plain form; empty stays empty.

    China: a unified social credit code whose two check characters are right, or for a person the
    number of the identity card. Elsewhere see ``core.tax_ids``.

    :raises core.tax_ids.BadTaxId: with a message for the person
    """
    if country == "CN" and kind == CustomerKind.PERSON:
        try:
            return str(ric.validate(text.strip().upper())) if text.strip() else ""
        except exceptions.ValidationError:
            pass  # a person in business has a credit code
    tax_id = checked_tax_id(text, country)
    if tax_id and country == "CN" and not is_organisation_code(tax_id[8:17]):
        raise BadSocialCreditCode(tax_id)
    return tax_id


def is_organisation_code(code: str) -> bool:
    """Test the check character of an organisation code of 9 characters (GB 11714-1997)."""
    total = sum(
        _VALUES.index(char) * weight for char, weight in zip(code[:8], _WEIGHTS, strict=True)
    )
    return code[8] == "0123456789X0"[11 - total % 11]
