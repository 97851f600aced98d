"""What is known of the request or task at hand, for log lines and audit rows."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request or task that is being worked on, or nothing."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the request or task that is being worked on in this thread."""
    _request_id.set(value)
