"""Killing senders at random, and counting what became of every mail."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from celery._state import get_current_app
from django.conf import settings

from billing_site.campaigns.senders import (
    Loops,
    Senders,
    Workers,
    broker_with,
    environment_for,
)
from core import files
from core.models import Tenant
from core.operations import create_company, erase_company
from core.tenancy import tenant_scope
from messaging.enums import MessageKind, MessageState
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations import MessageDraft, queue_many, reap
from messaging.reasons import Reason

Clock = Callable[[], datetime]
PDF_BYTES = 30_000
PATIENCE = 150.0  # seconds without any progress until the campaign gives up
_TICK, _SWEEP = 0.01, 1.0
_MOVING = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.TRANSMITTING)


@dataclass(frozen=True, slots=True)
class Plan:
    """``window`` is how long the server waits, in seconds, after it has noted a mail."""

    mails: int
    kills: int
    window: float
    seed: int
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the mails, as the server's file and the database tell it together.

    :ivar lost: not received, and not marked as unconfirmed, failed or still to be sent
    :ivar twice: received more than once
    :ivar unconfirmed: marked so; ``arrived`` of them were received
    :ivar stuck: neither sent nor given up when patience ended
    :ivar disturbed: taken by senders that are not the campaign's
    :ivar seconds: from the first start of the senders to the last mail settled
    """

    lost: int
    twice: int
    unconfirmed: int
    arrived: int
    failed: int
    stuck: int
    disturbed: int
    kills: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Test that the promises held."""
        return not (self.lost or self.twice or self.failed or self.stuck or self.disturbed)


def run(plan: Plan, clock: Clock) -> Verdict:
    """Run the campaign on a company made for it, which is erased afterwards."""
    name = f"campaign-{uuid.uuid4().hex[:8]}"
    company = create_company(slug=name, name="Campaign", currency="EUR", at=clock(), actor=None)
    with TemporaryDirectory(prefix=name) as folder:
        noted = Path(folder) / "noted"
        noted.touch()
        try:
            with _smtp_server(noted, plan.window) as port:
                senders = _senders(company, plan, port, Path(folder))
                _queue(company, plan.mails, clock())
                seconds, kills = _Run(company, plan, senders, noted, clock).run()
            return _verdict(company, noted, kills, seconds)
        finally:
            if not plan.keep:
                erase_company(tenant=company)


@contextmanager
def _smtp_server(noted: Path, window: float) -> Iterator[int]:
    words = [sys.executable, "-m", "billing_site.campaigns.sink", str(noted), str(window)]
    with subprocess.Popen(  # noqa: S603 - our own program
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    ) as server:
        assert server.stdin is not None  # noqa: S101 - both are pipes
        assert server.stdout is not None  # noqa: S101
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(10)


def _senders(company: Tenant, plan: Plan, port: int, folder: Path) -> Senders:
    timeout = max(2, round(4 * plan.window + 1))
    prefix = f"{company.slug}:"
    changes = {
        "EMAIL_TIMEOUT": timeout,
        "MESSAGE_LEASE_SECONDS": 2 * timeout + 1,
        "MESSAGE_SENDER_PREFIX": prefix,
        "CELERY_BROKER_TRANSPORT_OPTIONS": settings.CELERY_BROKER_TRANSPORT_OPTIONS
        | {"global_keyprefix": prefix},
    }
    environment = environment_for(changes, port)
    broker = broker_with(prefix)
    if broker is None:
        return Loops(environment, folder / "senders.log", company.slug)
    return Workers(environment, folder / "senders.log", company.pk, broker)


def _queue(company: Tenant, mails: int, at: datetime) -> None:
    """Queue the mails; nobody but the campaign's own senders is woken."""
    mute = broker_with(f"{company.slug}:")
    former = get_current_app()
    if mute is not None:
        mute.set_current()
    try:
        with tenant_scope(company.pk):
            pdf = files.store(
                content=b"%PDF-1.7\n" + random.Random(1).randbytes(PDF_BYTES),  # noqa: S311 - no secret
                name="bill.pdf",
                content_type="application/pdf",
                at=at,
            )
            queue_many(
                [
                    MessageDraft(
                        kind=MessageKind.INVOICE,
                        dedupe_key=f"campaign:{number}",
                        about="campaign:1",
                        account_id=None,
                        to_address=f"customer{number}@example.test",
                        to_name=f"Customer {number}",
                        from_name="Campaign",
                        subject=f"Mail {number}",
                        body_text="A mail of the campaign.",
                        body_html="<p>A mail of the campaign.</p>",
                        attachments=[(pdf, f"bill-{number}.pdf")],
                    )
                    for number in range(mails)
                ],
                at=at,
            )
    finally:
        former.set_current()


class _Run:
    """Starts the senders, kills them as mails arrive, and waits until every mail is settled."""

    def __init__(
        self, company: Tenant, plan: Plan, senders: Senders, noted: Path, clock: Clock
    ) -> None:
        self._company, self._plan = company, plan
        self._senders, self._noted, self._clock = senders, noted, clock
        self._chance = random.Random(plan.seed)  # noqa: S311 - no secret
        places = range(1, max(plan.mails - 1, 2))
        self._marks = sorted(self._chance.choices(places, k=plan.kills))
        self._kills = 0

    def run(self) -> tuple[float, int]:
        """Return the seconds it took and how often the senders were killed."""
        begin = progress = time.monotonic()
        self._senders.start()
        left = self._plan.mails
        try:
            while left and time.monotonic() - progress < PATIENCE:
                before = self._received()
                self._kill_when_marked(until=time.monotonic() + _SWEEP)
                now_left = self._sweep()
                if now_left != left or self._received() != before:
                    progress = time.monotonic()
                elif not self._marks or self._received() < self._marks[0]:
                    self._senders.wake()
                left = now_left
        finally:
            self._senders.kill()
            self._senders.tidy()
        return time.monotonic() - begin, self._kills

    def _kill_when_marked(self, *, until: float) -> None:
        started_at = self._received()
        while time.monotonic() < until:
            received = self._received()
            if self._marks and self._marks[0] <= received > started_at:
                time.sleep(self._chance.uniform(0, 2 * self._plan.window + 0.01))
                self._senders.kill()
                self._kills += 1
                self._marks.pop(0)
                self._senders.start()
                started_at = self._received()
            time.sleep(_TICK)

    def _sweep(self) -> int:
        """Reap as the periodic task does, for this company alone; return how many are left."""
        with tenant_scope(self._company.pk):
            reap(at=self._clock())
            return OutboundMessage.objects.filter(state__in=_MOVING).count()

    def _received(self) -> int:
        return self._noted.read_bytes().count(b"\n")


def _verdict(company: Tenant, noted: Path, kills: int, seconds: float) -> Verdict:
    received = Counter(noted.read_text().split())
    own = f"{Reason.SENDER.value}: {company.slug}:"
    with tenant_scope(company.pk):
        rows = list(OutboundMessage.objects.order_by("pk").values_list("message_id", "state"))
        taken = MessageEvent.objects.filter(state=MessageState.CLAIMED)
        disturbed = taken.exclude(detail__startswith=own).count()
    states = Counter(state for _message_id, state in rows)
    marked = (MessageState.UNCONFIRMED, MessageState.FAILED, *_MOVING)
    return Verdict(
        lost=sum(not received[one] and state not in marked for one, state in rows),
        twice=sum(received[one] > 1 for one, _state in rows),
        unconfirmed=states[MessageState.UNCONFIRMED],
        arrived=sum(received[one] > 0 and state == MessageState.UNCONFIRMED for one, state in rows),
        failed=states[MessageState.FAILED],
        stuck=sum(states[state] for state in _MOVING),
        disturbed=disturbed,
        kills=kills,
        seconds=seconds,
    )
