"""Two people at the same moment: one wins, the other is told, nothing is done twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from importlib import import_module
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from core.models import Tenant
from core.tenancy import tenant_scope
from invoices import operations
from invoices.models import Charge, Invoice, ScheduledPeriod
from ledger.models import Journal, OpenItem
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.invoices.helpers import approved, draft, in_review
from tests.invoices.test_review import charge, resave
from tests.invoices.test_schedules import schedule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(tenant: Tenant, members):
    return members


def at_once(tenant: Tenant, monkeypatch, lock: str, *acts: Callable[[], Any]) -> list[Any]:
    """
    Run the acts in threads of their own; each waits for the others just before its account lock.

    So all have read what they came with, and then meet at the lock. Returns results or exceptions.
    """
    barrier = Barrier(len(acts))
    module, name = lock.rsplit(".", 1)
    operation = import_module(module)  # the attribute of the package may be the function
    original = getattr(operation, name)

    def meet(*args, **kwargs):
        with suppress(BrokenBarrierError):
            barrier.wait(5)
        return original(*args, **kwargs)

    monkeypatch.setattr(operation, name, meet)

    def run(act):
        try:
            with tenant_scope(tenant.pk):
                return act()
        except Exception as error:  # noqa: BLE001 - the race's outcome
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def split(outcomes):
    refused = [one for one in outcomes if isinstance(one, Exception)]
    return [one for one in outcomes if not isinstance(one, Exception)], refused


def test_two_issue_the_same_bill(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bill = approved(people["BILLER"], people["APPROVER"])

    def act():
        return operations.issue(invoice=bill, at=NOON, actor=people["BILLER"])

    done, refused = split(
        at_once(tenant, monkeypatch, "invoices.operations.issue.lock_accounts", act, act)
    )
    assert len(done) == 1
    assert [type(one) for one in refused] == [operations.WrongState]
    with tenant_scope(tenant.pk):
        assert Invoice.objects.get().number == "INV-2026-00001"
        assert OpenItem.objects.count() == Journal.objects.count() == 1


def test_many_issue_at_once_without_gap_or_double(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bills = [approved(people["BILLER"], people["APPROVER"]) for _ in range(8)]

    def act(bill):
        return lambda: operations.issue(invoice=bill, at=NOON, actor=None).number

    numbers = at_once(
        tenant, monkeypatch, "invoices.operations.issue.lock_accounts", *map(act, bills)
    )
    assert sorted(map(str, numbers)) == [f"INV-2026-{n:05}" for n in range(1, 9)]


def test_two_bulk_issues_of_the_same_bills(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bills = [approved(people["BILLER"], people["APPROVER"]).pk for _ in range(3)]

    def act(ids):
        return lambda: operations.issue_many(invoice_ids=ids, at=NOON, actor=None)

    results = at_once(
        tenant,
        monkeypatch,
        "invoices.operations.issue.lock_accounts",
        act(bills),
        act(bills[::-1]),
    )
    assert sorted(len(one.invoices) for one in results) == [0, 3]
    assert sorted(len(one.refused) for one in results) == [0, 3]


def test_two_approvers(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bill = in_review(people["BILLER"])
    done, refused = split(
        at_once(
            tenant,
            monkeypatch,
            "invoices.operations.review.lock_account",
            lambda: operations.approve(invoice=bill, at=NOON, actor=people["APPROVER"]),
            lambda: operations.approve(invoice=bill, at=NOON, actor=people["ADMIN"]),
        )
    )
    assert len(done) == 1
    assert [type(one) for one in refused] == [operations.WrongState]


def test_approve_and_return(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bill = in_review(people["BILLER"])
    outcomes = at_once(
        tenant,
        monkeypatch,
        "invoices.operations.review.lock_account",
        lambda: operations.approve(invoice=bill, at=NOON, actor=people["APPROVER"]),
        lambda: operations.return_(invoice=bill, reason="PRICE", at=NOON, actor=people["ADMIN"]),
    )
    # Approved and then returned is allowed; returned and then approved is not.
    with tenant_scope(tenant.pk):
        bill.refresh_from_db()
    assert bill.state == "RETURNED"
    assert bill.approved_by is None
    assert all(isinstance(one, Invoice | operations.WrongState) for one in outcomes)


def test_edit_while_submitting(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bill = draft(people["BILLER"])
    barrier = Barrier(2)

    def meet(module):
        original = getattr(module, "lock_account", None) or module.lock_accounts
        name = original.__name__

        def wait(*args, **kwargs):
            with suppress(BrokenBarrierError):
                barrier.wait(5)
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, wait)

    from invoices.operations import drafts, review  # noqa: PLC0415

    meet(drafts)
    meet(review)

    def run(act):
        try:
            with tenant_scope(tenant.pk):
                return act()
        except Exception as error:  # noqa: BLE001 - the race's outcome
            return error
        finally:
            connection.close()

    acts = (
        lambda: operations.submit(invoice=bill, at=NOON, actor=people["BILLER"]),
        lambda: resave(bill, people["ADMIN"], version=1, note="late"),
    )
    with ThreadPoolExecutor(2) as pool:
        submitted, saved = pool.map(run, acts)
    with tenant_scope(tenant.pk):
        bill.refresh_from_db()
    assert isinstance(submitted, Invoice)
    assert bill.state == "IN_REVIEW"
    # Either the edit came first and is in what was submitted, or it was refused by name.
    assert (bill.note == "late") is isinstance(saved, Invoice)
    assert isinstance(saved, Invoice | operations.WrongState)


def test_two_editors_of_one_version(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        bill = draft(people["BILLER"])

    def act(name):
        return lambda: resave(bill, people[name], version=1, note=name)

    done, refused = split(
        at_once(
            tenant,
            monkeypatch,
            "invoices.operations.drafts.lock_accounts",
            act("BILLER"),
            act("ADMIN"),
        )
    )
    assert len(done) == 1
    assert [type(one) for one in refused] == [operations.EditedMeanwhile]


def test_two_bill_the_same_charges(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory()
        for _ in range(3):
            charge(customer)

    def act():
        return operations.bill_charges(
            customer=customer, currency="CNY", up_to=date(2026, 3, 1), at=NOON, actor=None
        )

    done, refused = split(
        at_once(tenant, monkeypatch, "invoices.operations.charges.lock_account", act, act)
    )
    assert [bill.lines_amount for bill in done] == [Decimal("60.00")]
    assert [type(one) for one in refused] == [operations.NothingToBill]
    with tenant_scope(tenant.pk):
        assert not Charge.objects.filter(line=None).exists()


def test_two_beats_make_each_period_once(tenant, people, monkeypatch):
    with tenant_scope(tenant.pk):
        agreement = schedule(start_date=date(2025, 11, 1), anchor_day=1)

    def act():
        return operations.make_drafts(schedule=agreement, day=date(2026, 3, 2), at=NOON)

    outcomes = at_once(tenant, monkeypatch, "invoices.operations.schedules.lock_account", act, act)
    assert sorted(len(one) for one in outcomes) == [0, 5]
    with tenant_scope(tenant.pk):
        assert Invoice.objects.count() == ScheduledPeriod.objects.count() == 5
