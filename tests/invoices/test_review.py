"""Drafts and review: who may write, who may decide, what is kept."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from customers.enums import CustomerStatus
from invoices import operations
from invoices.calculations import DiscountExceedsLines
from invoices.enums import InvoiceState
from invoices.models import Charge, Invoice, InvoiceTax
from ledger.operations import close_period
from tests.conftest import NOON
from tests.factories import CustomerFactory, ProductFactory, TaxCodeFactory
from tests.invoices.helpers import EARLIER, approved, draft, in_review, issued, line

D = Decimal


@pytest.fixture
def biller(members):
    return members["BILLER"]


@pytest.fixture
def approver(members):
    return members["APPROVER"]


def resave(bill, actor, *, lines=None, version=None, **head):
    return operations.save_draft(
        invoice=bill,
        head=replace(operations.head_as_written(bill), **head),
        lines=lines if lines is not None else operations.lines_as_written(bill),
        version=version,
        at=NOON,
        actor=actor,
    )


def test_draft_gets_its_totals_from_the_engine(in_tenant, biller):
    bill = draft(
        biller, lines=[line("100"), line("50.005", quantity=D(2))], discount_amount=D("20")
    )

    bill.refresh_from_db()
    assert (bill.lines_amount, bill.net_amount) == (D("200.01"), D("180.01"))
    assert (bill.tax_amount, bill.total_amount) == (D("23.40"), D("203.41"))
    tax = InvoiceTax.objects.get()
    assert (tax.category, tax.rate, tax.base_amount) == ("S", D("0.13"), D("180.01"))
    assert (bill.author, bill.edited_by, bill.state, bill.number) == (biller, biller, "DRAFT", "")


def test_saving_again_moves_changes_adds_and_removes_lines(in_tenant, biller):
    bill = draft(biller, lines=[line("1"), line("2"), line("3")])
    first, second, third = operations.lines_as_written(bill)
    kept = third.line_id

    resave(bill, biller, lines=[replace(third, unit_price=D(30)), first, line("4")], version=1)

    rows = list(bill.lines.order_by("position").values_list("unit_price", flat=True))
    assert rows == [D(30), D(1), D(4)]
    assert bill.lines.get(position=1).pk == kept
    bill.refresh_from_db()
    assert (bill.version, bill.lines_amount) == (2, D("35.00"))
    assert not bill.lines.filter(pk=second.line_id).exists()


def test_two_editors_meet(in_tenant, biller, members):
    bill = draft(biller)
    resave(bill, members["ADMIN"], version=1, note="hers")
    with pytest.raises(operations.EditedMeanwhile) as meeting:
        resave(bill, biller, version=1, note="mine")
    assert meeting.value.current.edited_by == members["ADMIN"]
    bill.refresh_from_db()
    assert bill.note == "hers"


def test_what_is_no_draft_is_not_written(in_tenant, biller, approver):
    for bill in (in_review(biller), approved(biller, approver), issued(biller, approver)):
        with pytest.raises(operations.WrongState):
            resave(bill, biller)
        with pytest.raises(operations.WrongState):
            operations.delete_draft(invoice=bill, at=NOON, actor=biller)


def test_refused_drafts_leave_nothing(in_tenant, biller):
    archived = CustomerFactory(status=CustomerStatus.ARCHIVED)
    with pytest.raises(operations.CustomerArchived):
        draft(biller, customer=archived)
    with pytest.raises(operations.LineWithoutTax):
        draft(biller, lines=[line(tax_code_id=0)])
    with pytest.raises(DiscountExceedsLines):
        draft(biller, discount_amount=D("100.01"))
    assert not Invoice.objects.exists()


def test_deleting_a_draft_leaves_its_trace(in_tenant, biller):
    bill = draft(biller)
    pk = operations.delete_draft(invoice=bill, at=NOON, actor=biller)
    assert not Invoice.objects.filter(pk=pk).exists()
    entry = AuditEntry.objects.get(event="invoice.deleted")
    assert (entry.subject, entry.actor) == (f"invoices.invoice:{pk}", biller)


def test_submit_and_approve(in_tenant, biller, approver):
    bill = in_review(biller)
    assert (bill.state, bill.submitted_by, bill.submitted_at) == ("IN_REVIEW", biller, EARLIER)
    bill = operations.approve(invoice=bill, at=NOON, actor=approver)
    assert (bill.state, bill.approved_by, bill.approved_at) == ("APPROVED", approver, NOON)
    entry = AuditEntry.objects.get(event="invoice.approved")
    assert "bank" in entry.changes["warnings"]  # what the approver saw and accepted


@pytest.mark.parametrize("hand", ["author", "editor", "earlier editor", "submitter"])
def test_nobody_approves_their_own_work(in_tenant, biller, approver, members, hand):
    bill = draft(approver if hand == "author" else biller)
    if hand in ("editor", "earlier editor"):
        bill = resave(bill, approver, note="Changed")
    if hand == "earlier editor":
        bill = resave(bill, biller, note="Changed again")
    submitter = approver if hand == "submitter" else biller
    bill = operations.submit(invoice=bill, at=NOON, actor=submitter)
    with pytest.raises(operations.OwnWork):
        operations.approve(invoice=bill, at=NOON, actor=approver)
    assert operations.approve(invoice=bill, at=NOON, actor=members["ADMIN"])


@pytest.mark.parametrize("hand", ["author", "edited_by", "submitted_by"])
def test_the_database_refuses_ones_own_approval(in_tenant, biller, approver, hand):
    bill = in_review(biller)
    Invoice.objects.filter(pk=bill.pk).update(**{hand: approver})
    with pytest.raises(IntegrityError, match="invoice_author_never_approves"), transaction.atomic():
        Invoice.objects.filter(pk=bill.pk).update(
            state="APPROVED", approved_by=approver, approved_at=NOON
        )


def test_a_systems_bill_may_be_approved_by_any_approver(in_tenant, approver):
    bill = approved(None, approver)
    assert (bill.author, bill.state) == (None, InvoiceState.APPROVED)


def test_blocking_checks_stop_submit_and_approve(in_tenant, biller, approver):
    with pytest.raises(operations.ChecksFailed) as failed:
        operations.submit(invoice=draft(biller, lines=[]), at=NOON, actor=biller)
    assert [finding.rule for finding in failed.value.findings] == ["lines"]
    bill = in_review(biller)
    close_period(last_day=date(2026, 3, 2), at=NOON, actor=None)
    with pytest.raises(operations.ChecksFailed):
        operations.approve(invoice=bill, at=NOON, actor=approver)


def test_return_needs_a_reason_and_is_answered_by_submitting_again(in_tenant, biller, approver):
    bill = in_review(biller)
    for reason, comment in (("", ""), ("NONSENSE", "x"), ("OTHER", " ")):
        with pytest.raises(operations.ReasonMissing):
            operations.return_(
                invoice=bill, reason=reason, comment=comment, at=NOON, actor=approver
            )
    bill = operations.return_(
        invoice=bill, reason="PRICE", comment="Last year's list", at=NOON, actor=approver
    )
    assert (bill.state, bill.return_reason) == ("RETURNED", "PRICE")
    resave(bill, biller, note="new price")
    bill = operations.submit(invoice=bill, at=NOON, actor=biller)
    assert (bill.state, bill.return_reason, bill.return_comment) == ("IN_REVIEW", "", "")
    assert AuditEntry.objects.get(event="invoice.returned").reason == "Last year's list"


def test_an_approved_bill_may_still_be_returned_and_the_approval_falls(in_tenant, biller, approver):
    bill = operations.return_(
        invoice=approved(biller, approver), reason="TAX", at=NOON, actor=approver
    )
    assert (bill.state, bill.approved_by, bill.approved_at) == ("RETURNED", None, None)


def test_withdraw(in_tenant, biller, approver):
    bill = operations.withdraw(invoice=in_review(biller), at=NOON, actor=biller)
    assert bill.state == InvoiceState.DRAFT
    with pytest.raises(operations.WrongState):
        operations.approve(invoice=bill, at=NOON, actor=approver)


def charge(customer, **fields):
    code = TaxCodeFactory()
    values = {
        "customer_id": customer.pk,
        "description": "Delivery",
        "service_date": date(2026, 2, 20),
        "quantity": D(2),
        "unit_price": D("10"),
        "currency": "CNY",
        "tax_code_id": code.pk,
    }
    return operations.save_charge(
        charge=None, draft=operations.ChargeDraft(**(values | fields)), at=EARLIER, actor=None
    )


def bill_charges(customer, actor, *, currency="CNY", up_to=date(2026, 2, 28)):
    return operations.bill_charges(
        customer=customer, currency=currency, up_to=up_to, at=NOON, actor=actor
    )


def test_charges_become_lines_once(in_tenant, biller):
    customer = CustomerFactory()
    inside = [charge(customer), charge(customer, product_id=ProductFactory().pk)]
    outside = [
        charge(customer, service_date=date(2026, 3, 1)),
        charge(customer, currency="USD"),
        charge(CustomerFactory()),
    ]
    bill = bill_charges(customer, biller)

    assert (bill.source, bill.lines_amount, bill.lines.count()) == ("CHARGES", D("40.00"), 2)
    assert set(Charge.objects.filter(line__invoice=bill)) == set(inside)
    assert set(Charge.objects.filter(line=None)) == set(outside)
    with pytest.raises(operations.NothingToBill):
        bill_charges(customer, biller)


def test_charges_wait_again_when_line_draft_or_bill_goes(in_tenant, biller, approver):
    customer = CustomerFactory()
    one, two = charge(customer), charge(customer)
    bill = bill_charges(customer, biller)
    resave(bill, biller, lines=operations.lines_as_written(bill)[:1])
    assert Charge.objects.filter(line=None).get() == two
    operations.delete_draft(invoice=bill, at=NOON, actor=biller)
    assert Charge.objects.filter(line=None).count() == 2

    bill = operations.submit(invoice=bill_charges(customer, biller), at=NOON, actor=biller)
    bill = operations.approve(invoice=bill, at=NOON, actor=approver)
    bill = operations.issue(invoice=bill, at=NOON, actor=biller)
    assert Charge.objects.filter(line=None).count() == 0
    operations.void(invoice=bill, reason="x", at=NOON, actor=approver)
    assert set(Charge.objects.filter(line=None)) == {one, two}


def test_a_billed_charge_is_neither_changed_nor_deleted_nor_moved(in_tenant, biller):
    customer = CustomerFactory()
    taken = charge(customer)
    bill = bill_charges(customer, biller)
    with pytest.raises(operations.ChargeTaken):
        operations.delete_charge(charge=taken, at=NOON, actor=biller)
    with pytest.raises(operations.ChargeTaken):
        resave(bill, biller, customer_id=CustomerFactory().pk)
    with pytest.raises(operations.ChargeTaken):
        draft(biller, customer=customer, lines=[line(charge_id=taken.pk)])
    with pytest.raises(operations.ChargeTaken), transaction.atomic():
        operations.save_charge(
            charge=taken,
            draft=operations.ChargeDraft(
                customer.pk, "x", NOON.date(), D(1), D(1), "CNY", taken.tax_code_id
            ),
            at=NOON + timedelta(hours=1),
            actor=biller,
        )


def test_a_decision_stands_once_somebody_went_on_or_for_another_person(
    in_tenant, biller, approver, members
):
    admin = members["ADMIN"]
    bill = approved(biller, approver)
    for version, actor in ((bill.version - 1, approver), (None, approver), (bill.version, admin)):
        with pytest.raises(operations.DecisionStands):
            operations.reconsider(invoice=bill, version=version, at=NOON, actor=actor)
    with pytest.raises(operations.WrongState):
        operations.submit(invoice=bill, at=NOON, actor=biller)

    bill = operations.return_(invoice=bill, reason="PRICE", at=NOON, actor=admin)
    with pytest.raises(operations.DecisionStands):
        operations.reconsider(invoice=bill, version=bill.version, at=NOON, actor=approver)
    seen = bill.version
    bill = resave(bill, biller, po_number="PO-7")
    with pytest.raises(operations.DecisionStands):
        operations.reconsider(invoice=bill, version=seen, at=NOON, actor=admin)

    for state in (draft(biller), in_review(biller), issued(biller, approver)):
        with pytest.raises(operations.WrongState):
            operations.reconsider(invoice=state, version=state.version, at=NOON, actor=approver)
