"""Figures for Prometheus. Labels are names of routes, tasks and states: a few, and no company's."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from core.views import public_view

# prometheus_client's part for several processes has no types.
_gather: Any = MultiProcessCollector
_forget: Any = mark_process_dead

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
KEPT_SECONDS = 5.0  # what the database was asked is told again for so long

REQUESTS = Counter(
    "duebook_requests", "Requests answered, by name of the route.", ["route", "method", "status"]
)
REQUEST_SECONDS = Histogram(
    "duebook_request_seconds",
    "Time to answer a request, in seconds.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TASKS = Counter("duebook_tasks", "Tasks that ran, by how they ended.", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "duebook_task_seconds",
    "Time a task ran, in seconds.",
    ["task"],
    buckets=(0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900),
)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered; a method nobody knows has no label of its own."""
    REQUESTS.labels(route, method if method in METHODS else "other", str(status)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


def count_task(task: str, outcome: str, seconds: float) -> None:
    """Count a task that ran."""
    TASKS.labels(task, outcome).inc()
    TASK_SECONDS.labels(task).observe(seconds)


@public_view(reason="the operator's monitoring, which knows METRICS_TOKEN; 404 for all others")
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the figures to whoever knows the token; without one configured, to nobody."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        return HttpResponseNotFound(content_type="text/plain")
    response = HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def _registry() -> CollectorRegistry:
    """Return this process's figures, or those of all processes that share a folder."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _gather(registry)
    else:
        for collector in (REQUESTS, REQUEST_SECONDS, TASKS, TASK_SECONDS):
            registry.register(collector)
        if process := REGISTRY._names_to_collectors.get("process_cpu_seconds_total"):  # noqa: SLF001 - nothing public gives the standard ones
            registry.register(process)
    registry.register(WAITING)
    return registry


def forget_process(pid: int) -> None:
    """Take the live figures of a process that ended out of the shared folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _forget(pid)


class Waiting:
    """What stands in the database: messages, webhook deliveries and jobs by state, over all.

    Counts and ages leave the database by a function that tells no more (``app.work_figures``).
    """

    _FAMILIES = {
        "message": "duebook_messages",
        "webhook": "duebook_webhook_deliveries",
        "job": "duebook_jobs",
    }

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: list[tuple[str, str, int, float]] = []
        self._asked_at = float("-inf")

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none but ``duebook_database_up 0`` where the database does not say."""
        rows = self._asked()
        yield GaugeMetricFamily(
            "duebook_database_up", "Whether the database said what waits.", value=rows is not None
        )
        for kind, name in self._FAMILIES.items():
            own = [row for row in rows or () if row[0] == kind]
            count = GaugeMetricFamily(
                name, f"Those that are not done with, by state ({kind}).", labels=["state"]
            )
            age = GaugeMetricFamily(
                f"{name}_oldest_seconds", "Age of the oldest in the state.", labels=["state"]
            )
            for _kind, state, number, seconds in own:
                count.add_metric([state], number)
                age.add_metric([state], seconds)
            yield count
            yield age

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: registering asks no database."""
        return []

    def _asked(self) -> list[tuple[str, str, int, float]] | None:
        with self._lock:
            if time.monotonic() - self._asked_at < KEPT_SECONDS:
                return self._rows
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = '3s'")
                    cursor.execute("SELECT kind, state, number, age FROM app.work_figures()")
                    self._rows = cursor.fetchall()
            except Error:
                return None
            self._asked_at = time.monotonic()
            return self._rows

    def forget(self) -> None:
        """Ask again next time."""
        self._asked_at = float("-inf")


WAITING = Waiting()
