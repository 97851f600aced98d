"""The aging against a plain fold over every entry, against the control account, and to the day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.enums import JournalKind
from ledger.models import Allocation, OpenItem
from ledger.operations import reverse_items, unallocate
from reports.enums import Basis, Bucket, GroupBy
from reports.queries import Question, added_up, aging, control_balances, totals_of
from tests.dunning.helpers import credit, customer, debt, pay
from tests.factories import CustomerFactory
from tests.reports.ledger_story import BEGIN, FIRST, SPAN, Story, acts, bucket_of, folded

pytestmark = pytest.mark.usefixtures("in_tenant")

JUNE_30 = date(2026, 6, 30)


class Undone(Exception):
    """Takes an example's rows back."""


def expected(as_of, known, basis):
    """Return {(customer, currency): {bucket: sum}} and {item: (bucket, amount)} of a plain fold."""
    items = OpenItem.objects.in_bulk()
    by_customer, by_item = {}, {}
    for pk, amount in folded(as_of, known).items():
        item = items[pk]
        bucket = bucket_of(item, as_of, basis)
        sums = by_customer.setdefault(
            (item.customer_id, item.currency), dict.fromkeys(Bucket.values, Decimal(0))
        )
        sums[bucket] += amount
        by_item[pk] = (bucket, amount)
    return {key: sums for key, sums in by_customer.items() if any(sums.values())}, by_item


def check_moment(as_of, known, basis):
    customers, items = expected(as_of, known, basis)
    question = Question(as_of=as_of, known=known, basis=Basis(basis))
    rows = aging(question)
    assert {
        (row.customer_id, row.currency): {b.value: row.amount(b) for b in Bucket} for row in rows
    } == customers
    assert all(row.total == sum(row.buckets) for row in rows)
    documents = aging(Question(as_of=as_of, known=known, basis=Basis(basis), by=GroupBy.ITEM))
    assert {
        row.item_id: next((b.value, row.amount(b)) for b in Bucket if row.amount(b))
        for row in documents
    } == items
    control = control_balances(as_of=as_of, known=known)
    sums = {row.currency: row.total for row in totals_of(question)}
    assert {c: a for c, a in sums.items() if a} == control
    assert {r.currency: r.buckets for r in added_up(rows)} == {
        r.currency: r.buckets for r in totals_of(question)
    }


@settings(
    max_examples=70,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=st.lists(acts, min_size=4, max_size=25),
    day=st.integers(-5, SPAN + 100),
    hours=st.integers(0, 24 * 60),
    basis=st.sampled_from(Basis.values),
)
def test_any_ledger_at_any_moment(story, day, hours, basis):
    with pytest.raises(Undone), transaction.atomic():  # noqa: PT012 - a whole example
        people = [CustomerFactory().pk, CustomerFactory().pk]
        teller = Story(people)
        teller.play(story)
        as_of = FIRST + timedelta(days=day)
        for known in (None, BEGIN + timedelta(hours=hours), teller.at):
            check_moment(as_of, known, basis)
        for border in OpenItem.objects.values_list("due_date", flat=True)[:2]:
            check_moment(border + timedelta(days=(hours % 4) * 30), None, basis)
        raise Undone


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-1, "not_due"),
        (0, "not_due"),  # due on the day is not late
        (1, "d1_30"),
        (30, "d1_30"),
        (31, "d31_60"),
        (60, "d31_60"),
        (61, "d61_90"),
        (90, "d61_90"),
        (91, "d91_plus"),
        (4000, "d91_plus"),
    ],
)
def test_columns_by_due_date(late, bucket):
    debt(customer(), "100.00", late=late, day=JUNE_30)

    [row] = aging(Question(as_of=JUNE_30))

    assert row.amount(Bucket(bucket)) == row.total == Decimal("100.00")


@pytest.mark.parametrize(
    ("age", "bucket"),
    [(0, "d1_30"), (30, "d1_30"), (31, "d31_60"), (60, "d31_60"), (61, "d61_90"), (91, "d91_plus")],
)
def test_columns_by_bill_date(age, bucket):
    debt(customer(), "100.00", late=age - 30, day=JUNE_30)  # issued 30 days before it is due

    [row] = aging(Question(as_of=JUNE_30, basis=Basis.BILL))

    assert row.amount(Bucket(bucket)) == row.total == Decimal("100.00")


def test_a_bill_paid_in_june_stands_in_may():
    item = debt(customer(), "100.00", late=45, day=JUNE_30)  # due 16 May
    pay(item, "30.00", day=date(2026, 5, 20), at=datetime(2026, 5, 20, 3, tzinfo=UTC))
    pay(item, day=date(2026, 6, 20), at=datetime(2026, 6, 20, 3, tzinfo=UTC))

    [may] = aging(Question(as_of=date(2026, 5, 31)))
    [mid_may] = aging(Question(as_of=date(2026, 5, 19)))

    assert (may.d1_30, may.total) == (Decimal("70.00"), Decimal("70.00"))
    assert mid_may.total == Decimal("100.00")
    assert aging(Question(as_of=JUNE_30)) == []
    assert aging(Question(as_of=date(2026, 4, 15))) == []  # issued 16 April


def test_a_receipt_booked_later_was_not_known():
    """Effective 20 May, recorded 5 June: 31 May changed, what was known then did not."""
    item = debt(customer(), "100.00", late=45, day=JUNE_30)
    pay(item, day=date(2026, 5, 20), at=datetime(2026, 6, 5, 3, tzinfo=UTC))
    may = date(2026, 5, 31)

    assert aging(Question(as_of=may)) == []
    [then] = aging(Question(as_of=may, known=datetime(2026, 6, 5, 2, 59, 59, tzinfo=UTC)))
    assert then.total == Decimal("100.00")
    assert aging(Question(as_of=may, known=datetime(2026, 6, 5, 3, tzinfo=UTC))) == []
    assert control_balances(as_of=may, known=datetime(2026, 6, 1, tzinfo=UTC)) == {
        "CNY": Decimal("100.00")
    }


def test_unapplied_credit_stands_alone_and_is_never_netted_out_of_sight():
    buyer = customer()
    debt(buyer, "100.00", late=10, day=JUNE_30)
    credit(buyer, "100.00", day=JUNE_30)

    [row] = aging(Question(as_of=JUNE_30))

    assert (row.d1_30, row.unapplied, row.total) == (Decimal(100), Decimal(-100), Decimal(0))


def test_a_voided_bill_goes_when_the_voiding_takes_effect():
    item = debt(customer(), "100.00", late=10, day=JUNE_30)
    reverse_items(
        items=[item],
        journal_kind=JournalKind.INVOICE_VOID,
        effective_date=JUNE_30,
        at=datetime(2026, 6, 30, 3, tzinfo=UTC),
        reason="wrong",
    )

    assert len(aging(Question(as_of=date(2026, 6, 29)))) == 1
    assert aging(Question(as_of=JUNE_30)) == []


def test_an_undone_allocation_is_open_again_from_its_own_day():
    item = debt(customer(), "100.00", late=60, day=JUNE_30)
    pay(item, day=date(2026, 5, 20), at=datetime(2026, 5, 20, 3, tzinfo=UTC))
    unallocate(
        allocation=Allocation.objects.get(),
        effective_date=date(2026, 6, 10),
        at=datetime(2026, 6, 10, 3, tzinfo=UTC),
    )

    assert aging(Question(as_of=date(2026, 6, 9))) == []
    [row] = aging(Question(as_of=date(2026, 6, 10)))
    assert (row.d31_60, row.unapplied) == (Decimal("100.00"), Decimal("-100.00"))


def test_currencies_are_rows_of_their_own():
    buyer = customer(code="A-1")
    debt(buyer, "100.00", late=10, day=JUNE_30)
    debt(buyer, "5000", late=10, day=JUNE_30, currency="JPY", rate=None)

    rows = aging(Question(as_of=JUNE_30))

    assert [(row.currency, row.total) for row in rows] == [
        ("CNY", Decimal(100)),
        ("JPY", Decimal(5000)),
    ]
    assert [r.currency for r in aging(Question(as_of=JUNE_30, currency="JPY"))] == ["JPY"]


def test_rows_come_by_code_then_due_date_then_number():
    second, first = customer(code="b"), customer(code="B")
    debt(second, late=5, day=JUNE_30, label="INV-3")
    debt(first, late=5, day=JUNE_30, label="INV-2")
    debt(first, late=5, day=JUNE_30, label="INV-1")
    debt(first, late=9, day=JUNE_30, label="INV-9")

    rows = aging(Question(as_of=JUNE_30, by=GroupBy.ITEM))

    assert [row.number for row in rows] == ["INV-9", "INV-1", "INV-2", "INV-3"]
    assert [r.number for r in aging(Question(as_of=JUNE_30, by=GroupBy.ITEM), first=2, last=3)] == [
        "INV-1",
        "INV-2",
    ]
    assert [row.customer_code for row in aging(Question(as_of=JUNE_30))] == ["B", "b"]


@pytest.mark.parametrize("by", GroupBy)
def test_the_number_of_statements_does_not_grow(by):
    debt(customer(), late=5, day=JUNE_30)
    with CaptureQueriesContext(connection) as one:
        aging(Question(as_of=JUNE_30, by=by))
    for _ in range(20):
        debt(customer(), late=5, day=JUNE_30)
    with CaptureQueriesContext(connection) as many:
        aging(Question(as_of=JUNE_30, by=by))

    assert len(one) == len(many) == 2


def test_another_company_is_not_in_it(other_tenant):
    debt(customer(), late=5, day=JUNE_30)

    assert len(aging(Question(as_of=JUNE_30))) == 1
    with connection.cursor() as cursor:  # the second wall, without the first
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(other_tenant.pk)])
    assert aging(Question(as_of=JUNE_30)) == []
