"""What has to be asked once more when a message leaves: it may have waited while the world went on.

An app above registers, for its kind of message, a check that says no by ``Overtaken``. The message
then fails, visibly, and nothing is handed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from messaging.enums import MessageKind
from messaging.models import OutboundMessage

Check = Callable[[OutboundMessage, datetime], None]

_CHECKS: dict[str, list[Check]] = defaultdict(list)


class Overtaken(Exception):
    """What the message says is not so any more; the exception's words say what changed."""


def before_leaving(kind: MessageKind, check: Check) -> None:
    """
    Register ``check(message, at)`` for messages of a kind; called from the app's ``ready()``.

    It runs in the tenant's scope and a transaction of its own each time such a message is about to
    leave, and raises ``Overtaken`` if it must not.
    """
    _CHECKS[kind].append(check)


def require_may_leave(message: OutboundMessage, at: datetime) -> None:
    """
    Ask every check of the message's kind.

    :raises Overtaken: from the first that says no
    """
    for check in _CHECKS.get(message.kind, ()):
        check(message, at)


def is_checked(message: OutboundMessage) -> bool:
    """Test if anything has to be asked before the message leaves."""
    return bool(_CHECKS.get(message.kind))
