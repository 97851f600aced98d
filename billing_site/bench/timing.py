"""Measuring: wall-clock seconds of work, and what is printed of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value: printed as ``name value unit``."""

    name: str
    value: int | str
    unit: str

    def __str__(self) -> str:
        return f"{self.name} {self.value} {self.unit}"


def seconds(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what the work returns and how long it took, in microseconds."""
    start = time.perf_counter_ns()
    result = work()
    return result, max((time.perf_counter_ns() - start) // 1000, 1)


def median_of(work: Callable[[], Any], runs: int = 5) -> int:
    """Return the median of several runs after a warm-up, in microseconds."""
    work()
    return int(statistics.median(seconds(work)[1] for _run in range(runs)))


def percentiles(name: str, microseconds: Iterable[int]) -> list[Figure]:
    """Return p50 and p95 in milliseconds."""
    ordered = sorted(microseconds)
    return [
        Figure(f"{name}_p50", _ms(ordered[len(ordered) // 2]), "ms"),
        Figure(f"{name}_p95", _ms(ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)]), "ms"),
    ]


def per_second(name: str, count: int, microseconds: int) -> Figure:
    """Return how many there were in a second."""
    return Figure(name, count * 1_000_000 // microseconds, "per_s")


def milliseconds(name: str, microseconds: int) -> Figure:
    """Return a duration."""
    return Figure(name, _ms(microseconds), "ms")


def ratio(name: str, ours: int, limit: int) -> Figure:
    """Return ours divided by the limit, to two places."""
    return Figure(name, f"{ours * 100 // max(limit, 1) / 100:.2f}", "x")


def _ms(microseconds: int) -> str:
    return f"{microseconds // 10 / 100:.2f}"
