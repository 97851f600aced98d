"""Senders beside each other, and senders that die at every line. On real commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pkgutil import resolve_name
from threading import Barrier, Thread
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from kombu.exceptions import OperationalError

from core.models import Tenant
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope
from messaging import tasks
from messaging.answers import Answer, FenceLost, Outcome
from messaging.delivery import drain
from messaging.enums import MessageState
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations import (
    StateRefused,
    cancel,
    claim,
    reap,
    send_again,
    settle,
    transmit,
)
from messaging.reasons import Reason
from tests.conftest import NOON
from tests.messaging.conftest import Clock, again, story

pytestmark = pytest.mark.django_db(transaction=True)

YES = Answer(Outcome.ACCEPTED, Reason.ACCEPTED)


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nothing is caught, nothing is tidied up."""


@contextmanager
def killed_at(target: str, *, before: bool = True) -> Iterator[None]:
    """End the sender at the named function, before or after that has done its work."""
    real: Callable[..., Any] = resolve_name(target)

    def die(*args: Any, **kwargs: Any) -> Any:
        if not before:
            real(*args, **kwargs)
        raise Killed

    with mock.patch(target, die), mock.patch("messaging.delivery.release_claims"):
        yield


def in_threads(*works: Callable[[], Any]) -> list[Any]:
    results: list[Any] = [None] * len(works)
    barrier = Barrier(len(works))

    def run(place: int) -> None:
        try:
            barrier.wait(10)
            results[place] = works[place]()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_senders_at_once_send_each_message_once(tenant, queued, smtp, clock) -> None:
    smtp.delay = 0.002
    messages = [queued(f"m{number}") for number in range(60)]
    in_threads(*[lambda: drain(tenant_id=tenant.pk, clock=clock)] * 2)
    assert len(smtp.received) == 60
    assert {again(message).state for message in messages} == {MessageState.ACCEPTED}
    with tenant_scope(tenant.pk):
        takers = MessageEvent.objects.filter(state=MessageState.CLAIMED)
        assert len(set(takers.values_list("detail", flat=True))) == 2


def test_a_claim_passes_over_what_another_is_claiming(tenant, queued) -> None:
    first, second = queued("one"), queued("two")
    with tenant_scope(tenant.pk):
        OutboundMessage.objects.select_for_update().get(pk=first.pk)
        [others] = in_threads(lambda: _claimed(tenant))
    assert others == [second.pk]


def _claimed(tenant: Tenant) -> list[int]:
    with tenant_scope(tenant.pk):
        return [message.pk for message in claim(worker="other", limit=10, at=NOON)]


def test_a_sender_killed_before_the_fence_left_nothing_and_the_message_goes_again(
    tenant, queued, smtp, clock
) -> None:
    message = queued()
    with killed_at("messaging.delivery.transmit"), pytest.raises(Killed):
        drain(tenant_id=tenant.pk, clock=clock)
    assert (again(message).state, smtp.received) == (MessageState.CLAIMED, [])
    reap_later(tenant, clock)
    assert again(message).state == MessageState.QUEUED
    drain(tenant_id=tenant.pk, clock=clock)
    assert again(message).state == MessageState.ACCEPTED
    assert story(message) == [
        "QUEUED",
        "CLAIMED",
        "QUEUED",
        "CLAIMED",
        "TRANSMITTING",
        "ACCEPTED",
    ]
    assert len(smtp.received) == 1


def test_a_sender_killed_in_the_fences_own_transaction_left_nothing(
    tenant, queued, smtp, clock
) -> None:
    message = queued()
    with killed_at("messaging.delivery.transmit", before=False), pytest.raises(Killed):
        drain(tenant_id=tenant.pk, clock=clock)
    assert (again(message).state, smtp.received) == (MessageState.CLAIMED, [])


def test_a_sender_killed_between_fence_and_content_leaves_it_not_confirmed(
    tenant, queued, smtp, clock
) -> None:
    message = queued()
    with killed_at("smtplib.SMTP.data"), pytest.raises(Killed):
        drain(tenant_id=tenant.pk, clock=clock)
    assert (again(message).state, smtp.received) == (MessageState.TRANSMITTING, [])
    reap_later(tenant, clock)
    message = again(message)
    assert message.state == MessageState.UNCONFIRMED
    assert message.last_error == "sender-died"
    drain(tenant_id=tenant.pk, clock=clock)
    assert not smtp.received


def test_the_sweep_ends_a_suspended_companys_too_and_sends_nothing(
    tenant, queued, smtp, time_machine
) -> None:
    message = queued()
    queued("waits")
    with tenant_scope(tenant.pk):
        [taken] = claim(worker="dead", limit=1, at=NOON)
        transmit(message=taken, worker="dead", at=NOON)
    tenant.status = TenantStatus.SUSPENDED
    tenant.save(update_fields=["status"])
    time_machine.move_to(NOON + timedelta(minutes=5))
    with mock.patch.object(tasks.drain, "delay") as wake:
        tasks.sweep()
    assert again(message).state == MessageState.UNCONFIRMED
    assert not wake.called
    call_command("drain_messages")
    assert not smtp.received


def test_the_command_sends_what_is_due_once(tenant, other_tenant, queued, smtp) -> None:
    queued()
    call_command("drain_messages", "--tenant", other_tenant.slug)
    assert not smtp.received
    call_command("drain_messages", "--tenant", tenant.slug)
    call_command("drain_messages")
    assert len(smtp.received) == 1


@pytest.mark.parametrize("before", [True, False])
def test_a_sender_killed_after_the_content_leaves_it_not_confirmed_and_sends_no_second(
    tenant, queued, smtp, clock, before
) -> None:
    message = queued()
    with killed_at("messaging.delivery.settle", before=before), pytest.raises(Killed):
        drain(tenant_id=tenant.pk, clock=clock)
    assert (again(message).state, len(smtp.received)) == (MessageState.TRANSMITTING, 1)
    reap_later(tenant, clock)
    drain(tenant_id=tenant.pk, clock=clock)
    assert (again(message).state, len(smtp.received)) == (MessageState.UNCONFIRMED, 1)


def reap_later(tenant: Tenant, clock: Clock) -> None:
    """Let the reaper pass just before the lease is over, and just after."""
    with tenant_scope(tenant.pk):
        assert reap(at=clock.at + timedelta(seconds=120)).put_back == 0
        reap(at=clock.move(seconds=121))


def test_an_answer_later_than_the_reaper_is_still_believed(tenant, queued) -> None:
    message = queued()
    with tenant_scope(tenant.pk):
        [taken] = claim(worker="slow", limit=1, at=NOON)
        transmit(message=taken, worker="slow", at=NOON)
        assert reap(at=NOON + timedelta(minutes=5)).unconfirmed == 1
        settle(message=taken, worker="slow", answer=YES, at=NOON + timedelta(minutes=6))
    assert again(message).state == MessageState.ACCEPTED
    assert story(message)[-2:] == ["UNCONFIRMED", "ACCEPTED"]


def test_an_answer_is_not_believed_once_a_person_sent_it_again(tenant, queued) -> None:
    message = queued()
    with tenant_scope(tenant.pk):
        [taken] = claim(worker="slow", limit=1, at=NOON)
        transmit(message=taken, worker="slow", at=NOON)
        reap(at=NOON + timedelta(minutes=5))
        send_again(message=taken, at=NOON + timedelta(minutes=6), actor=None)
        with pytest.raises(FenceLost):
            settle(message=taken, worker="slow", answer=YES, at=NOON + timedelta(minutes=7))
    assert again(message).state == MessageState.QUEUED


def test_another_workers_message_is_neither_transmitted_nor_settled(tenant, queued) -> None:
    queued()
    with tenant_scope(tenant.pk):
        [taken] = claim(worker="mine", limit=1, at=NOON)
    with pytest.raises(FenceLost), tenant_scope(tenant.pk):
        transmit(message=taken, worker="yours", at=NOON)
    with tenant_scope(tenant.pk):
        transmit(message=taken, worker="mine", at=NOON)
    with pytest.raises(FenceLost), tenant_scope(tenant.pk):
        settle(message=taken, worker="yours", answer=YES, at=NOON)
    with pytest.raises(FenceLost), tenant_scope(tenant.pk):
        transmit(message=taken, worker="mine", at=NOON)


def test_cancelling_and_claiming_at_once_have_one_winner(tenant, queued, smtp, clock) -> None:
    for number in range(10):
        message = queued(f"m{number}")

        def call_off(message: OutboundMessage = message) -> bool:
            try:
                with tenant_scope(tenant.pk):
                    cancel(message=message, reason="Wrong", at=NOON, actor=None)
            except StateRefused:
                return False
            return True

        before = len(smtp.received)
        won, _drained = in_threads(call_off, lambda: drain(tenant_id=tenant.pk, clock=clock))
        drain(tenant_id=tenant.pk, clock=clock)
        assert len(smtp.received) == before + (not won)
        assert again(message).state == ("CANCELLED" if won else "ACCEPTED")


def test_a_broker_that_is_down_loses_nothing(tenant, queued, smtp, time_machine) -> None:
    time_machine.move_to(NOON)
    with mock.patch("celery.canvas.Signature.delay", side_effect=OperationalError("down")) as wake:
        message = queued()
    assert wake.called
    assert again(message).state == MessageState.QUEUED
    with mock.patch.object(tasks.drain, "delay", wraps=tasks.drain) as woken:
        tasks.sweep()
    assert woken.call_count == 1
    assert again(message).state == MessageState.ACCEPTED


def test_the_sweep_ends_what_dead_senders_left(tenant, queued, smtp, time_machine) -> None:
    message = queued()
    with tenant_scope(tenant.pk):
        [taken] = claim(worker="dead", limit=1, at=NOON)
        transmit(message=taken, worker="dead", at=NOON)
    time_machine.move_to(NOON + timedelta(minutes=5))
    with mock.patch.object(tasks.drain, "delay", wraps=tasks.drain):
        tasks.sweep()
    assert again(message).state == MessageState.UNCONFIRMED


def test_a_drain_that_ran_out_of_time_wakes_the_next(tenant, queued, smtp, monkeypatch) -> None:
    monkeypatch.setattr("messaging.delivery.drain", lambda **_: True)
    with mock.patch.object(tasks.drain, "delay") as wake:
        tasks.drain(tenant_id=tenant.pk)
    wake.assert_called_once_with(tenant_id=tenant.pk)


def test_the_database_gone_at_the_fence_sends_nothing(tenant, queued, smtp, clock) -> None:
    from django.db import OperationalError as Gone  # noqa: PLC0415 - beside the broker's

    message = queued()
    with mock.patch("messaging.delivery.transmit", side_effect=Gone("gone")), pytest.raises(Gone):
        drain(tenant_id=tenant.pk, clock=clock)
    assert not smtp.received
    assert again(message).state == MessageState.CLAIMED
