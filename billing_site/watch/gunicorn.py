"""What the web server does when a worker ends: its share of the figures is kept in order.

``gunicorn --config python:billing_site.watch.gunicorn``. Requests are logged by the site itself.
"""

from __future__ import annotations

import os
from typing import Any


def child_exit(server: Any, worker: Any) -> None:
    """Take the live figures of a worker that ended out of the shared folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - if used

        forget: Any = mark_process_dead  # it has no types
        forget(worker.pid)
