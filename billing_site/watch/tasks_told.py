"""Each task gets its id on its lines, one line at its end, and its figures.

A sweep returns how much it found. One that found nothing is told at DEBUG: it runs all day.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_shutdown

from billing_site.watch import figures
from core.context import Work, begin_work, current_request_id, current_work, end_work
from core.models.audit import Via

logger = logging.getLogger("duebook.task")

# By task id: when it began, and what was worked on around it (a task may run inside a request).
_running: dict[str, tuple[float, str, Work]] = {}


@task_prerun.connect
def began(task_id: str = "", task: Any = None, **_signal: Any) -> None:
    """Name what this thread works on."""
    _running[task_id] = (time.perf_counter(), current_request_id(), current_work())
    begin_work(task_id[:36], Work(kind="task", route=task.name, via=Via.TASK))


@task_postrun.connect
def ended(
    task_id: str = "",
    task: Any = None,
    state: str | None = None,
    retval: Any = None,
    **_signal: Any,
) -> None:
    """Tell how the task ended."""
    if task_id not in _running:
        return
    start, outer_id, outer = _running.pop(task_id)
    seconds = time.perf_counter() - start
    outcome = (state or "unknown").lower()
    figures.count_task(task.name, outcome, seconds)
    logger.log(
        logging.DEBUG if outcome == "success" and retval == 0 else logging.INFO,
        "%s %s",
        task.name,
        outcome,
        extra={"status": outcome, "milliseconds": round(seconds * 1000, 1)},
    )
    if outer.kind:
        begin_work(outer_id, outer)
    else:
        end_work()


@worker_process_shutdown.connect
def process_ended(pid: int = 0, **_signal: Any) -> None:
    """Forget the figures that lived with the process."""
    figures.forget_process(pid)
