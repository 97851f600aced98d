"""Issuing: numbers, dates, parties, what is owed; and every way it is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.books import invariants
from core.models import AuditEntry, ExchangeRate, NumberFormat, NumberSeries, Tenant, User
from core.tenancy import tenant_scope
from customers.enums import CustomerStatus
from invoices import operations
from invoices.enums import InvoiceState
from invoices.models import Instalment, Invoice, InvoiceLine
from invoices.operations.import_bills import ImportedBill, import_bills
from invoices.queries.checks import findings_of
from ledger.models import Journal, JournalLine, OpenItem
from ledger.operations import close_period
from tests.conftest import NOON
from tests.factories import CustomerFactory, PaymentTermPartFactory, TaxCodeFactory
from tests.invoices.helpers import approved, customer_with_terms, draft, in_review, issued, line

D = Decimal
DAY = date(2026, 3, 2)


@pytest.fixture
def biller(members: dict[str, User]) -> User:
    return members["BILLER"]


@pytest.fixture
def approver(members: dict[str, User]) -> User:
    return members["APPROVER"]


def test_issue_numbers_freezes_posts_and_audits(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver)

    bill.refresh_from_db()
    assert (bill.state, bill.number) == (InvoiceState.ISSUED, "INV-2026-00001")
    assert (bill.issue_date, bill.due_date) == (date(2026, 3, 2), date(2026, 4, 1))
    assert (bill.issued_by, bill.issued_at, bill.exchange_rate) == (biller, NOON, D(1))
    assert bill.parties["seller"]["name"] == "Acme"
    assert bill.parties["buyer"]["name"] == bill.customer.name
    instalment = Instalment.objects.get()
    item = instalment.item
    assert (instalment.amount, item.amount, item.open_amount) == (D("113.00"),) * 3
    assert (item.label, item.due_date) == (bill.number, date(2026, 4, 1))
    assert sorted(JournalLine.objects.values_list("account", "amount", "base_amount")) == [
        ("RECEIVABLE", D("113.00"), D("113.00")),
        ("REVENUE", D("-100.00"), D("-100.00")),
        ("TAX", D("-13.00"), D("-13.00")),
    ]
    assert list(AuditEntry.objects.order_by("pk").values_list("event", flat=True)) == [
        "invoice.created",
        "invoice.submitted",
        "invoice.approved",
        "invoice.issued",
    ]


def test_issue_wakes_one_rendering_per_bill(
    in_tenant: Tenant, biller, approver, django_capture_on_commit_callbacks
):
    bill = approved(biller, approver)
    with django_capture_on_commit_callbacks() as callbacks:
        operations.issue(invoice=bill, at=NOON, actor=biller)
    assert len(callbacks) == 1


def test_issue_date_is_the_tenants_day(in_tenant: Tenant, biller, approver):
    # 17:00 UTC is the next day in Shanghai.
    late = datetime(2026, 12, 31, 17, tzinfo=UTC)
    bill = issued(biller, approver, issue_at=late)
    assert (bill.issue_date, bill.number) == (date(2027, 1, 1), "INV-2027-00001")


def test_instalments_follow_the_terms(in_tenant: Tenant, biller, approver):
    part = PaymentTermPartFactory(weight=1, days=0)
    for position, days in ((2, 30), (3, 60)):
        PaymentTermPartFactory(term=part.term, position=position, weight=1, days=days)
    bill = issued(
        biller, approver, customer=CustomerFactory(terms=part.term), lines=[line("88.50")]
    )

    assert bill.total_amount == D("100.01")
    rows = Instalment.objects.order_by("position").values_list("due_date", "amount", "item__label")
    assert list(rows) == [
        (date(2026, 3, 2), D("33.34"), "INV-2026-00001/1"),
        (date(2026, 4, 1), D("33.34"), "INV-2026-00001/2"),
        (date(2026, 5, 1), D("33.33"), "INV-2026-00001/3"),
    ]
    assert bill.due_date == date(2026, 5, 1)
    assert Journal.objects.count() == 1


def test_bill_of_nothing_is_issued_and_nothing_is_owed(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver, lines=[line("0")])

    assert (bill.state, bill.due_date) == (InvoiceState.ISSUED, date(2026, 4, 1))
    assert not OpenItem.objects.exists()
    assert not Journal.objects.exists()


@pytest.mark.parametrize(("rate", "base"), [(D("7.2"), D("813.60")), (None, None)])
def test_foreign_currency_takes_the_rate_of_the_day(in_tenant, biller, approver, rate, base):
    if rate:
        ExchangeRate.objects.create(currency="USD", day=date(2026, 3, 1), rate=rate)
        ExchangeRate.objects.create(currency="USD", day=date(2026, 3, 3), rate=D(9))
    bill = issued(biller, approver, customer=customer_with_terms(currency="USD"))

    assert bill.exchange_rate == rate
    item = OpenItem.objects.get()
    assert (item.open_amount, item.base_open) == (D("113.00"), base)


def test_issue_refuses_every_other_state(in_tenant: Tenant, biller, approver):
    bills = [
        draft(biller),
        in_review(biller),
        operations.return_(invoice=in_review(biller), reason="PRICE", at=NOON, actor=approver),
        issued(biller, approver),
        operations.void(invoice=issued(biller, approver), reason="Wrong", at=NOON, actor=approver),
    ]
    for bill in bills:
        with pytest.raises(operations.WrongState):
            operations.issue(invoice=bill, at=NOON, actor=biller)
    assert Invoice.objects.exclude(number="").count() == 2


def test_archived_customer_is_not_billed(in_tenant: Tenant, biller, approver):
    bill = approved(biller, approver)
    bill.customer.status = CustomerStatus.ARCHIVED
    bill.customer.save()
    with pytest.raises(operations.CustomerArchived):
        operations.issue(invoice=bill, at=NOON, actor=biller)


def test_closed_period_takes_no_bill_and_the_next_day_does(in_tenant: Tenant, biller, approver):
    bill = approved(biller, approver)
    close_period(last_day=date(2026, 3, 2), at=NOON, actor=None)
    with pytest.raises(operations.PeriodIsClosed):
        operations.issue(invoice=bill, at=NOON, actor=biller)
    assert operations.issue(invoice=bill, at=NOON + timedelta(days=1), actor=biller).number


def test_issuing_goes_on_behind_imported_numbers(in_tenant: Tenant, biller, approver):
    first = issued(biller, approver)
    bill = ImportedBill(first.customer, "INV-2026-00007", DAY, DAY, D(5), "CNY")
    import_bills(bills=[bill], at=NOON, actor=None)
    assert issued(biller, approver).number == "INV-2026-00008"
    [gaps] = [one for one in invariants() if one.name == "invoices.numbers_have_no_gap"]
    assert gaps.count_broken() == 0
    NumberSeries.objects.update(next_number=10)
    assert gaps.count_broken() == 1


def test_a_taken_number_is_refused_by_its_name(in_tenant: Tenant, biller, approver):
    first = issued(biller, approver)
    import_bills(
        bills=[ImportedBill(first.customer, "HN2026/2", DAY, DAY, D(5), "CNY")],
        at=NOON,
        actor=None,
    )
    NumberFormat.objects.create(kind="invoice", pattern="HN{year}/{number}")
    bill = approved(biller, approver)
    with pytest.raises(operations.NumberTaken):
        operations.issue(invoice=bill, at=NOON, actor=biller)
    assert NumberSeries.objects.get().next_number == 2


def test_a_bill_of_nothing_but_tax_is_refused(in_tenant: Tenant, biller, approver):
    low = TaxCodeFactory(name="6 %", rate=D("0.06"))
    lines = [line("106.00"), line("-113.00", tax_code_id=low.pk)]
    bill = draft(biller, lines=lines)
    assert (bill.total_amount, bill.tax_amount) == (0, D("7.00"))
    with pytest.raises(operations.ChecksFailed):
        operations.submit(invoice=bill, at=NOON, actor=biller)
    lines = [line("-106.00"), line("113.00", tax_code_id=low.pk)]
    bill = draft(biller, lines=lines)
    assert (bill.total_amount, bill.tax_amount) == (0, D("-7.00"))
    found = [f for f in findings_of(bill, day=DAY) if f.rule == "amount"]
    assert [f.level for f in found] == ["BLOCK"]
    with pytest.raises(operations.ChecksFailed):
        operations.submit(invoice=bill, at=NOON, actor=biller)


def test_number_never_runs_against_the_dates(in_tenant: Tenant, biller, approver):
    issued(biller, approver)
    bill = approved(biller, approver)
    with pytest.raises(operations.EarlierThanLastNumber):
        operations.issue(invoice=bill, at=NOON - timedelta(days=1), actor=biller)
    assert operations.issue(invoice=bill, at=NOON, actor=biller).number == "INV-2026-00002"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bill: bill.lines.all().delete(),
        lambda bill: bill.lines.update(net_amount=D("99.00")),
        lambda bill: bill.taxes.update(tax_amount=D("12.99")),
        lambda bill: bill.lines.update(description=""),
    ],
)
def test_a_bill_that_does_not_add_up_is_not_issued(in_tenant, biller, approver, spoil):
    bill = approved(biller, approver)
    spoil(bill)
    with pytest.raises(operations.ChecksFailed):
        operations.issue(invoice=bill, at=NOON, actor=biller)
    bill.refresh_from_db()
    assert (bill.state, bill.number) == (InvoiceState.APPROVED, "")


def test_issue_many_issues_what_it_can_and_names_the_rest(in_tenant: Tenant, biller, approver):
    good = [approved(biller, approver) for _ in range(3)]
    bad = draft(biller)
    result = operations.issue_many(
        invoice_ids=[good[2].pk, bad.pk, good[0].pk, good[1].pk, good[0].pk, 10**9],
        at=NOON,
        actor=biller,
    )

    assert [bill.pk for bill in result.invoices] == [good[2].pk, good[0].pk, good[1].pk]
    assert [bill.number[-1] for bill in result.invoices] == ["1", "2", "3"]
    assert set(result.refused) == {bad.pk, 10**9}
    assert OpenItem.objects.count() == Journal.objects.count() == 3


def test_issue_many_takes_as_many_statements_for_six_as_for_two(in_tenant, biller, approver):
    issued(biller, approver)  # the series exists
    counts = []
    for number in (2, 6):
        ids = [approved(biller, approver).pk for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            operations.issue_many(invoice_ids=ids, at=NOON, actor=biller)
        counts.append(len(captured))
    assert counts[0] == counts[1] < 45


def test_refused_posting_gives_the_numbers_back(in_tenant: Tenant, biller, approver):
    bill = approved(biller, approver)
    mark = transaction.savepoint()
    operations.issue(invoice=bill, at=NOON, actor=biller)
    transaction.savepoint_rollback(mark)
    assert operations.issue(invoice=bill, at=NOON, actor=biller).number == "INV-2026-00001"


@pytest.mark.parametrize(
    "change",
    [
        {
            "total_amount": D("1.00"),
            "net_amount": D("1.00"),
            "lines_amount": D("1.00"),
            "tax_amount": D(0),
        },
        {"note": "changed"},
        {"number": "INV-2026-99999"},
        {"due_date": date(2030, 1, 1)},
        {"state": "DRAFT"},
    ],
)
def test_database_refuses_to_change_an_issued_bill(in_tenant, biller, approver, change):
    bill = issued(biller, approver)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=bill.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.filter(invoice=bill).update(description="Something else")


def test_void_takes_the_debt_back_and_keeps_the_number(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver)
    bill = operations.void(invoice=bill, reason=" Wrong customer ", at=NOON, actor=approver)

    assert (bill.state, bill.number) == (InvoiceState.VOID, "INV-2026-00001")
    assert bill.void_reason == "Wrong customer"
    item = OpenItem.objects.get()
    assert (item.open_amount, item.closed_on) == (D(0), date(2026, 3, 2))
    assert sum(JournalLine.objects.values_list("amount", flat=True)) == 0
    with pytest.raises(operations.WrongState):
        operations.void(invoice=bill, reason="Again", at=NOON, actor=approver)


def test_void_needs_a_reason(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver)
    with pytest.raises(operations.ReasonMissing):
        operations.void(invoice=bill, reason="  ", at=NOON, actor=approver)


def test_void_of_nothing_owed(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver, lines=[line("0")])
    assert operations.void(invoice=bill, reason="x", at=NOON, actor=approver).state == "VOID"


def test_void_is_refused_once_something_is_paid(in_tenant: Tenant, biller, approver):
    from ledger.enums import Account, ItemKind, JournalKind  # noqa: PLC0415
    from ledger.operations import DocumentDraft, ItemDraft, allocate, post  # noqa: PLC0415

    bill = issued(biller, approver)
    receipt = post(
        DocumentDraft(
            customer_id=bill.customer_id,
            journal_kind=JournalKind.RECEIPT,
            reference="RC-1",
            currency="CNY",
            rate=D(1),
            effective_date=date(2026, 3, 2),
            items=[
                ItemDraft(ItemKind.RECEIPT, "RC-1", D("-1.00"), date(2026, 3, 2), date(2026, 3, 2))
            ],
            lines=[(Account.BANK, D("1.00"))],
        ),
        at=NOON,
    )[0]
    allocate(
        credit_item=receipt,
        debit_item=OpenItem.objects.get(label=bill.number),
        amount=D("1.00"),
        effective_date=date(2026, 3, 2),
        at=NOON,
    )
    with pytest.raises(operations.PartlySettled):
        operations.void(invoice=bill, reason="x", at=NOON, actor=approver)
    bill.refresh_from_db()
    assert bill.state == InvoiceState.ISSUED


def test_void_in_a_closed_period_is_refused(in_tenant: Tenant, biller, approver):
    bill = issued(biller, approver)
    close_period(last_day=date(2026, 3, 2), at=NOON, actor=None)
    with pytest.raises(operations.PeriodIsClosed):
        operations.void(invoice=bill, reason="x", at=NOON, actor=approver)


def test_another_tenants_bill_is_not_there(tenant, other_tenant, biller, approver):
    with tenant_scope(tenant.pk):
        bill = approved(biller, approver)
    with tenant_scope(other_tenant.pk):
        result = operations.issue_many(invoice_ids=[bill.pk], at=NOON, actor=None)
    assert set(result.refused) == {bill.pk}
    with tenant_scope(tenant.pk):
        bill.refresh_from_db()
    assert bill.state == InvoiceState.APPROVED
