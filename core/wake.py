"""Waking a worker, only once it is certain that there is work."""

from __future__ import annotations

import logging
from typing import Any, ParamSpec, Protocol

from django.db import transaction
from kombu.exceptions import OperationalError

P = ParamSpec("P")
logger = logging.getLogger(__name__)


class Enqueueable(Protocol[P]):
    """What we need of a Celery task: its typed ``delay``."""

    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...


def after_commit(task: Enqueueable[P], *args: P.args, **kwargs: P.kwargs) -> None:
    """
    Wake a worker when the transaction commits; never, if it rolls back.

    A broker that is down loses only the wake-up: the row in the database stands, and a periodic
    sweep finds it.
    """
    transaction.on_commit(lambda: wake(task, *args, **kwargs), robust=True)


def wake(task: Enqueueable[P], *args: P.args, **kwargs: P.kwargs) -> None:
    """Wake a worker now; a broker that is down is written to the log."""
    try:
        task.delay(*args, **kwargs)
    except (OSError, OperationalError) as error:
        logger.warning("Broker not reached, the sweep will find the work: %s", error)
