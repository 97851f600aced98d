"""Imports of bills and receipts taken back: mirrored on their own days, and free to come again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from core.books import invariants
from core.models import AuditEntry, FileImport, Job
from core.tenancy import tenant_scope
from customers.models import Customer
from dunning.models import ItemHold
from invoices.models import Invoice
from invoices.operations import void
from invoices.operations.links import create_link
from ledger.enums import JournalKind
from ledger.models import Allocation, Entry, OpenItem
from ledger.operations import close_period, reverse_items
from messaging.enums import EventType
from messaging.models import WebhookDelivery
from messaging.operations.webhook_endpoints import create_endpoint
from payments.models import Receipt
from payments.operations import allocate_receipt, undo_allocation
from tests.conftest import NOON
from tests.core.test_import_pages import AT, checked, counts, mapped, uploaded, work_off, written
from tests.dunning.helpers import customer, decided, policy, run
from tests.invoices.helpers import customer_with_terms, issued

pytestmark = pytest.mark.django_db
HEAD = "customer_code,customer_name,number,bill_date,due_date,amount,currency,paid_on,paid_amount"
BILLS = f"""{HEAD},external_key
C1,上海海纳,B-1,2026-01-05,2026-02-04,113.00,CNY,2026-02-01,113.00,K1
C1,上海海纳,B-2,2026-01-06,2026-02-05,50.00,CNY,2026-02-10,20.00,K2
C2,Nord GmbH,B-3,2026-01-07,2026-02-06,10.00,EUR,,,K3
C2,Nord GmbH,B-4,2026-01-08,2026-02-07,70.00,CNY,2026-02-10,90.00,K4
"""


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def brought(client, kind, text):
    """Import the file; return the import's id."""
    pk, _answer = uploaded(client, kind, text)
    mapped(client, pk)
    written(client, pk)
    return pk


def taken_back(client, pk):
    """Take the import back; return what became of its rows by their labels."""
    client.post(f"{AT}{pk}/undo/")
    work_off()
    job = Job.objects.filter(kind="undo_import").latest("pk")
    return [(row.label.split()[0], row.state, row.message) for row in job.rows.order_by("position")]


def broken():
    return {one.name for one in invariants() if one.count_broken()}


def test_bills_and_their_payments_leave_no_trace_in_any_sum_and_can_come_again(admin, tenant):
    pk = brought(admin, "bills", BILLS)
    page = admin.get(f"{AT}{pk}/").content.decode()
    assert "Their numbers and keys are free again" in page
    with tenant_scope(tenant.pk):
        before = {one.pk: one.number for one in Invoice.objects.all()}
        assert [state for _label, state, _told in taken_back(admin, pk)] == ["DONE"] * 4
        assert not OpenItem.objects.open().exists()
        by_day = Entry.objects.values("item", "effective_date").annotate(left=Sum("amount"))
        assert {row["left"] for row in by_day} == {0}
        gone = {one.pk: one for one in Invoice.objects.all()}
        assert {one.state for one in gone.values()} == {"VOID"}
        assert {key: one.number for key, one in gone.items()} == {
            key: f"{number}~1" for key, number in before.items()
        }
        assert {one.state for one in Receipt.objects.all()} == {"REVERSED"}
        told = AuditEntry.objects.filter(event="invoice.voided").latest("pk")
        assert told.changes["number"][1] == f"{told.changes['number'][0]}~1"
        assert not broken()
    assert admin.get(f"{AT}{pk}/").context["stage"] == "UNDONE"

    again = brought(admin, "bills", BILLS.replace("113.00", "131.00"))
    assert counts(admin, again) == {"NEW": 4, "UPDATE": 0, "SAME": 0, "ERROR": 0}
    with tenant_scope(tenant.pk):
        assert Invoice.objects.get(number="B-1", external_key="K1").total_amount == 131
        owed = OpenItem.objects.open().debts().order_by("label")
        assert list(owed.values_list("label", "open_amount")) == [("B-2", 30), ("B-3", 10)]
        assert {state for _label, state, _told in taken_back(admin, again)} == {"DONE"}
        assert Invoice.objects.filter(number="B-1~2").exists()
        assert not broken()


def test_what_was_touched_since_stays(admin, tenant, members):
    rows = "".join(f"C1,One,T-{n},2026-01-05,2026-02-04,100.00,CNY,,,\n" for n in range(1, 6))
    pk = brought(admin, "bills", f"{HEAD},external_key\n{rows}")
    brought(
        admin,
        "receipts",
        "customer_code,received_on,amount,currency,invoice_number\nC1,2026-02-01,40.00,CNY,T-1\n",
    )
    with tenant_scope(tenant.pk):
        bills = {one.number: one for one in Invoice.objects.all()}
        create_link(bills["T-2"], at=NOON)
        ItemHold.objects.create(
            item=OpenItem.objects.get(label="T-3"), reason="asked", created_at=NOON
        )
        void(invoice=bills["T-4"], reason="wrong", at=timezone.now(), actor=None)
        became = taken_back(admin, pk)
        assert [(label, state) for label, state, _told in became] == [
            ("T-1", "FAILED"), ("T-2", "FAILED"), ("T-3", "FAILED"), ("T-4", "DONE"),
            ("T-5", "DONE"),
        ]  # fmt: skip
        told = [said for _label, _state, said in became]
        assert "allocated" in told[0]
        assert "link" in told[1]
        assert "reminders" in told[2]
        assert "void already" in told[3]
        assert Invoice.objects.get(number="T-4").state == "VOID"
        assert OpenItem.objects.get(label="T-1").open_amount == 60
        assert not broken()


def test_a_reminder_that_went_out_is_a_touch_and_one_held_back_is_none(admin, tenant):
    with tenant_scope(tenant.pk):
        customer(code="C1", email="ap@c1.test")
        customer(code="C2", email=None)
    pk = brought(
        admin,
        "bills",
        f"{HEAD}\nC1,,R-1,2026-01-05,2026-02-04,100.00,CNY,,\n"
        "C2,,R-2,2026-01-05,2026-02-04,100.00,CNY,,\n",
    )
    with tenant_scope(tenant.pk):
        policy()
        run()
        assert sorted(what for _offset, what in decided()) == ["NO_ADDRESS", "SENT"]
        became = taken_back(admin, pk)
        assert [state for _label, state, _told in became] == ["FAILED", "DONE"]
        assert "reminded of" in became[0][2]


def test_what_was_settled_for_a_time_stays_on_those_days(admin, tenant):
    pk = brought(admin, "bills", f"{HEAD}\nC1,One,T-1,2026-01-05,2026-02-04,100.00,CNY,,\n")
    paid = brought(
        admin,
        "receipts",
        "customer_code,received_on,amount,currency,invoice_number\nC1,2026-02-01,40.00,CNY,T-1\n",
    )
    with tenant_scope(tenant.pk):
        undo_allocation(
            allocation=Allocation.objects.get(), day=date(2026, 3, 3), at=timezone.now(), actor=None
        )
        for one in (pk, paid):
            [(_label, state, why)] = taken_back(admin, one)
            assert state == "FAILED"
            assert "since" in why
        left = Entry.objects.filter(effective_date__lte=date(2026, 2, 15))
        sums = left.values("item__label").annotate(left=Sum("amount")).order_by("item__label")
        assert [row["left"] for row in sums] == [0, 60]
        assert not broken()
        reverse_items(
            items=[OpenItem.objects.get(label="T-1")],
            journal_kind=JournalKind.INVOICE_VOID,
            effective_date=date(2026, 1, 5),
            at=timezone.now(),
            reason="as it was not refused",
        )
        assert "ledger.items_stay_between_nothing_and_their_amount_on_every_day" in broken()


def test_what_the_person_does_not_see_any_more_is_not_gone(client, tenant, members):
    cashier = members["CASHIER"]
    cashier.memberships.update(data_scope="OWN")
    with tenant_scope(tenant.pk):
        owned = customer(code="C1", owner=cashier)
    client.force_login(cashier)
    pk = brought(
        client, "receipts", "customer_code,received_on,amount,currency\nC1,2026-03-01,20.00,CNY\n"
    )
    with tenant_scope(tenant.pk):
        Customer.objects.filter(pk=owned.pk).update(owner=members["BILLER"])
        [(_label, state, why)] = taken_back(client, pk)
        assert (state, "do not see" in why) == ("FAILED", True)
        assert Receipt.objects.get().state == "POSTED"
        assert FileImport.objects.get(pk=pk).undone_at is None


def test_other_programs_hear_of_all_that_is_taken_back(admin, tenant, members):
    with tenant_scope(tenant.pk):
        create_endpoint(
            name="All",
            url="https://all.example.com/",
            events=EventType.values,
            at=NOON,
            actor=members["ADMIN"],
        )
        heard = WebhookDelivery.objects.order_by("pk").values_list("event_type", flat=True)
        pk = brought(
            admin,
            "bills",
            f"{HEAD}\nC1,One,T-2,2026-01-05,2026-02-04,9.00,CNY,2026-02-03,9\n",
        )
        before = len(heard)
        assert [state for _label, state, _told in taken_back(admin, pk)] == ["DONE"]
        assert list(heard.all())[before:] == [
            "payment.unapplied", "payment.reversed", "invoice.voided",
        ]  # fmt: skip
        events = AuditEntry.objects.order_by("-pk").values_list("event", flat=True)
        assert list(events[:3]) == ["invoice.voided", "receipt.reversed", "receipt.unallocated"]


def test_books_closed_since_stay_as_they_are_with_both_or_neither(admin, tenant):
    pk = brought(admin, "bills", BILLS)
    with tenant_scope(tenant.pk):
        close_period(last_day=date(2026, 1, 7), at=NOON, actor=None)
        became = taken_back(admin, pk)
        assert [state for _label, state, _told in became] == ["FAILED", "FAILED", "FAILED", "DONE"]
        assert "closed" in became[0][2]
        # The payment of February is not taken back without its bill of January.
        assert OpenItem.objects.get(label="B-1").open_amount == 0
        assert Receipt.objects.filter(state="POSTED").count() == 2
        assert not broken()


def test_a_payment_that_came_later_is_taken_back_alone_and_first(admin, tenant):
    first = brought(admin, "bills", BILLS)
    later = brought(admin, "bills", BILLS.replace(",EUR,,,", ",EUR,2026-02-20,10.00,"))
    assert counts(admin, later) == {"NEW": 0, "UPDATE": 1, "SAME": 3, "ERROR": 0}
    with tenant_scope(tenant.pk):
        states = [state for _label, state, _told in taken_back(admin, first)]
        assert states == ["DONE", "DONE", "FAILED", "DONE"]
        assert [state for _label, state, _told in taken_back(admin, later)] == ["DONE"]
        bill = Invoice.objects.get(number="B-3")
        assert (bill.state, OpenItem.objects.get(label="B-3").open_amount) == ("ISSUED", 10)
        assert [state for _label, state, _told in taken_back(admin, first)] == ["DONE"]
        assert not broken()


def test_a_bill_voided_by_hand_does_not_hide_its_payment(admin, tenant):
    pk = brought(admin, "bills", f"{HEAD}\nC1,,V-1,2026-01-05,2026-02-04,9.00,CNY,2026-02-03,9\n")
    with tenant_scope(tenant.pk):
        undo_allocation(
            allocation=Allocation.objects.get(), day=date(2026, 3, 3), at=timezone.now(), actor=None
        )
        void(invoice=Invoice.objects.get(), reason="wrong", at=timezone.now(), actor=None)
        [(_label, state, why)] = taken_back(admin, pk)
        assert (state, "was used since" in why) == ("FAILED", True)
        assert not broken()


def test_receipts_and_what_they_paid_as_they_came(admin, tenant, members):
    with tenant_scope(tenant.pk):
        buyer = customer_with_terms(code="C1", currency="CNY")
        bill = issued(members["BILLER"], members["APPROVER"], customer=buyer)
        owed = bill.total_amount
    text = (
        "customer_code,received_on,amount,currency,invoice_number,external_key\n"
        f"C1,2026-03-01,20.00,CNY,{bill.number},BANK-1\nC1,2026-03-02,10.00,CNY,,BANK-2\n"
    )
    pk = brought(admin, "receipts", text)
    with tenant_scope(tenant.pk):
        item = OpenItem.objects.get(instalment__invoice=bill)
        assert item.open_amount == owed - 20
        allocate_receipt(
            receipt=Receipt.objects.get(external_key="BANK-2"),
            amounts={item.pk: Decimal(5)},
            day=date(2026, 3, 3),
            at=timezone.now(),
            actor=None,
        )
        became = taken_back(admin, pk)
        assert [state for _label, state, _told in became] == ["DONE", "FAILED"]
        assert "used since" in became[1][2]
        item.refresh_from_db()
        assert item.open_amount == owed - 5
        assert not broken()
    assert counts(admin, checked(admin, "receipts", text)) == {
        "NEW": 1, "UPDATE": 0, "SAME": 1, "ERROR": 0,
    }  # fmt: skip


def test_the_database_gives_no_other_number_back(in_tenant, members):
    bill = issued(members["BILLER"], members["APPROVER"])
    for change in (
        {"number": "X-1"},
        {"external_key": "x"},
        {"number": "X-1", "state": "VOID", "voided_at": NOON, "void_reason": "x"},
    ):
        with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
            Invoice.objects.filter(pk=bill.pk).update(**change)
