"""Is it alive; is everything there that it works with. For probes: no secrets, bounded in time."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection

from core.views import public_view

logger = logging.getLogger(__name__)

SECONDS = 3.0  # for all parts together; each asks at the same time
KEPT_SECONDS = 2.0  # an answer is given again for so long: anybody may ask
UNAVAILABLE = 503


class NotReady(Exception):
    """A part answered, and is not as it must be."""


@public_view(reason="probes of the operator's own machines; says that the process runs, no more")
def alive(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; asks nobody, the database neither."""
    return _answer({"status": "ok"}, 200)


@public_view(reason="probes of the operator's own machines; names parts and ok or failed, no more")
def ready(request: HttpRequest) -> HttpResponse:
    """Ask every part whether it can be worked with: 200, or 503 with the parts that cannot."""
    parts = _MEMORY.parts()
    is_ready = all(parts.values())
    content = {
        "status": "ok" if is_ready else "failed",
        "parts": {name: "ok" if fine else "failed" for name, fine in parts.items()},
    }
    return _answer(content, 200 if is_ready else UNAVAILABLE)


def ask_all(parts: dict[str, Callable[[], None]], seconds: float) -> dict[str, bool]:
    """
    Return which parts can be worked with; who has not answered after ``seconds`` cannot.

    What was wrong goes into the log alone: an error's text may name hosts and roles.
    """
    asked: dict[str, Future[None]] = {name: _pool().submit(ask) for name, ask in parts.items()}
    wait(asked.values(), timeout=seconds)
    found = {}
    for name, future in asked.items():
        error = future.exception() if future.done() else TimeoutError(f"{seconds:g} s")
        found[name] = error is None
        if error is not None:
            logger.warning("Not ready: %s: %s: %s", name, type(error).__name__, error)
    return found


@cache
def _pool() -> ThreadPoolExecutor:
    """Return the few threads that ask; a part that hangs holds its own and no more of them."""
    return ThreadPoolExecutor(max_workers=2 * len(PARTS), thread_name_prefix="readyz")


class _Memory:
    """The last answer of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[str, bool] = {}
        self._asked_at = float("-inf")

    def parts(self) -> dict[str, bool]:
        """Return what was found a moment ago, or ask; one asks at a time."""
        with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._parts = ask_all(PARTS, SECONDS)
                self._asked_at = time.monotonic()
            return dict(self._parts)

    def forget(self) -> None:
        """Ask again next time."""
        self._asked_at = float("-inf")


_MEMORY = _Memory()


def database() -> None:
    """
    Ask the database, by a new connection, as the application's role.

    :raises NotReady: if it let us in as another role
    """
    connection = connections.create_connection("default")
    connection.settings_dict = {
        **connection.settings_dict,
        "OPTIONS": {**connection.settings_dict.get("OPTIONS", {}), "connect_timeout": 2},
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '2s'")
            cursor.execute("SELECT current_user")
            [role] = cursor.fetchone()
    finally:
        connection.close()
    if role != settings.DATABASE_APP_ROLE:
        raise NotReady(f"connected as {role}")


def broker() -> None:
    """Connect to what carries the tasks."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_connect_timeout": 2}
    with Connection(
        settings.CELERY_BROKER_URL, connect_timeout=2, transport_options=options
    ) as line:
        line.ensure_connection(max_retries=1, timeout=2)
        channel: Any = line.default_channel  # a Redis channel; no types
        channel.client.ping()


def cache_server() -> None:
    """
    Write to the cache and read it back.

    :raises NotReady: if it kept something else
    """
    mark = f"{os.getpid()}.{time.monotonic_ns()}"
    caches["default"].set("readyz", mark, 30)
    if not caches["default"].get("readyz"):
        raise NotReady("it keeps nothing")


def media() -> None:
    """Write a file where documents are stored, and take it away again."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".readyz-") as file:
        file.write(b"ready")
        file.flush()


def mail() -> None:
    """Connect to the mail server, where mails go out by SMTP; a provider's API is not called."""
    if not settings.EMAIL_BACKEND.endswith((".FencedBackend", "smtp.EmailBackend")):
        return
    with socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=2) as line:
        if not settings.EMAIL_USE_SSL and not line.recv(4).startswith(b"220"):
            raise NotReady("no greeting of a mail server")


PARTS: dict[str, Callable[[], None]] = {
    "database": database,
    "broker": broker,
    "cache": cache_server,
    "media": media,
    "mail": mail,
}


def _answer(content: dict[str, Any], status: int) -> HttpResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
