"""A machine that posts, allocates, undoes, reverses and closes at random, beside a plain model.

The model is a dictionary of items with lists of signed entries; the books are the real operations
on a real PostgreSQL. After every step both must agree: what is open, what was open on any day as it
was known at any moment, the control account, the base currency. Every example is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q, Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.tenancy import tenant_scope
from customers.models import Customer
from ledger import operations
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import Allocation, Entry, JournalLine, OpenItem
from tests.conftest import make_tenant
from tests.factories import CustomerFactory

START = date(2026, 1, 1)
RATES = {"CNY": Decimal(1), "EUR": Decimal("7.83")}
RECEIPT_RATES = {"CNY": Decimal(1), "EUR": Decimal("7.91")}


@dataclass
class ModelItem:
    """What the plain model knows of an open item."""

    customer: int
    currency: str
    amount: Decimal
    entries: list[tuple[date, datetime, Decimal]] = field(default_factory=list)
    reversed: bool = False

    def open_amount(self, day: date | None = None, known: datetime | None = None) -> Decimal:
        return sum(
            (
                amount
                for effective, recorded, amount in self.entries
                if (day is None or effective <= day) and (known is None or recorded <= known)
            ),
            Decimal(0),
        )


@dataclass
class ModelAllocation:
    credit: int
    debit: int
    amount: Decimal
    day: date
    undone: bool = False


cents = st.sampled_from(["0.01", "33.33", "50.00", "100.00", "99.99"]).map(Decimal)
customers = st.integers(0, 1)
currencies = st.sampled_from(["CNY", "CNY", "EUR"])
picks = st.integers(0, 10_000)


class LedgerMachine(RuleBasedStateMachine):
    """Random work on a ledger of two customers and two currencies."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes = outer_rollback()
        self.scopes.__enter__()
        tenant = make_tenant(f"machine-{id(self)}")
        self.scope = tenant_scope(tenant.pk)
        self.scope.__enter__()
        self.customers: list[Customer] = CustomerFactory.create_batch(2)
        self.items: dict[int, ModelItem] = {}
        self.allocations: dict[int, ModelAllocation] = {}
        self.day, self.clock = START + timedelta(days=40), datetime(2026, 2, 10, tzinfo=UTC)
        self.closed_to: date | None = None
        self.said: dict[tuple[date, datetime], tuple[Decimal, Decimal]] = {}

    def teardown(self) -> None:
        self.scope.__exit__(None, None, None)
        self.scopes.__exit__(None, None, None)

    # -- what happens -------------------------------------------------------------------------

    @initialize()
    def begin_with_one_bill_and_one_receipt(self) -> None:
        self.post(0, "CNY", Decimal("100.00"), 0)
        self.post(0, "CNY", Decimal("-50.00"), 0)
        self.post(0, "EUR", Decimal("33.33"), 0)
        self.post(0, "EUR", Decimal("-99.99"), 0)

    @rule(customer=customers, currency=currencies, amount=cents, back=st.integers(0, 30))
    def bill(self, customer: int, currency: str, amount: Decimal, back: int) -> None:
        self.post(customer, currency, amount, back)

    @rule(customer=customers, currency=currencies, amount=cents, back=st.integers(0, 30))
    def receive(self, customer: int, currency: str, amount: Decimal, back: int) -> None:
        self.post(customer, currency, -amount, back)

    def post(self, customer: int, currency: str, amount: Decimal, back: int) -> None:
        day, at = self.day - timedelta(days=back), self.tick()
        is_bill = amount > 0
        rate = (RATES if is_bill else RECEIPT_RATES)[currency]
        document = operations.DocumentDraft(
            customer_id=self.customers[customer].pk,
            journal_kind=JournalKind.INVOICE if is_bill else JournalKind.RECEIPT,
            reference="M",
            currency=currency,
            rate=rate,
            effective_date=day,
            items=[
                operations.ItemDraft(
                    ItemKind.INSTALMENT if is_bill else ItemKind.RECEIPT, "M", amount, day, day
                )
            ],
            lines=[(Account.REVENUE if is_bill else Account.BANK, -amount)],
        )
        try:
            [item] = operations.post(document, at=at)
        except operations.PeriodClosed:
            assert self.is_closed(day), "an open day was refused"
            return
        assert not self.is_closed(day), "a closed day took a posting"
        self.items[item.pk] = ModelItem(customer, currency, amount, [(day, at, amount)])

    @rule(
        credit=picks,
        debit=picks,
        how=st.sampled_from(["all", "all", "cent", "third", "one too much", "all of it"]),
        back=st.integers(0, 20),
    )
    def allocate(self, credit: int, debit: int, how: str, back: int) -> None:
        credit_id, debit_id = self.pick(credit, -1), self.pick(debit, 1)
        if credit_id is None or debit_id is None:
            return
        source, target = self.items[credit_id], self.items[debit_id]
        left, owed = -source.open_amount(), target.open_amount()
        amount = {
            "all": min(left, owed),
            "all of it": max(left, owed),
            "cent": Decimal("0.01"),
            "third": (min(left, owed) / 3).quantize(Decimal("0.01")),
            "one too much": min(left, owed) + Decimal("0.01"),
        }[how]
        day, at = self.day - timedelta(days=back), self.tick()
        fits = 0 < amount <= min(left, owed)
        same = (source.customer, source.currency) == (target.customer, target.currency)
        try:
            done = operations.allocate(
                credit_item=OpenItem(pk=credit_id),
                debit_item=OpenItem(pk=debit_id),
                amount=amount,
                effective_date=day,
                at=at,
            )
        except operations.AllocationRefused:
            assert not (fits and same), "a good allocation was refused"
            return
        except operations.PeriodClosed:
            assert self.is_closed(day), "an open day was refused"
            return
        assert fits, "more was allocated than was left"
        assert same, "customers or currencies were mixed"
        assert not self.is_closed(day), "a closed day took an allocation"
        source.entries.append((day, at, amount))
        target.entries.append((day, at, -amount))
        self.allocations[done.pk] = ModelAllocation(credit_id, debit_id, amount, day)

    @precondition(lambda self: self.allocations)
    @rule(which=picks)
    def undo(self, which: int) -> None:
        pk = sorted(self.allocations)[which % len(self.allocations)]
        model, at = self.allocations[pk], self.tick()
        try:
            operations.unallocate(
                allocation=Allocation.objects.get(pk=pk), effective_date=self.day, at=at
            )
        except operations.AlreadyUndone:
            assert model.undone, "a live allocation was called undone"
            return
        except operations.PeriodClosed:
            assert self.is_closed(self.day), "an open day was refused"
            return
        assert not model.undone, "an allocation was undone twice"
        model.undone = True
        self.items[model.credit].entries.append((self.day, at, -model.amount))
        self.items[model.debit].entries.append((self.day, at, model.amount))

    @precondition(lambda self: self.items)
    @rule(which=picks)
    def reverse(self, which: int) -> None:
        pk = sorted(self.items)[which % len(self.items)]
        model, at = self.items[pk], self.tick()
        untouched = model.open_amount() == model.amount
        try:
            operations.reverse_items(
                items=[OpenItem(pk=pk)],
                journal_kind=JournalKind.INVOICE_VOID,
                effective_date=self.day,
                at=at,
                reason="machine",
            )
        except operations.ItemSettled:
            assert not untouched, "an untouched item could not be reversed"
            return
        except operations.PeriodClosed:
            assert self.is_closed(self.day), "an open day was refused"
            return
        assert untouched, "a settled item was reversed"
        model.reversed = True
        model.entries.append((self.day, at, -model.amount))

    @rule(days=st.integers(1, 9))
    def sleep(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.clock += timedelta(days=days)

    @rule(back=st.integers(5, 30))
    def close(self, back: int) -> None:
        last_day = self.day - timedelta(days=back)
        try:
            operations.close_period(last_day=last_day, at=self.tick(), actor=None)
        except operations.PeriodOverlaps:
            assert self.is_closed(last_day), "an open period could not be closed"
            return
        self.closed_to = last_day

    @rule(back=st.integers(0, 30))
    def ask_and_remember(self, back: int) -> None:
        """Write down an answer about the past; it must be the same for ever."""
        day = self.day - timedelta(days=back)
        self.said[day, self.clock] = self.owed_in_books(day, self.clock)
        self.tick()

    # -- what must hold -----------------------------------------------------------------------

    @invariant()
    def books_say_what_the_model_says(self) -> None:
        for item in OpenItem.objects.order_by("pk"):
            model = self.items[item.pk]
            assert item.open_amount == model.open_amount(), "open amounts differ"
            days = [entry[0] for entry in model.entries]
            closed_on = max(days) if item.open_amount == 0 else None
            assert item.closed_on == closed_on, "the day it was closed differs"
            if item.open_amount == 0:
                assert item.base_open == 0, "a rest of base currency is left"
        just_before = self.clock - timedelta(seconds=1)
        for back, known in ((0, None), (0, just_before), (1, None), (7, None), (20, None)):
            day = self.day - timedelta(days=back)
            assert self.owed_in_books(day, known) == self.owed_in_model(day, known), (
                "the past differs"
            )

    @invariant()
    def control_account_agrees(self) -> None:
        lines = JournalLine.objects.filter(account=Account.RECEIVABLE)
        for currency in RATES:
            control = lines.filter(currency=currency).aggregate(
                amount=Sum("amount", default=Decimal(0)),
                base=Sum("base_amount", default=Decimal(0)),
            )
            items = OpenItem.objects.filter(currency=currency).aggregate(
                amount=Sum("open_amount", default=Decimal(0)),
                base=Sum("base_open", default=Decimal(0)),
            )
            assert control == items, "the control account differs"

    @invariant()
    def what_was_said_stays_said(self) -> None:
        for (day, known), answer in self.said.items():
            assert self.owed_in_books(day, known) == answer, "an answer about the past changed"

    # -- help ---------------------------------------------------------------------------------

    def owed_in_books(self, day: date, known: datetime | None = None) -> tuple[Decimal, Decimal]:
        """Return debts and credits: an allocation moves between them and leaves their sum."""
        entries = Entry.objects.filter(effective_date__lte=day)
        if known is not None:
            entries = entries.filter(recorded_at__lte=known)
        sums = entries.aggregate(
            debts=Sum("amount", filter=Q(item__amount__gt=0), default=Decimal(0)),
            credits=Sum("amount", filter=Q(item__amount__lt=0), default=Decimal(0)),
        )
        return sums["debts"], sums["credits"]

    def owed_in_model(self, day: date, known: datetime | None) -> tuple[Decimal, Decimal]:
        """Return the same from the model."""
        debts, unused = Decimal(0), Decimal(0)
        for model in self.items.values():
            if model.amount > 0:
                debts += model.open_amount(day, known)
            else:
                unused += model.open_amount(day, known)
        return debts, unused

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def is_closed(self, day: date) -> bool:
        return self.closed_to is not None and day <= self.closed_to

    def pick(self, number: int, sign: int) -> int | None:
        """Return an item of the sign, an open one nine times in ten."""
        fitting = [pk for pk, model in sorted(self.items.items()) if model.amount * sign > 0]
        live = [pk for pk in fitting if self.items[pk].open_amount() != 0]
        pool = live if live and number % 10 else fitting
        return pool[number // 10 % len(pool)] if pool else None


@contextmanager
def outer_rollback() -> Iterator[None]:
    """Run the block in a transaction, or savepoint, that is always rolled back."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def as_table_owner() -> Iterator[None]:
    """Act as the owner of the tables inside the test's transaction, to plant a bug."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            yield
        finally:
            cursor.execute("SET ROLE duebook_app")
