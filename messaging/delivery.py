"""Sending what is due: claim a few, hand each over, write down what came of it."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import Error, transaction

from core.files import FileDamaged
from core.models import Membership, Tenant
from core.tenancy import tenant_scope
from messaging.answers import Answer, FenceLost, Outcome
from messaging.departures import Overtaken, is_checked, require_may_leave
from messaging.limits import BATCH, DRAIN_SECONDS, lease, sender_prefix
from messaging.mails import mail_for
from messaging.models import OutboundMessage
from messaging.operations import claim, release_claims, settle, transmit
from messaging.placeholders import UnknownPlaceholder, Unresolvable, resolve
from messaging.reasons import Reason
from messaging.transport import Transport

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def sender_name() -> str:
    """Return a name no other sender has or had: the fence goes by it."""
    return f"{sender_prefix()}{socket.gethostname()[:24]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"[
        :64
    ]


def drain(*, tenant_id: int, clock: Clock, seconds: float = DRAIN_SECONDS) -> bool:
    """
    Send the tenant's due messages for a while; return whether more may be due.

    Any number of drains may run beside each other, and each may end at any line: what it held is
    put back or marked as not confirmed by the reaper. Must not run inside a transaction, or its
    fences would not be committed when they must.
    """
    end = clock() + timedelta(seconds=seconds)
    worker = sender_name()
    with Transport() as transport:
        sender = _Sender(tenant_id, worker, transport, clock)
        while clock() < end:
            with tenant_scope(tenant_id):
                batch = claim(worker=worker, limit=BATCH, at=clock())
            if not batch or not sender.work_off(batch):
                return False
    return True


class _Sender:
    """One worker's name, one connection, one tenant."""

    def __init__(self, tenant_id: int, worker: str, transport: Transport, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._worker = worker
        self._transport = transport
        self._clock = clock
        self._is_sample = Tenant.objects.filter(pk=tenant_id, is_sample=True).exists()

    def work_off(self, batch: list[OutboundMessage]) -> bool:
        """Try each message once; return False when the server is not there to be tried."""
        waiting = list(batch)
        stale = self._clock() + lease() / 2  # the rest of a slow batch goes back in time
        try:
            while waiting and self._clock() < stale:
                answer = self._attempt(waiting.pop(0))
                if answer is not None and answer.is_unreachable:
                    for message in waiting:  # who cannot be reached for one cannot for the others
                        self._settle(message, answer)
                    waiting.clear()
                    return False
        finally:
            if waiting:
                with contextlib.suppress(Error), tenant_scope(self._tenant_id):
                    release_claims(
                        message_ids=[message.pk for message in waiting],
                        worker=self._worker,
                        at=self._clock(),
                    )
        return True

    def _attempt(self, message: OutboundMessage) -> Answer | None:
        """Hand one message over and settle it; None if it was another's meanwhile."""
        try:
            made = self._make(message)
            if isinstance(made, Answer):
                answer = made
            else:
                answer = self._transport.hand_over(made, lambda: self._fence(message))
        except FenceLost as lost:
            logger.info("%s", lost)
            return None
        self._settle(message, answer)
        return answer

    def _make(self, message: OutboundMessage) -> EmailMultiAlternatives | Answer:
        if self._is_sample and not self._is_own(message.to_address):
            return Answer(Outcome.REFUSED, Reason.SAMPLE)
        try:
            texts = {}
            if message.placeholders or is_checked(message):
                with tenant_scope(self._tenant_id), transaction.atomic():
                    require_may_leave(message, self._clock())
                    texts = resolve(message.placeholders)
            return mail_for(message, texts, at=self._clock())
        except Overtaken as error:
            return Answer(Outcome.REFUSED, Reason.OVERTAKEN, str(error))
        except (Unresolvable, UnknownPlaceholder, FileDamaged) as error:
            words = f"{type(error).__name__} {error}"
        except Error:
            raise  # the database, not this message
        except Exception as error:
            logger.exception("Message %s could not be put together", message.pk)
            words = type(error).__name__
        return Answer(Outcome.REFUSED, Reason.NOT_MADE, words)

    def _is_own(self, address: str) -> bool:
        """Test if the address is that of somebody who works in the company and has signed in."""
        return Membership.objects.filter(
            tenant=self._tenant_id,
            is_active=True,
            user__email__iexact=address,
            user__last_login__isnull=False,
        ).exists()

    def _fence(self, message: OutboundMessage) -> None:
        with tenant_scope(self._tenant_id):
            transmit(message=message, worker=self._worker, at=self._clock())

    def _settle(self, message: OutboundMessage, answer: Answer) -> None:
        try:
            with tenant_scope(self._tenant_id):
                settle(message=message, worker=self._worker, answer=answer, at=self._clock())
        except FenceLost as lost:
            logger.warning("%s Its answer was %s.", lost, answer.outcome.value)
