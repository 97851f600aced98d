"""The aging as one bar: how wide each column's part is, in thousandths. Drawn as SVG, no styles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from core.money import ZERO
from reports.enums import DEBTS, Bucket
from reports.queries import AgingRow

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One column's part of the bar."""

    bucket: Bucket
    css: str
    amount: Decimal
    x: int
    width: int
    percent: Decimal
    url: str


@dataclass(frozen=True, slots=True)
class Strip:
    """What is owed in one currency, by age; unused credit is not in it."""

    row: AgingRow
    parts: list[Part]

    @property
    def overdue_percent(self) -> Decimal:
        """The share of what is owed that is late, in percent with one place."""
        return percent_of(self.row.overdue, self.row.debts)


def strip(row: AgingRow, url_of: Callable[[Bucket], str]) -> Strip:
    """Return the bar of a row; a part of anything is at least a hair wide."""
    whole = sum((max(row.amount(bucket), ZERO) for bucket in DEBTS), ZERO)
    parts, x = [], 0
    for index, bucket in enumerate(DEBTS):
        amount = row.amount(bucket)
        width = int((amount * WIDTH / whole).to_integral_value(ROUND_DOWN)) if amount > 0 else 0
        width = max(width, 4) if amount > 0 else 0
        parts.append(
            Part(
                bucket,
                f"aging-{index}",
                amount,
                x,
                width,
                percent_of(amount, whole),
                url_of(bucket),
            )
        )
        x += width
    return Strip(row, _stretched(parts, x))


def percent_of(part: Decimal, whole: Decimal) -> Decimal:
    """Return part / whole in percent with one place; 0 of nothing."""
    return (part * 100 / whole).quantize(Decimal("0.1")) if whole > 0 else ZERO


def _stretched(parts: list[Part], used: int) -> list[Part]:
    """Give the rest of the width to the widest part, so that the bar is full."""
    widest = max(parts, key=lambda part: part.width)
    spare, moved, result = WIDTH - used if used else 0, 0, []
    for part in parts:
        extra = spare if part is widest else 0
        result.append(
            Part(
                part.bucket,
                part.css,
                part.amount,
                part.x + moved,
                part.width + extra,
                part.percent,
                part.url,
            )
        )
        moved += extra
    return result
