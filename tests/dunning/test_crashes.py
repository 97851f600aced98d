"""A run that dies anywhere, or meets itself, says everything once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection

from core.books import invariants
from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import lock_account
from dunning import operations
from dunning.enums import Outcome, Tone
from dunning.models import Decision, Notice, Run
from ledger.models import OpenItem
from messaging.models import OutboundMessage
from tests.dunning.helpers import TODAY, customer, debt, pay, policy

pytestmark = pytest.mark.django_db(transaction=True)

# The package's attributes of these names are the functions.
module = import_module("dunning.operations.run_reminders")
remind = import_module("dunning.operations.remind_customer")

LAST_STATEMENT = 200


class Killed(BaseException):
    """What a process does not survive; nothing catches it."""


class KillAt:
    """Dies at the n-th statement."""

    def __init__(self, statement: int) -> None:
        self.left = statement

    def __call__(self, execute, sql, params, many, context) -> object:
        self.left -= 1
        if self.left == 0:
            raise Killed
        return execute(sql, params, many, context)


def start(tenant: Tenant, day=TODAY) -> Run:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return operations.run_reminders(day=day, at=at, actor=None, tenant_id=tenant.pk)


def test_killed_at_every_statement_and_started_again(tenant):  # noqa: PLR0915 - one story
    """Two customers to remind, one held; the run dies before each of its statements in turn."""
    with tenant_scope(tenant.pk):
        policy(steps=[(3, Tone.FRIENDLY)])
    day, deaths = TODAY, 0
    for statement in range(1, LAST_STATEMENT):
        day += timedelta(days=7)
        with tenant_scope(tenant.pk):
            people = [customer(), customer(), customer(reminders_paused=True)]
            items = [debt(one, late=4, day=day).pk for one in (*people, people[0])]
        try:
            with connection.execute_wrapper(KillAt(statement)):
                start(tenant, day)
            died = False
        except Killed:
            died, deaths = True, deaths + 1
            connection.close()
        run = start(tenant, day)
        assert run.finished_at is not None
        with tenant_scope(tenant.pk):
            made = Decision.objects.filter(item__in=items).values_list("item", "outcome")
            assert sorted(made) == sorted(
                (pk, "HELD" if pk == items[2] else "SENT") for pk in items
            ), f"died at statement {statement}"
            messages = OutboundMessage.objects.filter(account_id__in=[one.pk for one in people])
            assert sorted(messages.values_list("account_id", flat=True)) == [
                people[0].pk,
                people[1].pk,
            ]
            assert Run.objects.filter(run_date=day).count() == 1
            Customer.objects.filter(pk=people[2].pk).update(status="ARCHIVED")
        if not died:
            break
    assert deaths > 20
    with tenant_scope(tenant.pk):
        numbers = list(Notice.objects.order_by("pk").values_list("number", flat=True))
        assert len(set(numbers)) == len(numbers) == 2 * (deaths + 1)
        for one in invariants():
            if one.name.startswith("collections."):
                assert one.count_broken() == 0, one.name


def test_two_runs_beside_each_other(tenant, monkeypatch):
    with tenant_scope(tenant.pk):
        policy()
        people = [customer() for _ in range(6)]
        items = [debt(one, late=4).pk for one in people]
    barrier = Barrier(2)
    original = module.remind_customer

    def together(**kwargs):
        with suppress(BrokenBarrierError):
            barrier.wait(5)
        return original(**kwargs)

    monkeypatch.setattr(module, "remind_customer", together)

    def act(_n):
        try:
            return start(tenant)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(act, range(2))

    assert first.pk == second.pk
    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == len(people)
        assert sorted(Decision.objects.values_list("item", flat=True)) == sorted(items)


def test_a_payment_between_the_plan_and_the_mail_is_seen(tenant, monkeypatch):
    """The plan says: remind. The money comes. The mail is not written, and the run says why."""
    with tenant_scope(tenant.pk):
        policy()
        item = debt(customer(), late=4)
    original = module.remind_customer

    def after_payment(**kwargs):
        pay(item)
        return original(**kwargs)

    monkeypatch.setattr(module, "remind_customer", after_payment)
    start(tenant)

    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == 0
        [decision] = Decision.objects.all()
        assert (decision.outcome, decision.held_because) == (Outcome.HELD, "NOT_OPEN")
        assert decision.open_amount == 0


def test_a_payment_that_holds_the_account_is_waited_for(tenant, monkeypatch):
    """The payment has the lock, the run comes to it; the payment commits, no mail is written."""
    with tenant_scope(tenant.pk):
        policy()
        item = debt(customer(), late=4)
        item_customer = item.customer_id
    started = Barrier(2)
    lock = remind.lock_account

    def lock_after_meeting(customer_id):
        started.wait(5)
        return lock(customer_id)

    monkeypatch.setattr(remind, "lock_account", lock_after_meeting)

    def payer():
        try:
            with tenant_scope(tenant.pk):
                lock_account(item_customer)
                started.wait(5)
                time.sleep(0.3)
                pay(OpenItem.objects.get(pk=item.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(payer)
        start(tenant)
        paying.result()

    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == 0
        assert [one.held_because for one in Decision.objects.all()] == ["NOT_OPEN"]


def test_one_customer_that_fails_does_not_keep_the_others_waiting(tenant, monkeypatch, caplog):
    with tenant_scope(tenant.pk):
        policy()
        people = [customer() for _ in range(3)]
        for one in people:
            debt(one, late=4)
    original = module.remind_customer

    def fail_for_the_second(**kwargs):
        if kwargs["customer_id"] == people[1].pk:
            raise RuntimeError("printer on fire")
        return original(**kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(module, "remind_customer", fail_for_the_second)
        run = start(tenant)

    assert run.finished_at is None
    with tenant_scope(tenant.pk):
        assert Notice.objects.count() == 2
    assert start(tenant).finished_at is not None
    with tenant_scope(tenant.pk):
        assert Notice.objects.count() == 3


def test_a_fault_of_the_house_stops_the_run(tenant, monkeypatch):
    with tenant_scope(tenant.pk):
        policy()
        for _ in range(8):
            debt(customer(), late=4)
    calls = []

    def fail(**kwargs):
        calls.append(kwargs)
        raise RuntimeError("no templates")

    monkeypatch.setattr(module, "remind_customer", fail)

    with pytest.raises(RuntimeError):
        start(tenant)
    assert len(calls) == module.GIVE_UP_AFTER
