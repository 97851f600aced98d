"""Amounts in words, as Chinese documents of money require them (大写金额)."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEPS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_LIMIT = 10**16


def yuan_in_words(amount: Decimal) -> str:
    """
    Return an amount of CNY in Chinese capitals: 158807.61 is 壹拾伍万捌仟捌佰零柒元陆角壹分.

    As 正确填写票据和结算凭证的基本规定 has it: 整 closes an amount without fen, 零 stands for zeros
    inside, 负 before a negative amount.

    :raises ValueError: for more than two decimal places, or from 10^16 on
    """
    if amount != amount.quantize(Decimal("0.01")) or abs(amount) >= _LIMIT:
        raise ValueError(f"{amount} is no amount of yuan that has words.")
    cents = int(abs(amount) * 100)
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    if not cents:
        return "零元整"
    text = "负" if amount < 0 else ""
    if yuan:
        text += _integer(yuan) + "元"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif fen and yuan:
        text += "零"
    return text + (_DIGITS[fen] + "分" if fen else "整")


def _integer(number: int) -> str:
    for base, unit in _STEPS:
        if number >= base:
            high, low = divmod(number, base)
            gap = "零" if low and low < base // 10 else ""
            return _integer(high) + unit + gap + (_integer(low) if low else "")
    return _DIGITS[number]
