"""The square code a bank's app reads: EPC069-12 (GiroCode) for euro to an IBAN."""

from __future__ import annotations

import re
from decimal import Decimal

import segno
from segno import helpers

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SMALLEST, _LARGEST = Decimal("0.01"), Decimal("999999999.99")
_NAME_LENGTH, _TEXT_LENGTH = 70, 140


def is_iban(number: str) -> bool:
    """Test the form and the check digits (ISO 13616)."""
    plain = "".join(number.split()).upper()
    if not _IBAN.fullmatch(plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def epc_code(
    *, holder: str, iban: str, bic: str, amount: Decimal, reference: str
) -> segno.QRCode | None:
    """Return the code to pay the amount of EUR; None where the standard does not allow it."""
    plain = "".join(iban.split()).upper()
    if not is_iban(plain) or not _SMALLEST <= amount <= _LARGEST:
        return None
    bank = "".join(bic.split()).upper()
    return helpers.make_epc_qr(
        name=holder[:_NAME_LENGTH],
        iban=plain,
        amount=amount,
        text=reference[:_TEXT_LENGTH],
        bic=bank if re.fullmatch(r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?", bank) else None,
    )


def code_image(code: segno.QRCode) -> str:
    """Return the code as an address of an inline SVG image."""
    return code.svg_data_uri(border=4, svgclass=None, lineclass=None, omitsize=True)
