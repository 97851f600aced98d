"""Discounts on the line and on the bill: one engine, and constraints that hold it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.currencies import MINOR_UNITS
from core.money import q
from invoices import operations
from invoices.calculations import (
    DiscountExceedsLine,
    DiscountExceedsLines,
    LineInput,
    line_net,
    totals_of,
)
from invoices.models import Invoice, InvoiceLine
from tests.invoices.helpers import draft, issued, line

D = Decimal


def given_line(
    quantity: str, price: str, *, percent: str = "0", amount: str = "0", rate: str = "0.13"
) -> LineInput:
    return LineInput(D(quantity), D(price), D(percent), "S", D(rate), D(amount))


def totals(*lines: LineInput, percent: str = "0", amount: str = "0", **more: str):
    named = {"currency": "CNY", "tax_mode": "DOCUMENT"} | more
    return totals_of(lines, discount_percent=D(percent), discount_amount=D(amount), **named)


@pytest.mark.parametrize(
    ("one", "currency", "net"),
    [
        (given_line("3", "33.335", amount="0.01"), "CNY", "100.00"),
        (given_line("1", "100", amount="100"), "CNY", "0"),
        (given_line("1", "100", percent="100"), "CNY", "0"),
        (given_line("1", "0.335", percent="50"), "CNY", "0.17"),
        (given_line("7", "99.5", amount="97"), "JPY", "600"),
        (given_line("1", "1.2345", amount="0.234"), "KWD", "1.001"),
    ],
)
def test_line_discount(one: LineInput, currency: str, net: str) -> None:
    assert line_net(one, currency) == D(net)


@pytest.mark.parametrize(
    "one",
    [
        given_line("1", "100", amount="100.01"),
        given_line("-1", "100", amount="1"),
        given_line("1", "100", amount="-1"),
        given_line("1", "100", amount="1", percent="1"),
    ],
)
def test_line_discount_that_cannot_be(one: LineInput) -> None:
    with pytest.raises(DiscountExceedsLine):
        line_net(one, "CNY")


def test_percent_on_the_bill_is_rounded_once_and_spread() -> None:
    made = totals(given_line("1", "33.33"), given_line("1", "66.67", rate="0.06"), percent="12.5")
    assert (made.discount_amount, made.net_amount) == (D("12.50"), D("87.50"))
    assert [tax.base_amount for tax in made.taxes] == [D("29.16"), D("58.34")]
    assert made.tax_amount == D("3.79") + D("3.50")


def test_percent_wins_over_an_amount_and_negative_lines_have_none() -> None:
    assert totals(given_line("1", "10"), percent="10", amount="9").discount_amount == D("1.00")
    with pytest.raises(DiscountExceedsLines):
        totals(given_line("-1", "10"), percent="10")


LINES = st.builds(
    LineInput,
    st.decimals(D("0.001"), D(999), places=3),
    st.decimals(D(0), D(9999), places=4),
    st.sampled_from([D(0), D("12.5"), D(100)]),
    st.just("S"),
    st.sampled_from([D(0), D("0.06"), D("0.13")]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(LINES, min_size=1, max_size=6),
    st.decimals(D(0), D(100), places=2),
    st.sampled_from(["CNY", "JPY", "KWD"]),
    st.sampled_from(["DOCUMENT", "LINE"]),
)
def test_totals_add_up_whatever_the_discounts(lines, percent, currency, mode) -> None:
    with_amounts = [
        replace(
            one, discount_percent=D(0), discount_amount=q(line_net(one, currency) / 3, currency)
        )
        if index % 2
        else one
        for index, one in enumerate(lines)
    ]
    made = totals_of(
        with_amounts,
        discount_amount=D(0),
        discount_percent=percent,
        currency=currency,
        tax_mode=mode,
    )
    step = D(1).scaleb(-MINOR_UNITS[currency])
    assert made.net_amount == sum(part.net_amount for part in made.lines) - made.discount_amount
    assert made.net_amount == sum(tax.base_amount for tax in made.taxes)
    assert made.total_amount == made.net_amount + sum(tax.tax_amount for tax in made.taxes)
    assert abs(made.discount_amount * 100 - made.lines_amount * percent) <= step * 50
    assert made.net_amount >= 0


def test_a_draft_keeps_its_discounts(world) -> None:
    bill = world(
        lambda: draft(
            world.biller, lines=[line(discount_amount=D("10"))], discount_percent=D("12.5")
        )
    )
    stored = world(bill.lines.get)
    assert (stored.discount_amount, stored.net_amount) == (D(10), D(90))
    assert (bill.discount_percent, bill.discount_amount) == (D("12.5"), D("11.25"))
    assert bill.total_amount == D("78.75") + D("10.24")


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount_amount": D("-1")},
        {"discount_amount": D(1), "discount_percent": D(1)},
        {"discount_amount": D(1), "net_amount": D(-1)},
    ],
)
def test_the_database_refuses_a_wrong_line_discount(world, wrong) -> None:
    bill = world(lambda: draft(world.biller))
    with pytest.raises(IntegrityError, match="invoiceline_discount_once"):
        world(
            lambda: in_savepoint(lambda: InvoiceLine.objects.filter(invoice=bill).update(**wrong))
        )


@pytest.mark.parametrize("wrong", [{"discount_percent": D(50)}, {"discount_percent": D(101)}])
def test_the_database_refuses_a_percent_that_is_not_the_amount(world, wrong) -> None:
    bill = world(lambda: draft(world.biller))
    with pytest.raises(IntegrityError, match="invoice_discount"):
        world(lambda: in_savepoint(lambda: Invoice.objects.filter(pk=bill.pk).update(**wrong)))


def test_an_issued_bill_keeps_its_discount_for_ever(world) -> None:
    bill = world(lambda: issued(world.biller, world.approver, discount_percent=D(10)))
    assert bill.discount_amount == D(10)
    with pytest.raises(IntegrityError, match="invoice"):
        world(lambda: in_savepoint(lambda: Invoice.objects.update(discount_percent=D(0))))
    with pytest.raises(IntegrityError, match="not changed"):
        world(lambda: in_savepoint(lambda: InvoiceLine.objects.update(discount_amount=D(1))))


def in_savepoint(act):
    with transaction.atomic():
        return act()


def test_saving_what_is_there_changes_nothing(world) -> None:
    bill = world(lambda: draft(world.biller, lines=[line(discount_amount=D("10"))]))

    def again(**changed: object) -> Invoice:
        row = bill.lines.get()
        same = line(line_id=row.pk, discount_amount=D("10.00"))
        head = operations.HeadDraft(
            customer_id=bill.customer_id,
            currency=bill.currency,
            terms_id=bill.terms_id,
            language=bill.language,
            **changed,  # type: ignore[arg-type]
        )
        return operations.save_draft(
            invoice=bill, head=head, lines=[same], at=bill.created_at, actor=world.approver
        )

    assert (world(again).version, world(again).edited_by) == (1, world.biller)
    assert world(lambda: again(note="new")).version == 2


def test_duplicate_says_the_same_and_takes_no_charges(world) -> None:
    bill = world(
        lambda: issued(
            world.biller,
            world.approver,
            lines=[line(discount_amount=D(10)), line("50", discount_percent=D(20))],
            discount_percent=D(5),
            po_number="PO-1",
        )
    )
    made = world(lambda: operations.duplicate(invoice=bill, at=bill.created_at, actor=world.biller))
    assert (made.state, made.number, made.po_number) == ("DRAFT", "", "")
    assert (made.total_amount, made.discount_percent) == (bill.total_amount, D(5))
    assert world(made.lines.count) == 2
