"""The arithmetic of a bill: vectors, properties, due dates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import due_date
from core.money import Money, places, quantum
from invoices.calculations import (
    AmountTooLarge,
    DiscountExceedsLines,
    LineInput,
    TermPart,
    instalments_of,
    last_due_date,
    line_net,
    totals_of,
)

D = Decimal


def line(quantity="1", price="0", *, discount="0", category="S", rate="0.13"):
    return LineInput(D(quantity), D(price), D(discount), category, D(rate))


@pytest.mark.parametrize(("mode", "tax"), [("DOCUMENT", "0.13"), ("LINE", "0.12")])
def test_three_small_lines_are_taxed_as_the_mode_says(mode, tax):
    totals = totals_of([line("1", "0.33")] * 3, discount_amount=D(0), currency="CNY", tax_mode=mode)

    assert (totals.net_amount, totals.tax_amount) == (D("0.99"), D(tax))
    assert totals.total_amount == D("0.99") + D(tax)


@pytest.mark.parametrize(("mode", "tax"), [("DOCUMENT", "55.83"), ("LINE", "55.84")])
def test_lagos_case(mode, tax):
    prices = ["68.33", "68.33", "57.50", "85.00"]
    totals = totals_of(
        [line("1", price, rate="0.2") for price in prices],
        discount_amount=D(0),
        currency="EUR",
        tax_mode=mode,
    )

    assert totals.tax_amount == D(tax)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "currency", "net"),
    [
        ("3", "33.335", "0", "CNY", "100.01"),  # half up
        ("-3", "33.335", "0", "CNY", "-100.01"),
        ("1", "0.005", "0", "CNY", "0.01"),
        ("7", "99.99", "12.5", "CNY", "612.44"),
        ("1", "100", "100", "CNY", "0"),
        ("3", "33.335", "0", "JPY", "100"),
        ("3", "33.33355", "0", "KWD", "100.001"),
    ],
)
def test_line_net_is_rounded_once(quantity, price, discount, currency, net):
    assert line_net(line(quantity, price, discount=discount), currency) == D(net)


def test_long_factors_are_exact():
    net = line_net(line("9999999.999999", "9999999.999999"), "KWD")
    assert net == D("99999999999980.000")


def test_line_beyond_the_column_is_refused():
    with pytest.raises(AmountTooLarge):
        line_net(line("9999999999", "9999999999"), "CNY")


def test_discount_lowers_the_tax_of_each_group_in_proportion():
    totals = totals_of(
        [
            line("1", "100", rate="0.13"),
            line("1", "200", rate="0.06"),
            line("1", "50", category="E", rate="0"),
        ],
        discount_amount=D("35.00"),
        currency="CNY",
        tax_mode="DOCUMENT",
    )

    assert [(tax.rate, tax.base_amount, tax.tax_amount) for tax in totals.taxes] == [
        (D("0.13"), D("90.00"), D("11.70")),
        (D("0.06"), D("180.00"), D("10.80")),
        (D("0"), D("45.00"), D("0.00")),
    ]
    assert totals.total_amount == D("337.50")


@pytest.mark.parametrize("discount", ["-0.01", "100.01"])
def test_discount_beyond_the_lines_is_refused(discount):
    with pytest.raises(DiscountExceedsLines):
        totals_of([line("1", "100")], discount_amount=D(discount), currency="CNY", tax_mode="LINE")


def test_discount_on_nothing_but_negative_lines_is_refused():
    with pytest.raises(DiscountExceedsLines):
        totals_of([line("-1", "100")], discount_amount=D(1), currency="CNY", tax_mode="DOCUMENT")


amounts = st.decimals(min_value=-9999, max_value=99999, places=4, allow_nan=False)
lines = st.lists(
    st.builds(
        LineInput,
        quantity=st.decimals(min_value=0, max_value=999, places=3),
        unit_price=amounts,
        discount_percent=st.sampled_from([D(0), D("2.5"), D(10), D("33.333"), D(100)]),
        tax_category=st.sampled_from(["S", "E"]),
        tax_rate=st.sampled_from([D(0), D("0.06"), D("0.13"), D("0.075")]),
    ),
    max_size=12,
)
currencies = st.sampled_from(["CNY", "JPY", "KWD"])


@given(lines, currencies, st.sampled_from(["DOCUMENT", "LINE"]), st.integers(0, 100))
def test_header_is_the_sum_of_its_parts(lines, currency, mode, percent):
    bare = totals_of(lines, discount_amount=D(0), currency=currency, tax_mode=mode)
    discount = max(bare.lines_amount, D(0)) * percent / 100
    discount = discount.quantize(quantum(currency), "ROUND_DOWN")
    totals = totals_of(lines, discount_amount=discount, currency=currency, tax_mode=mode)

    assert totals.lines_amount == sum(part.net_amount for part in totals.lines)
    assert totals.net_amount == totals.lines_amount - totals.discount_amount
    assert totals.net_amount == sum(group.base_amount for group in totals.taxes)
    assert totals.tax_amount == sum(group.tax_amount for group in totals.taxes)
    assert totals.total_amount == totals.net_amount + totals.tax_amount
    if mode == "LINE":
        assert totals.tax_amount == sum(part.tax_amount for part in totals.lines)
    for amount in (totals.total_amount, totals.tax_amount, *(g.base_amount for g in totals.taxes)):
        assert amount == 0 or -amount.normalize().as_tuple().exponent <= places(currency)
    assert len({(group.category, group.rate) for group in totals.taxes}) == len(totals.taxes)


@given(
    st.integers(0, 10**9),
    currencies,
    st.lists(st.builds(TermPart, weight=st.integers(1, 100), days=st.integers(0, 400)), max_size=6),
)
def test_instalments_sum_to_the_total(units, currency, parts):
    total = Money(units * quantum(currency), currency)
    drafts = instalments_of(total, issue_date=date(2026, 1, 31), parts=parts)

    assert sum((draft.amount for draft in drafts), D(0)) == total.amount
    assert all(draft.amount > 0 for draft in drafts)
    assert [draft.position for draft in drafts] == list(range(1, len(drafts) + 1))


def test_last_instalment_takes_the_remainder_of_thirds():
    parts = [TermPart(weight=1, days=days) for days in (0, 30, 60)]
    drafts = instalments_of(Money(D("100.00"), "CNY"), issue_date=date(2026, 3, 2), parts=parts)

    assert [(draft.due_date, draft.amount) for draft in drafts] == [
        (date(2026, 3, 2), D("33.34")),
        (date(2026, 4, 1), D("33.33")),
        (date(2026, 5, 1), D("33.33")),
    ]


def test_nothing_owed_has_no_instalment():
    assert instalments_of(Money(D(0), "CNY"), issue_date=date(2026, 3, 2), parts=[]) == []


@pytest.mark.parametrize(
    ("issued", "rule", "due"),
    [
        (date(2026, 3, 2), {"days": 0}, date(2026, 3, 2)),
        (date(2026, 3, 2), {"days": 30}, date(2026, 4, 1)),
        (date(2026, 5, 10), {"days": 30, "end_of_month": True}, date(2026, 6, 30)),
        (date(2026, 5, 31), {"days": 30, "end_of_month": True}, date(2026, 6, 30)),
        (date(2026, 2, 1), {"days": 0, "end_of_month": True}, date(2026, 2, 28)),
        (date(2028, 2, 1), {"days": 0, "end_of_month": True}, date(2028, 2, 29)),
        (date(2026, 1, 31), {"days": 0, "months": 1}, date(2026, 2, 28)),
        (date(2028, 1, 31), {"days": 0, "months": 1}, date(2028, 2, 29)),
        (date(2028, 2, 29), {"days": 0, "months": 12}, date(2029, 2, 28)),
        (date(2026, 11, 30), {"days": 0, "months": 3}, date(2027, 2, 28)),
        (date(2026, 12, 15), {"days": 15, "months": 1, "end_of_month": True}, date(2027, 2, 15)),
    ],
)
def test_due_dates(issued, rule, due):
    end = rule.get("end_of_month", False)
    assert due == due_date(
        issued, days=rule["days"], months=rule.get("months", 0), end_of_month_first=end
    )
    assert last_due_date(issue_date=issued, parts=[TermPart(weight=1, **rule)]) == due


def test_last_due_date_without_terms_is_the_issue_date():
    assert last_due_date(issue_date=date(2026, 3, 2), parts=[]) == date(2026, 3, 2)
