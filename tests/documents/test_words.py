from decimal import Decimal

import pytest

from core.words import yuan_in_words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("158807.61", "壹拾伍万捌仟捌佰零柒元陆角壹分"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("1.05", "壹元零伍分"),
        ("1.50", "壹元伍角整"),
        ("10", "壹拾元整"),
        ("110.01", "壹佰壹拾元零壹分"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("100010", "壹拾万零壹拾元整"),
        ("1000000.10", "壹佰万元壹角整"),
        ("1020300", "壹佰零贰万零叁佰元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("120050000", "壹亿贰仟零伍万元整"),
        ("1000000000000", "壹万亿元整"),
        ("139506169606.44", "壹仟叁佰玖拾伍亿零陆佰壹拾陆万玖仟陆佰零陆元肆角肆分"),
        ("-1680.32", "负壹仟陆佰捌拾元叁角贰分"),
    ],
)
def test_words(amount, words):
    assert yuan_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["0.001", "10000000000000000", "NaN"])
def test_what_has_no_words_is_refused(amount):
    with pytest.raises((ValueError, ArithmeticError)):
        yuan_in_words(Decimal(amount))
