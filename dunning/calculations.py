"""Which reminder an item has come to: days from the due date in, a step out. No clock, no rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dunning.enums import Tone

MIN_OFFSET, MAX_OFFSET = -60, 365


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a policy: ``offset_days`` after the due date; negative: before it."""

    offset_days: int
    level: int
    tone: Tone


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run goes by. ``minimum_amount`` is in the company's own currency."""

    steps: tuple[Step, ...]
    minimum_amount: Decimal
    quiet_days: int

    def step_at(self, offset_days: int) -> Step:
        """Return the step with that offset."""
        return next(step for step in self.steps if step.offset_days == offset_days)


class StepsInvalid(ValueError):
    """The steps cannot make a policy; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code: ``none``, ``double``, ``range``, ``tone_before`` or ``tone_after``."""
        super().__init__(code)
        self.code = code


def reached_step(steps: Iterable[Step], days_from_due: int) -> Step | None:
    """
    Return the step an item has come to, or None.

    ``days_from_due`` is today - due date in the company's zone: 0 on the due date, which is not
    late yet. The highest step whose day has come counts and no other: an item found 20 days late
    gets one reminder, not those it missed, and they are never made up for. A step before or on
    the due date ends with that date; it speaks of what falls due, not of what is late.
    """
    come = [step for step in steps if step.offset_days <= days_from_due]
    step = max(come, key=lambda step: step.offset_days, default=None)
    if step is None or (step.offset_days <= 0 < days_from_due):
        return None
    return step


def numbered(steps: Sequence[tuple[int, Tone]]) -> tuple[Step, ...]:
    """
    Return the steps in order, with their levels: 0 up to the due date, then 1, 2, 3 ...

    :raises StepsInvalid: without a step, with two on one day, with one out of range, or with the
        text for before the due date on one after it or the other way round
    """
    ordered = sorted(steps)
    offsets = [offset for offset, _tone in ordered]
    if not ordered:
        raise StepsInvalid("none")
    if len(set(offsets)) < len(offsets):
        raise StepsInvalid("double")
    if offsets[0] < MIN_OFFSET or offsets[-1] > MAX_OFFSET:
        raise StepsInvalid("range")
    level, result = 0, []
    for offset, tone in ordered:
        if offset <= 0 and tone != Tone.BEFORE_DUE:
            raise StepsInvalid("tone_before")
        if offset > 0 and tone == Tone.BEFORE_DUE:
            raise StepsInvalid("tone_after")
        level += offset > 0
        result.append(Step(offset, level, tone))
    return tuple(result)
