"""Checking tax ids where the country's rule is known; writing them in their plain form."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from stdnum import exceptions
from stdnum.cn import uscc
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from core.countries import EUROPEAN_UNION

_PLAIN = re.compile(r"(?=.*[0-9])[0-9A-Z][0-9A-Z ./-]{2,31}")


class BadTaxId(ValueError):
    """The text is no tax id of the country; ``message`` says so to a person."""

    message = _("This is not a valid tax id: digits, letters and . / -, at least one digit.")


class BadSocialCreditCode(BadTaxId):
    message = _(
        "This is not a valid unified social credit code: 18 characters, the last one a check "
        "digit, without the letters I, O, S, V and Z."
    )


class BadVatId(BadTaxId):
    message = _("This is not a valid VAT number of that country.")


def checked_tax_id(text: str, country: str) -> str:
    """
    Return the tax id without surrounding space, in capitals; empty stays empty.

    China: the 18 characters of GB 32100-2015 with their check character. European Union and United
    Kingdom: an id that begins with the country's letters is checked as a VAT number. Elsewhere
    only that it is written in digits, letters and . / -, of which some are digits.

    :raises BadTaxId: with a message for the person
    """
    text = text.strip().upper()
    if not text:
        return ""
    if country == "CN":
        try:
            return str(uscc.validate(text))
        except exceptions.ValidationError:
            raise BadSocialCreditCode(text) from None
    letters = "EL" if country == "GR" else country
    if country in EUROPEAN_UNION | {"GB"} and text.startswith(letters):
        try:
            return _vat(text, country)
        except exceptions.ValidationError:
            raise BadVatId(text) from None
    if not _PLAIN.fullmatch(text):
        raise BadTaxId(text)
    return text


def _vat(text: str, country: str) -> str:
    if country == "GB":
        return "GB" + str(gb_vat.validate(text))
    return str(eu_vat.validate(text))
