"""Money never appears and never vanishes; one rounding; what people type is read or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.currencies import MINOR_UNITS
from core.money import CurrencyMismatch, Money, UnknownCurrency, places, q, rounded, split, total
from core.numbers import NotAnAmount, parse_amount

currencies = st.sampled_from(["EUR", "JPY", "KWD", "CNY", "CLF"])
units = st.integers(min_value=-(10**12), max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=1000).map(Decimal), min_size=1, max_size=20)


@given(units, currencies, weights)
def test_parts_add_up_and_none_is_a_unit_off(
    number: int, currency: str, shares: list[Decimal]
) -> None:
    if not sum(shares):
        shares = [*shares, Decimal(1)]
    step = Decimal(1).scaleb(-places(currency))
    whole = Money(number * step, currency)

    parts = split(whole, shares)

    assert total(parts, currency) == whole
    assert [-part for part in parts] == split(-whole, shares)
    for part, share in zip(parts, shares, strict=True):
        exact = whole.amount * share / sum(shares)
        assert abs(part.amount - exact) < step
        assert part.amount * whole.amount >= 0
        assert share or not part.amount


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_shares_that_mean_nothing_are_refused(shares: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        split(Money(Decimal(1), "EUR"), shares)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("2.675", "EUR", "2.68"),
        ("-2.675", "EUR", "-2.68"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
        ("2.665", "CNY", "2.67"),
    ],
)
def test_rounding_is_half_up_away_from_zero(amount: str, currency: str, expected: str) -> None:
    assert q(Decimal(amount), currency) == Decimal(expected)


def test_money_refuses_what_it_cannot_be() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    for bad in ("1.005", "NaN", "Infinity"):
        with pytest.raises(ValueError, match=r"places|amount"):
            Money(Decimal(bad), "EUR")
    with pytest.raises(UnknownCurrency):
        Money(Decimal(1), "ZZZ")
    with pytest.raises(CurrencyMismatch):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "CNY")
    assert str(rounded(Decimal("-0.001"), "EUR").amount) == "0.00"


def test_exponents_of_iso_4217() -> None:
    assert (places("JPY"), places("KWD"), places("EUR"), places("ISK")) == (0, 3, 2, 0)
    assert len(MINOR_UNITS) > 150


@pytest.mark.parametrize(
    ("text", "value"),
    [("1280.50", "1280.5"), ("1,280.50", "1280.5"), ("-5", "-5"), ("−5.1", "-5.1"), (" 7 ", "7")],
)
def test_amounts_are_read(text: str, value: str) -> None:
    assert parse_amount(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "abc", "1e3", "NaN", "Infinity", "1.280,50", "12,80", "1,2345", "１２", "1_000"),
        *("0x10", "1 280", "--5", "5-", ".5", "5.", "9" * 40, "1\x002", "٣"),
    ],
)
def test_what_is_not_clearly_an_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text)


def test_minus_zero_is_zero() -> None:
    assert str(parse_amount("-0.00")) == "0"
