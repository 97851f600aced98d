"""A receiver that takes its time: it is waited for once, and nobody else waits. On real commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from core.models import Membership, Tenant, User
from core.tenancy import tenant_scope
from messaging import tasks
from messaging.enums import DeliveryState
from messaging.models import WebhookDelivery
from messaging.operations import webhook_tries
from messaging.operations.webhook_tries import LEASE, claim_delivery
from messaging.telling import tell
from tests.conftest import NOON
from tests.messaging.receivers import Receiver, receiver
from tests.messaging.test_races import in_threads
from tests.messaging.test_webhooks import ALL, Program

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def admin(tenant: Tenant) -> User:
    person = User.objects.create_user("admin@acme.test", name="Ann", language="en")
    Membership.objects.create(tenant=tenant, user=person, roles=["ADMIN"])
    return person


@pytest.fixture
def slow(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    with receiver() as told:
        told.may_answer.clear()
        yield told


@pytest.fixture
def program(tenant: Tenant, admin: User, slow: Receiver) -> Program:
    """A company with three events for the slow address."""
    made = Program(tenant, admin, slow.url, ALL)
    for pk in (1, 2, 3):
        made.happen(pk=pk)
    return made


@contextmanager
def one_waits(program: Program, slow: Receiver) -> Iterator[None]:
    """While a teller waits for the answer to its first event; it goes on afterwards."""

    def work() -> None:
        try:
            tell(tenant_id=program.tenant.pk, clock=now)
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        assert slow.called.wait(10)
        yield
        assert slow.at_work == 1, "it was answered meanwhile: the test was too slow"
    finally:
        slow.may_answer.set()
        thread.join(30)


def subjects(told: Receiver) -> list[str]:
    return [body.decode().rpartition('"id":"')[2].rstrip('"}') for _headers, body in told.got]


def test_surplus_tellers_end_at_once(program: Program, slow: Receiver) -> None:
    with one_waits(program, slow):
        for _ in range(3):
            assert not tell(tenant_id=program.tenant.pk, clock=now)
        assert subjects(slow) == ["inv_1"]
    assert subjects(slow) == ["inv_1", "inv_2", "inv_3"]
    assert slow.most_at_work == 1
    with tenant_scope(program.tenant.pk):
        assert set(WebhookDelivery.objects.values_list("state", "attempts")) == {
            (DeliveryState.DELIVERED, 1)
        }


def test_others_are_told_meanwhile(
    program: Program, slow: Receiver, admin: User, other_tenant: Tenant
) -> None:
    with receiver() as quick, receiver() as rival, one_waits(program, slow):
        Program(program.tenant, admin, quick.url, ALL).happen(pk=4)
        Program(other_tenant, admin, rival.url, ALL).happen(pk=5)
        tell(tenant_id=program.tenant.pk, clock=now)
        tell(tenant_id=other_tenant.pk, clock=now)
        assert (subjects(quick), subjects(rival)) == (["inv_4"], ["inv_5"])
        assert subjects(slow) == ["inv_1"]


def test_the_sweep_wakes_nobody_for_an_address_that_is_called(
    program: Program, slow: Receiver, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(
        tasks.tell_webhooks, "delay", lambda *, tenant_id: woken.append(tenant_id), raising=False
    )
    with receiver() as quick, one_waits(program, slow):
        tasks.sweep_webhooks()
        assert woken == []
        Program(program.tenant, admin, quick.url, ALL).happen(pk=4)
        woken.clear()
        tasks.sweep_webhooks()
        assert woken == [program.tenant.pk]


def claimed(program: Program, at: datetime = NOON) -> int | None:
    with tenant_scope(program.tenant.pk):
        delivery = claim_delivery(worker="one", at=at)
        return None if delivery is None else delivery.pk


def test_of_claims_at_once_one_takes_the_address(program: Program) -> None:
    with tenant_scope(program.tenant.pk), transaction.atomic():
        first = claim_delivery(worker="first", at=NOON)
        assert first is not None
        assert in_threads(lambda: claimed(program)) == [None], "it is not committed yet"
    assert claimed(program) is None
    assert claimed(program, NOON + LEASE) is None
    assert claimed(program, NOON + LEASE + timedelta(seconds=1)) == first.pk + 1


def test_a_claim_that_looked_before_another_committed_sees_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it finds is what was true when it looked: nobody called the address."""
    assert claimed(program) is not None
    monkeypatch.setattr(
        webhook_tries,
        "deliveries_due",
        lambda **_: WebhookDelivery.objects.filter(state=DeliveryState.WAITING),
    )
    assert claimed(program) is None
