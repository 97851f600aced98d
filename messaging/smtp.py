"""Handing mails to an SMTP server, with a word to the caller just before the content leaves."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from messaging.answers import Answer, Outcome
from messaging.mails import content_of
from messaging.reasons import Reason

_OK, _LATER, _NEVER, _END = 200, 400, 500, 600


class _Fence(smtplib.SMTP):
    """An SMTP conversation that asks ``before_data`` for leave before the command DATA."""

    before_data: Callable[[], None] | None = None

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.before_data is not None:
            self.before_data()
        return super().data(msg)


class _FenceSSL(_Fence, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class FencedBackend(EmailBackend):
    """Django's SMTP backend; ``hand_over`` besides ``send_messages``.

    Until ``before_data`` has returned, nothing of the mail can be delivered, so whatever goes wrong
    is safe to try again. Afterwards only the server's answer counts.
    """

    connection: _Fence | None

    @property
    def connection_class(self) -> type[_Fence]:
        return _FenceSSL if self.use_ssl else _Fence

    def hand_over(
        self, mail: EmailMessage, *, envelope_from: str, before_data: Callable[[], None]
    ) -> Answer:
        """
        Send one mail over the open connection, opening it where needed; say what came of it.

        What ``before_data`` raises is raised on, with nothing sent and the connection usable.
        """
        recipients = [sanitize_address(address, "utf-8") for address in mail.recipients()]
        content = content_of(mail)
        while True:
            try:
                is_new = self.open()
            except OSError as error:  # smtplib's exceptions are OSErrors
                return Answer(Outcome.RETRY, Reason.UNREACHABLE, str(error), is_unreachable=True)
            fence = _Fencing(before_data)
            try:
                self._fenced(fence).sendmail(envelope_from, recipients, content)
            except OSError as error:
                if fence.is_refused:
                    self._reset()
                    raise
                # A connection the server closed while it lay idle: once more on a new one.
                if _is_lost(error) and not fence.is_open and not is_new:
                    self._drop()
                    continue
                return self._answer(error, handed_over=fence.is_open)
            except BaseException:
                self._reset() if fence.is_refused else self._drop()
                raise
            return Answer(Outcome.ACCEPTED, Reason.ACCEPTED)

    def _fenced(self, fence: _Fencing) -> _Fence:
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected
        self.connection.before_data = fence
        return self.connection

    def _answer(self, error: OSError, *, handed_over: bool) -> Answer:
        if isinstance(error, smtplib.SMTPHeloError):
            self._drop()
            return Answer(Outcome.RETRY, Reason.UNREACHABLE, str(error), is_unreachable=True)
        code, words = _reply(error)
        if _OK <= code < _LATER and handed_over:
            return Answer(Outcome.ACCEPTED, Reason.ACCEPTED, words)
        if _LATER <= code < _END:
            self._reset()  # smtplib does not where DATA itself was refused
            if code < _NEVER:
                return Answer(Outcome.RETRY, Reason.NOT_YET, words)
            return Answer(Outcome.REFUSED, Reason.REFUSED, words)
        self._drop()
        if handed_over:
            return Answer(Outcome.UNKNOWN, Reason.LOST_CONTACT, words)
        return Answer(Outcome.RETRY, Reason.UNREACHABLE, words, is_unreachable=_is_lost(error))

    def _reset(self) -> None:
        """Take back MAIL and RCPT, so that the connection serves the next mail."""
        try:
            if self.connection is not None:
                self.connection.rset()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        """Forget the connection without a farewell: nobody may be there to answer it."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Say goodbye; a server that has gone is no error any more."""
        with contextlib.suppress(OSError):
            super().close()


class _Fencing:
    """Calls the fence once and remembers whether it opened or refused."""

    def __init__(self, before_data: Callable[[], None]) -> None:
        self._before_data = before_data
        self.is_open = self.is_refused = False

    def __call__(self) -> None:
        try:
            self._before_data()
        except BaseException:
            self.is_refused = True
            raise
        self.is_open = True


def _is_lost(error: OSError) -> bool:
    return isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(
        error, smtplib.SMTPException
    )


def _reply(error: OSError) -> tuple[int, str]:
    """Return the server's code and words; code 0 where there was no answer."""
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        (code, words), *_others = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return 0, str(error) or type(error).__name__
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return code, f"{code} {text}"
