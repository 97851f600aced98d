"""What a bill comes to: lines, discount, tax, total, instalments. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from core.dates import due_date
from core.money import ZERO, Money, q, split

LARGEST = Decimal(10) ** 14  # what an amount column holds with room to add up
LINE_MODE = "LINE"
_DIGITS = 60  # quantity x price x discount is exact before it is rounded once


class AmountTooLarge(ValueError):
    """A line or the bill comes to more than a column can hold."""


class DiscountExceedsLines(ValueError):
    """The discount on the document is more than what it could be taken off."""


class DiscountExceedsLine(DiscountExceedsLines):
    """The discount on a line is more than the line, or is given both in per cent and as amount."""


@dataclass(frozen=True, slots=True)
class LineInput:
    """
    What one line says. ``discount_percent`` 10 is 10 %; ``tax_rate`` 0.13 is 13 %.

    The discount is in per cent, or an amount off the whole line (EN 16931 BT-136), never both.
    """

    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    tax_category: str
    tax_rate: Decimal
    discount_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LineResult:
    """A line's net amount, and its tax: booked in line mode, information in document mode."""

    net_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """One category and rate with what is taxed, after the document discount, and its tax."""

    category: str
    rate: Decimal
    base_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything a bill's header and tax table say, all in one currency."""

    lines: tuple[LineResult, ...]
    taxes: tuple[TaxGroup, ...]
    lines_amount: Decimal
    discount_amount: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True, slots=True)
class TermPart:
    """One part of payment terms: its share, relative to the others, and its due-date rule."""

    weight: int
    months: int = 0
    days: int = 0
    end_of_month: bool = False


@dataclass(frozen=True, slots=True)
class InstalmentDraft:
    """One part of a bill's total and the day it is due."""

    position: int
    due_date: date
    amount: Decimal


def worth(quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    """
    Return quantity x unit price, rounded once: what a discount may at most take off.

    :raises AmountTooLarge: beyond what a column holds
    """
    return line_net(LineInput(quantity, unit_price, ZERO, "", ZERO), currency)


def line_net(line: LineInput, currency: str) -> Decimal:
    """
    Return quantity x unit price less the line discount, rounded once (EN 16931 BT-131).

    :raises AmountTooLarge: beyond what a column holds
    :raises DiscountExceedsLine: if the discount is negative, more than the line, or given twice
    """
    with localcontext() as context:
        context.prec = _DIGITS
        exact = line.quantity * line.unit_price * (100 - line.discount_percent) / 100
        net = q(exact, currency)
    if abs(net) >= LARGEST:
        raise AmountTooLarge(net)
    if line.discount_amount:
        discount = q(line.discount_amount, currency)
        if line.discount_percent or not 0 <= discount <= max(net, ZERO):
            raise DiscountExceedsLine(discount)
        net -= discount
    return net + ZERO


def document_discount(
    lines_amount: Decimal, *, percent: Decimal, amount: Decimal, currency: str
) -> Decimal:
    """
    Return what is taken off the lines: the percentage of them, rounded once, or else the amount.

    :raises DiscountExceedsLines: if it is negative or more than the positive lines
    """
    with localcontext() as context:
        context.prec = _DIGITS
        discount = q(lines_amount * percent / 100 if percent else amount, currency) + ZERO
    if discount < 0 or discount > max(lines_amount, ZERO):
        raise DiscountExceedsLines(discount)
    return discount


def tax_of(base: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return the tax on the base, rounded half up to the currency."""
    with localcontext() as context:
        context.prec = _DIGITS
        return q(base * rate, currency) + ZERO


def totals_of(
    lines: Sequence[LineInput],
    *,
    discount_amount: Decimal,
    currency: str,
    tax_mode: str,
    discount_percent: Decimal = ZERO,
) -> Totals:
    """
    Return what the bill comes to. With a ``discount_percent`` the amount follows from it.

    DOCUMENT mode, in the order of EN 16931: lines are rounded and added up, the discount is spread
    over the tax groups by largest remainder, each group's tax is rounded once on its base. LINE
    mode: the discount is spread over the lines, each line's tax is rounded, the groups add up.

    :raises DiscountExceedsLines: if a discount is negative or more than what it is taken off
    :raises AmountTooLarge: beyond what a column holds
    """
    nets = [line_net(line, currency) for line in lines]
    lines_amount = sum(nets, ZERO)
    if abs(lines_amount) >= LARGEST:
        raise AmountTooLarge(lines_amount)
    discount = document_discount(
        lines_amount, percent=discount_percent, amount=discount_amount, currency=currency
    )
    by_line = tax_mode == LINE_MODE
    shares = _spread(discount, nets, currency) if by_line else [ZERO] * len(nets)
    taxes = [
        tax_of(net - share, line.tax_rate, currency)
        for net, share, line in zip(nets, shares, lines, strict=True)
    ]
    groups = (
        _groups_by_line(lines, nets, shares, taxes)
        if by_line
        else _groups_by_document(lines, nets, discount, currency)
    )
    net_amount = lines_amount - discount
    tax_amount = sum((group.tax_amount for group in groups), ZERO)
    return Totals(
        lines=tuple(LineResult(net, tax) for net, tax in zip(nets, taxes, strict=True)),
        taxes=tuple(groups),
        lines_amount=lines_amount,
        discount_amount=discount,
        net_amount=net_amount,
        tax_amount=tax_amount,
        total_amount=net_amount + tax_amount,
    )


def instalments_of(
    total: Money, *, issue_date: date, parts: Sequence[TermPart]
) -> list[InstalmentDraft]:
    """
    Return the parts of the total with their due dates; their sum is exactly the total.

    Without terms the whole is due on the issue date. A part that comes to nothing is left out, so
    that a bill of 0.01 in two parts has one instalment, and a bill of nothing has none.
    """
    if not total:
        return []
    parts = parts or [TermPart(weight=1)]
    amounts = split(total, [Decimal(part.weight) for part in parts])
    drafts = [
        (
            due_date(
                issue_date,
                days=part.days,
                months=part.months,
                end_of_month_first=part.end_of_month,
            ),
            amount.amount,
        )
        for part, amount in zip(parts, amounts, strict=True)
        if amount
    ]
    return [
        InstalmentDraft(position=position, due_date=day, amount=amount)
        for position, (day, amount) in enumerate(drafts, start=1)
    ]


def last_due_date(*, issue_date: date, parts: Sequence[TermPart]) -> date:
    """Return the day the last part of such terms falls due."""
    drafts = instalments_of(
        Money(Decimal(len(parts) or 1) * 1_000_000, "JPY"), issue_date=issue_date, parts=parts
    )
    return max(draft.due_date for draft in drafts)


def _spread(discount: Decimal, bases: Sequence[Decimal], currency: str) -> list[Decimal]:
    if not discount:
        return [ZERO] * len(bases)
    weights = [max(base, ZERO) for base in bases]
    return [part.amount for part in split(Money(discount, currency), weights)]


def _groups_by_document(
    lines: Sequence[LineInput], nets: Sequence[Decimal], discount: Decimal, currency: str
) -> list[TaxGroup]:
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line, net in zip(lines, nets, strict=True):
        key = (line.tax_category, line.tax_rate)
        bases[key] = bases.get(key, ZERO) + net
    keys = sorted(bases, key=_tax_order)
    shares = _spread(discount, [bases[key] for key in keys], currency)
    return [
        TaxGroup(
            category=key[0],
            rate=key[1],
            base_amount=bases[key] - share,
            tax_amount=tax_of(bases[key] - share, key[1], currency),
        )
        for key, share in zip(keys, shares, strict=True)
    ]


def _groups_by_line(
    lines: Sequence[LineInput],
    nets: Sequence[Decimal],
    shares: Sequence[Decimal],
    taxes: Sequence[Decimal],
) -> list[TaxGroup]:
    sums: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for line, net, share, tax in zip(lines, nets, shares, taxes, strict=True):
        key = (line.tax_category, line.tax_rate)
        base, taxed = sums.get(key, (ZERO, ZERO))
        sums[key] = base + net - share, taxed + tax
    return [TaxGroup(*key, *sums[key]) for key in sorted(sums, key=_tax_order)]


def _tax_order(key: tuple[str, Decimal]) -> tuple[Decimal, str]:
    """Highest rate first, as the printed tax table has it."""
    return -key[1], key[0]
