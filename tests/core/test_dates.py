"""Days: month ends, due dates, and the tenant's own today."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.dates import add_months, day_in_zone, days_late, due_date, end_of_month, instant_of


@pytest.mark.parametrize(
    ("anchor", "months", "anchor_day", "expected"),
    [
        ("2025-01-31", 1, None, "2025-02-28"),
        ("2025-01-31", 2, None, "2025-03-31"),
        ("2024-01-31", 1, None, "2024-02-29"),
        ("2024-02-29", 12, None, "2025-02-28"),
        ("2025-02-28", 1, 31, "2025-03-31"),
        ("2025-06-30", 1, 31, "2025-07-31"),
        ("2025-11-15", 3, None, "2026-02-15"),
        ("2025-12-31", 0, None, "2025-12-31"),
    ],
)
def test_months_are_counted_from_the_anchor(
    anchor: str, months: int, anchor_day: int | None, expected: str
) -> None:
    assert add_months(date.fromisoformat(anchor), months, anchor_day).isoformat() == expected


@pytest.mark.parametrize(
    ("issued", "terms", "expected"),
    [
        ("2026-05-10", {"days": 30}, "2026-06-09"),
        ("2026-05-10", {"days": 30, "end_of_month_first": True}, "2026-06-30"),
        ("2026-07-10", {"days": 0, "end_of_month_first": True}, "2026-07-31"),
        ("2026-01-31", {"days": 0, "months": 1}, "2026-02-28"),
        ("2026-01-15", {"days": 15, "months": 1, "end_of_month_first": True}, "2026-03-15"),
        ("2026-12-20", {"days": 14}, "2027-01-03"),
    ],
)
def test_due_dates(issued: str, terms: dict, expected: str) -> None:
    assert due_date(date.fromisoformat(issued), **terms).isoformat() == expected


def test_the_day_is_the_zones_own() -> None:
    instant = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    assert day_in_zone(instant, "Pacific/Kiritimati") == date(2026, 3, 2)
    assert day_in_zone(instant, "Pacific/Honolulu") == date(2026, 3, 1)


def test_summer_time_gap_and_overlap() -> None:
    gap = instant_of(date(2026, 3, 29), 2, "Europe/Berlin", 30)
    assert gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    overlap = instant_of(date(2026, 10, 25), 2, "Europe/Berlin", 30)
    assert overlap == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_due_today_is_not_late() -> None:
    assert days_late(date(2026, 3, 2), date(2026, 3, 2)) == 0
    assert days_late(date(2026, 3, 2), date(2026, 3, 3)) == 1
    assert end_of_month(date(2024, 2, 3)) == date(2024, 2, 29)
