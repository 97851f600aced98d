"""Handing mails to whatever e-mail backend the settings name, with the same four outcomes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection

from messaging.answers import Answer, Outcome
from messaging.mails import platform_address
from messaging.reasons import Reason
from messaging.smtp import FencedBackend

logger = logging.getLogger(__name__)

# HTTP statuses of a provider: ours to mend first, an answer that decides nothing, a refusal.
_MEND_FIRST = frozenset({401, 403, 429})
_UNDECIDED = frozenset({408, 409})
_CLIENT_ERRORS = range(400, 500)


class Transport:
    """One connection for many mails; use as a context manager."""

    def __init__(self) -> None:
        """Make the backend of the settings; nothing is connected yet."""
        self._backend: Any = get_connection(fail_silently=False)

    def __enter__(self) -> Self:
        """Connect lazily, with the first mail."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._backend.close()

    def hand_over(self, mail: EmailMessage, before_data: Callable[[], None]) -> Answer:
        """
        Send one mail; ``before_data`` is called when nothing has been handed over yet.

        What ``before_data`` raises is raised on, and nothing is sent.
        """
        if isinstance(self._backend, FencedBackend):
            return self._backend.hand_over(
                mail, envelope_from=platform_address(), before_data=before_data
            )
        before_data()
        try:
            sent = self._backend.send_messages([mail])
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail may have left
            logger.warning("%s raised: %s", type(self._backend).__name__, error)
            return answer_to(error)
        if sent:
            return Answer(Outcome.ACCEPTED, Reason.ACCEPTED, _provider_words(mail))
        return Answer(Outcome.REFUSED, Reason.REFUSED)


def answer_to(error: Exception) -> Answer:
    """
    Return what a provider's exception, raised while handing over, says about the mail.

    Known by name and HTTP status, so that django-anymail need not be installed: its errors about
    the mail or the settings come before anything is sent; an HTTP status is the provider's answer.
    Everything else leaves it unknown.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    if names & {"AnymailRecipientsRefused", "AnymailInvalidAddress", "AnymailSerializationError"}:
        return Answer(Outcome.REFUSED, Reason.REFUSED, str(error))
    if names & {"AnymailUnsupportedFeature", "AnymailCancelSend"}:
        return Answer(Outcome.REFUSED, Reason.REFUSED, str(error))
    if "AnymailConfigurationError" in names or status in _MEND_FIRST:
        return Answer(Outcome.RETRY, Reason.NOT_YET, str(error))
    if status in _CLIENT_ERRORS and status not in _UNDECIDED:
        return Answer(Outcome.REFUSED, Reason.REFUSED, str(error))
    return Answer(Outcome.UNKNOWN, Reason.LOST_CONTACT, str(error) or type(error).__name__)


def _provider_words(mail: EmailMessage) -> str:
    """Return the provider's own id of the message, where the backend notes one."""
    return str(getattr(getattr(mail, "anymail_status", None), "message_id", None) or "")
