"""A company may let authors approve their own bills: marked, told, and off unless it said so."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction

from core.books import invariants
from core.companies import active_tenant
from core.db import as_owner
from core.jobs import work_off_one
from core.models import AuditEntry, Job, Tenant
from core.operations.second_person import ask_second_person
from core.tenancy import tenant_scope
from invoices import operations
from invoices.models import Invoice
from tests.conftest import NOON
from tests.invoices.helpers import draft, in_review, issued
from tests.invoices.pages import URL
from tests.invoices.test_review import resave
from tests.invoices.test_schedules import make, schedule

SETTINGS = "/t/acme/settings/"
PERSON = f"{SETTINGS}second-person/"


def let_authors_approve(tenant, members, *, is_needed=False) -> None:
    ask_second_person(tenant=tenant, is_needed=is_needed, at=NOON, actor=members["ADMIN"])


def broken() -> set[str]:
    return {one.name for one in invariants() if "own" in one.name and one.count_broken()}


@pytest.mark.django_db
def test_an_author_approves_where_the_company_lets_them(in_tenant, members):
    admin = members["ADMIN"]
    let_authors_approve(in_tenant, members)
    bill = operations.approve(invoice=in_review(admin), at=NOON, actor=admin)
    bill.refresh_from_db()
    assert (bill.state, bill.approved_by, bill.is_self_approved) == ("APPROVED", admin, True)
    entry = AuditEntry.objects.get(event="invoice.self_approved")
    assert (entry.actor, "bank" in entry.changes["warnings"]) == (admin, True)
    assert not AuditEntry.objects.filter(event="invoice.approved").exists()
    bill = operations.issue(invoice=bill, at=NOON, actor=admin)
    assert (bill.state, bill.is_self_approved) == ("ISSUED", True)
    assert broken() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("hand", ["editor", "earlier editor", "submitter"])
def test_whoever_had_a_hand_in_it_is_an_author(in_tenant, members, hand):
    biller, approver = members["BILLER"], members["APPROVER"]
    bill = draft(biller)
    if hand != "submitter":
        resave(bill, approver, note="changed")
    if hand == "earlier editor":
        resave(bill, biller, note="changed again")
    submitter = approver if hand == "submitter" else biller
    bill = operations.submit(invoice=bill, at=NOON, actor=submitter)
    with pytest.raises(operations.OwnWork):
        operations.approve(invoice=bill, at=NOON, actor=approver)
    let_authors_approve(in_tenant, members)
    assert operations.approve(invoice=bill, at=NOON, actor=approver).is_self_approved
    assert AuditEntry.objects.get(event="invoice.helper_approved").actor == approver
    assert broken() == set()


@pytest.mark.django_db
def test_another_persons_approval_has_no_mark(in_tenant, members):
    let_authors_approve(in_tenant, members)
    bill = operations.approve(
        invoice=in_review(members["BILLER"]), at=NOON, actor=members["APPROVER"]
    )
    assert not bill.is_self_approved
    assert AuditEntry.objects.filter(event="invoice.approved").exists()


@pytest.mark.django_db
def test_a_schedules_author_too(in_tenant, members):
    approver = members["APPROVER"]
    bill = operations.submit(invoice=make(schedule(approver))[0], at=NOON, actor=None)
    with pytest.raises(operations.OwnWork):
        operations.approve(invoice=bill, at=NOON, actor=approver)
    let_authors_approve(in_tenant, members)
    assert operations.approve(invoice=bill, at=NOON, actor=approver).is_self_approved


@pytest.mark.django_db
def test_switched_on_again_it_refuses_again(in_tenant, members):
    admin = members["ADMIN"]
    first, second = in_review(admin), in_review(admin)
    let_authors_approve(in_tenant, members)
    assert not active_tenant().needs_second_person  # what the scope remembers is not the old row
    operations.approve(invoice=first, at=NOON, actor=admin)
    let_authors_approve(in_tenant, members, is_needed=True)
    with pytest.raises(operations.OwnWork):
        operations.approve(invoice=second, at=NOON, actor=admin)
    first = operations.return_(invoice=first, reason="PRICE", at=NOON, actor=admin)
    assert (first.approved_by, first.is_self_approved) == (None, False)


@pytest.mark.django_db
def test_the_database_keeps_the_mark_true(in_tenant, members):
    admin, approver = members["ADMIN"], members["APPROVER"]
    bill = Invoice.objects.filter(pk=in_review(admin).pk)
    approved = {"state": "APPROVED", "approved_by": admin, "approved_at": NOON}
    with pytest.raises(IntegrityError, match="author_never_approves"), transaction.atomic():
        bill.update(**approved)
    with pytest.raises(IntegrityError, match="self_approved_is_approved"), transaction.atomic():
        bill.update(is_self_approved=True)
    let_authors_approve(in_tenant, members)
    operations.approve(invoice=bill.get(), at=NOON, actor=admin)
    with pytest.raises(IntegrityError, match="author_never_approves"), transaction.atomic():
        bill.update(is_self_approved=False)
    done = issued(members["BILLER"], approver)
    with pytest.raises(IntegrityError, match="is not changed"), transaction.atomic():
        Invoice.objects.filter(pk=done.pk).update(is_self_approved=True)


class Undo(Exception):
    """Takes the damage back."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mark", "rule"),
    [(True, "invoices.own_approvals_are_told"), (False, "invoices.nobody_approved_their_own")],
)
def test_a_false_mark_is_found(tenant, members, mark, rule):
    with tenant_scope(tenant.pk):
        if mark:
            issued(members["BILLER"], members["APPROVER"])
        else:
            let_authors_approve(tenant, members)
            issued(members["ADMIN"], members["ADMIN"])
        assert broken() == set()
    with as_owner(), suppress(Undo), transaction.atomic(), tenant_scope(tenant.pk):
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE invoices_invoice DISABLE TRIGGER USER;"
                "ALTER TABLE invoices_invoice DROP CONSTRAINT invoice_author_never_approves"
            )
        Invoice.objects.update(is_self_approved=mark)
        assert broken() == {rule}
        raise Undo


def test_the_page_switches_it_audited_and_for_admins_only(world, as_, tenant):
    for role in ("MANAGER", "BILLER", "APPROVER"):
        assert as_(role).post(PERSON, {"needed": "no"}).status_code == 403
    assert 'name="needed"' not in as_("MANAGER").get(SETTINGS).content.decode()
    admin = as_("ADMIN")
    admin.post(PERSON, {})  # only a plain "no" switches it off
    assert Tenant.objects.get(pk=tenant.pk).needs_second_person
    assert 'value="no"' in admin.get(SETTINGS).content.decode()
    assert admin.post(PERSON, {"needed": "no"})["Location"] == SETTINGS
    assert not Tenant.objects.get(pk=tenant.pk).needs_second_person
    assert 'value="yes"' in admin.get(SETTINGS).content.decode()
    admin.post(PERSON, {"needed": "yes"})
    changes = world(
        lambda: list(
            AuditEntry.objects.filter(event="company.changed")
            .order_by("pk")
            .values_list("changes", flat=True)
        )
    )
    assert changes == [
        {"needs_second_person": [True, False]},
        {"needs_second_person": [False, True]},
    ]
    history = admin.get(f"{SETTINGS}history/").content.decode()
    assert "A second person approves" in history


def test_pages_and_jobs_let_an_author_approve(world, as_, tenant, members):
    admin = as_("ADMIN")
    bills = world(lambda: [in_review(members["ADMIN"]) for _ in range(3)])
    page = f"{URL}{bills[0].pk}/"
    assert f"{page}approve/" not in admin.get(page).content.decode()
    world(lambda: let_authors_approve(tenant, members))
    shown = admin.get(page).content.decode()
    assert f"{page}approve/" in shown
    assert "lets you approve it yourself" in shown
    assert "lets you approve it yourself" in admin.get(f"{URL}review/").content.decode()
    admin.post(f"{page}approve/", {"version": bills[0].version})
    decision = {"decision": "approve", "version": bills[1].version}
    admin.post(f"{URL}review/{bills[1].pk}/", decision)
    admin.post(f"{URL}approve/", {"selected": [f"{bills[2].pk}:{bills[2].version}"]})

    def work():
        while work_off_one(job_id=Job.objects.get().pk, at=NOON):
            pass
        return set(Invoice.objects.values_list("state", "is_self_approved"))

    assert world(work) == {("APPROVED", True)}
    shown = admin.get(page).content.decode()
    assert shown.count("Approved by the author") == 2  # among the facts, and in the history


@pytest.mark.django_db(transaction=True)
def test_switching_on_waits_for_an_approval_under_way(tenant, members):
    """Who switches on and sees it done knows that no author approves after that."""
    admin = members["ADMIN"]
    with tenant_scope(tenant.pk):
        let_authors_approve(tenant, members)
        bill = in_review(admin)
    order: list[str] = []

    def switch_on() -> None:
        try:
            with tenant_scope(tenant.pk):
                let_authors_approve(tenant, members, is_needed=True)
            order.append("on")
        finally:
            connection.close()

    other = threading.Thread(target=switch_on)
    with tenant_scope(tenant.pk), transaction.atomic():
        operations.approve(invoice=bill, at=NOON, actor=admin)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        order.append("approved")
    other.join(5)
    assert order == ["approved", "on"]
