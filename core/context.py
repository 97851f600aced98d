"""What is known of the request or task at hand, for log lines and audit rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

_request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass(slots=True)
class Work:
    """The request or task at hand, as far as it is known yet; nothing of whom it is about.

    ``route`` is the name of an address or of a task; ``tenant`` the company's slug. ``via`` and
    ``api_key`` are what the trail of changes keeps of it (``core.models.audit.Via``).
    """

    kind: str = ""
    route: str = ""
    tenant: str = ""
    via: str = ""
    api_key: str = ""


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def current_request_id() -> str:
    """Return the id of the request or task that is being worked on, or nothing."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the request or task that is being worked on in this thread."""
    _request_id.set(value)


def current_work() -> Work:
    """Return what is known of the work at hand; all empty between two pieces of work."""
    return _work.get() or Work()


def begin_work(request_id: str, work: Work) -> Work:
    """Say what is worked on in this thread from now on; more of it may be filled in later."""
    set_request_id(request_id)
    _work.set(work)
    return work


@contextmanager
def came_through(via: str, *, api_key: str | None = None) -> Iterator[None]:
    """Say through what the changes of a block come; without ``api_key`` the key stays as it is."""
    outer = current_work()
    key = outer.api_key if api_key is None else api_key
    token = _work.set(replace(outer, via=via, api_key=key))
    try:
        yield
    finally:
        _work.reset(token)


def end_work() -> None:
    """Forget what was worked on: the thread does something else next."""
    set_request_id("")
    _work.set(None)
