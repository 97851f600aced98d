"""Which step an item has come to: in Python, and the same in the statement that decides."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.calculations import StepsInvalid, numbered, reached_step
from dunning.enums import Tone
from dunning.queries import due_items
from tests.dunning.helpers import STEPS, TODAY, customer, debt, terms

USUAL = numbered(STEPS)


@pytest.mark.parametrize(
    ("days", "offset"),
    [
        (-4, None),
        (-3, -3),
        (-1, -3),
        (0, -3),  # due today is not late: still the friendly note
        (1, None),  # late, and the note before the due date no longer fits
        (2, None),
        (3, 3),
        (13, 3),
        (14, 14),
        (20, 14),  # found late: only the highest step
        (30, 30),
        (4000, 30),
    ],
)
def test_step_reached(days, offset):
    step = reached_step(USUAL, days)

    assert (step.offset_days if step else None) == offset


def test_levels_count_from_the_due_date():
    steps = numbered(
        [(30, Tone.FINAL), (-7, Tone.BEFORE_DUE), (0, Tone.BEFORE_DUE), (3, Tone.FIRM)]
    )

    assert [(step.offset_days, step.level) for step in steps] == [(-7, 0), (0, 0), (3, 1), (30, 2)]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], "none"),
        ([(3, Tone.FIRM), (3, Tone.FINAL)], "double"),
        ([(-61, Tone.BEFORE_DUE)], "range"),
        ([(366, Tone.FINAL)], "range"),
        ([(0, Tone.FRIENDLY)], "tone_before"),  # nobody is told on the due date that he is late
        ([(1, Tone.BEFORE_DUE)], "tone_after"),
    ],
)
def test_steps_that_make_no_policy(steps, code):
    with pytest.raises(StepsInvalid) as refused:
        numbered(steps)

    assert refused.value.code == code


@given(st.sets(st.integers(-60, 365), min_size=1, max_size=6), st.integers(-80, 400))
def test_later_days_never_come_to_an_earlier_step(offsets, days):
    steps = numbered([(n, Tone.BEFORE_DUE if n <= 0 else Tone.FIRM) for n in offsets])
    now, later = reached_step(steps, days), reached_step(steps, days + 1)

    if now and later:
        assert now.offset_days <= later.offset_days
    if now:
        assert now.offset_days <= days
        assert (now.offset_days <= 0) == (days <= 0) or now.offset_days > 0


@pytest.mark.usefixtures("in_tenant")
def test_the_statement_says_the_same():
    buyer = customer()
    spread = [*range(-6, 18), 29, 30, 31, 400]
    items = {debt(buyer, late=days).pk: days for days in spread}
    found = {one.item_id: one.offset_days for one in due_items(terms=terms(), day=TODAY)}

    expected = {
        pk: step.offset_days for pk, days in items.items() if (step := reached_step(USUAL, days))
    }
    assert found == expected
    assert len(expected) > 10


@pytest.mark.usefixtures("in_tenant")
def test_a_day_later_the_statement_has_moved_on():
    item = debt(customer(), late=13)

    [today] = due_items(terms=terms(), day=TODAY)
    [tomorrow] = due_items(terms=terms(), day=TODAY + timedelta(days=1))

    assert (today.item_id, today.offset_days) == (item.pk, 3)
    assert (tomorrow.item_id, tomorrow.offset_days) == (item.pk, 14)
