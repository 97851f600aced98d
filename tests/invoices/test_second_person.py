"""A company may let authors approve their own bills: marked, told, and off unless it said so."""

from __future__ import annotations

import threading
from contextlib import suppress
from decimal import Decimal

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
from invoices.operations.import_bills import ImportedBill, import_bills
from invoices.operations.send import NotApprovedHere, send
from invoices.operations.store_document import store_document
from invoices.queries.hands import with_a_hand_of
from tests.conftest import NOON
from tests.factories import ContactFactory
from tests.invoices.helpers import customer_with_terms, draft, in_review, issued
from tests.invoices.pages import URL
from tests.invoices.test_review import resave
from tests.invoices.test_schedules import make, schedule
from tests.world import DAY

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
@pytest.mark.parametrize("work", ["bill", "schedule"])
def test_a_hand_counts_where_its_customer_is_not_seen_any_more(tenant, members, work):
    """The bill moved to another customer; the act stands with the first, whom others look after."""
    approver, biller = members["APPROVER"], members["BILLER"]
    with tenant_scope(tenant.pk):
        before, after = customer_with_terms(), customer_with_terms(owner=approver)
        if work == "schedule":
            bill = make(schedule(approver, customer=before))[0]
        else:
            bill = draft(biller, customer=before)
            resave(bill, approver, note="mine")
        resave(bill, biller, customer_id=after.pk, note="moved")
        bill = operations.submit(invoice=bill, at=NOON, actor=biller)
    with tenant_scope(tenant.pk, viewer=approver.pk):
        bill = Invoice.objects.get(pk=bill.pk)
        with pytest.raises(operations.OwnWork):
            operations.approve(invoice=bill, at=NOON, actor=approver)


@pytest.mark.django_db
def test_an_author_voids_only_where_the_company_lets_them(in_tenant, members):
    biller, approver = members["BILLER"], members["APPROVER"]
    bill = issued(approver, members["ADMIN"])
    with pytest.raises(operations.OwnVoid, match="had a hand"):
        operations.void(invoice=bill, reason="x", at=NOON, actor=approver)
    bill.refresh_from_db()
    assert bill.state == "ISSUED"
    other = issued(biller, approver)
    assert operations.void(invoice=other, reason="x", at=NOON, actor=approver).state == "VOID"
    let_authors_approve(in_tenant, members)
    assert operations.void(invoice=bill, reason="x", at=NOON, actor=approver).state == "VOID"


@pytest.fixture
def _drawn(monkeypatch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("invoices.operations.store_document.pdf.render", lambda _: b"%PDF-1.7")


@pytest.mark.usefixtures("_drawn")
def test_an_imported_bill_is_sent_only_where_one_person_is_enough(world, as_, tenant, members):
    admin = as_("ADMIN")

    def take_over():
        contact = ContactFactory(email="ap@buyer.test")
        one = ImportedBill(contact.customer, "OLD-9", DAY, DAY, Decimal(99), "CNY", "Consulting")
        [bill] = import_bills(bills=[one], at=NOON, actor=members["ADMIN"])
        store_document(bill.pk, NOON)
        return bill

    bill = world(take_over)
    with pytest.raises(NotApprovedHere):
        world(lambda: send(invoice=bill, at=NOON, actor=members["ADMIN"]))
    page = f"{URL}{bill.pk}/"
    shown = admin.get(page).content.decode()
    assert str(NotApprovedHere.message) in shown
    assert f'href="{page}send/"' not in shown
    world(lambda: let_authors_approve(tenant, members))
    assert f'href="{page}send/"' in admin.get(page).content.decode()
    assert world(lambda: len(send(invoice=bill, at=NOON, actor=members["ADMIN"]))) == 1


def test_queue_and_page_offer_no_approval_to_an_earlier_editor(world, as_, members, monkeypatch):
    approver, biller = members["APPROVER"], members["BILLER"]

    def waiting():
        bill = draft(biller)
        resave(bill, approver, note="mine")
        resave(bill, biller, note="yours")
        return operations.submit(invoice=bill, at=NOON, actor=biller)

    bill, client = world(waiting), as_("APPROVER")
    assert 'value="approve"' not in client.get(f"{URL}review/").content.decode()
    page = f"{URL}{bill.pk}/"
    assert f"{page}approve/" not in client.get(page).content.decode()
    assert client.get(f"{URL}review/approve/").context["clean"] == []
    # Somebody submits it again after the page was made: the refusal is told as what it is.
    monkeypatch.setattr("invoices.views.review.with_a_hand_of", lambda *_: set())
    monkeypatch.setattr("invoices.views.review.worst", lambda _: "OK")
    seen = {"invoice": [f"{bill.pk}-{bill.version}"]}
    told = client.post(f"{URL}review/approve/", seen, follow=True).content.decode()
    assert "1 invoice is your own work" in told
    assert "changed meanwhile" not in told


@pytest.mark.django_db
def test_hands_of_many_bills_cost_as_much_as_of_one(in_tenant, members, django_assert_num_queries):
    bills = [in_review(members["BILLER"]) for _ in range(3)]
    with django_assert_num_queries(4):  # two of them set and take back what is seen
        assert with_a_hand_of(bills, members["APPROVER"]) == set()
    with django_assert_num_queries(0):
        assert len(with_a_hand_of(bills, members["BILLER"])) == 3


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
