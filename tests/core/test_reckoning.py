"""Amounts as people type them: sums, digits in any writing; what is unclear is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import NotAnAmount
from core.reckoning import reckon

D = Decimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1280.50", "1280.50"),
        ("1,280.50", "1280.50"),
        ("1.280,50", "1280.50"),
        ("1.234.567,8", "1234567.8"),
        ("１２８０．５０", "1280.50"),
        ("=1000/1.06", "943.40"),
        ("1280.5*3", "3841.50"),
        ("(1+2)*3 - 4", "5"),
        ("2*-3", "-6"),
        ("2×3÷4", "1.5"),
        ("1,280.50*2", "2561"),
        (".5", "0.5"),
        ("0.005*1", "0.01"),
        ("-0.005*1", "-0.01"),
        ("-0", "0"),
    ],
)
def test_what_is_read(text: str, value: str) -> None:
    read = reckon(text, decimal_places=2)
    assert read == D(value)
    assert not (read == 0 and read.is_signed())


@pytest.mark.parametrize(
    "text",
    [
        "", "=", "1e3", "NaN", "inf", "12,34", "1.28,5", "1,28.5", "1 000", "1 2", "1/0", "0/0",
        "(1", "1)", "()", "1+", "*2", "2**3", "9" * 40, "99999999*99999999", "(" * 40 + "1",
        "-" * 40 + "1", "1" + "+1" * 80, "5%", "a", "__import__('os')", "1;2", "0x10", "1_000",
        "१२", "½",
    ],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        reckon(text, decimal_places=2)


NUMBERS = st.decimals(D("-9999.99"), D("9999.99"), places=2, allow_nan=False)


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_sums_are_exact(one: Decimal, two: Decimal, three: Decimal, sign: str) -> None:
    expected = {"+": two + three, "-": two - three, "*": two * three}[sign]
    assert reckon(f"({one}) + ({two}) {sign} ({three})", decimal_places=6) == one + expected


@given(st.text(max_size=140))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        value = reckon(text, decimal_places=4)
    except NotAnAmount:
        return
    assert value.is_finite()
    assert abs(value) < D(10) ** 15
