"""Random ledgers with two clocks, and what a plain fold over their entries says of any moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ledger import operations
from ledger.enums import Account, ItemKind, JournalKind
from ledger.models import Allocation, Entry, OpenItem
from ledger.operations import AllocationRefused, AlreadyUndone, ItemSettled

FIRST = date(2026, 1, 1)
SPAN = 150  # days after FIRST on which things take effect
BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Act:
    """One event; ``day`` counts from FIRST, ``wait`` is hours of recording after the last."""

    kind: str
    customer: int
    currency: str
    units: int
    day: int
    due_in: int
    wait: int
    pick: int


acts = st.builds(
    Act,
    kind=st.sampled_from(["bill", "bill", "receipt", "allocate", "allocate", "undo", "void"]),
    customer=st.integers(0, 1),
    currency=st.sampled_from(["CNY", "CNY", "JPY"]),
    units=st.integers(1, 30),
    day=st.integers(0, SPAN),
    due_in=st.sampled_from([0, 0, 1, 30, 60, 90, 7]),
    wait=st.sampled_from([0, 1, 24, 24 * 20]),
    pick=st.integers(0, 10),
)


class Story:
    """Carries out acts; refuses nothing that the ledger takes, and skips what it refuses."""

    def __init__(self, customers: list[int]) -> None:
        self.customers = customers
        self.at = BEGIN
        self.started: dict[int, date] = {}  # item -> the day of its first entry

    def play(self, story: list[Act]) -> None:
        for act in story:
            self.at += timedelta(hours=act.wait)
            getattr(self, act.kind)(act, FIRST + timedelta(days=act.day))

    def bill(self, act: Act, day: date) -> None:
        self._post(act, day, ItemKind.INSTALMENT, JournalKind.INVOICE, Account.REVENUE, 1)

    def receipt(self, act: Act, day: date) -> None:
        self._post(act, day, ItemKind.RECEIPT, JournalKind.RECEIPT, Account.BANK, -1)

    def _post(self, act, day, kind, journal, account, sign) -> None:
        amount = sign * Decimal(act.units)
        due = day + timedelta(days=act.due_in if sign > 0 else 0)
        [item] = operations.post(
            operations.DocumentDraft(
                customer_id=self.customers[act.customer],
                journal_kind=journal,
                reference="X",
                currency=act.currency,
                rate=None,
                effective_date=day,
                items=[operations.ItemDraft(kind, f"{kind[:3]}{act.pick}", amount, day, due)],
                lines=[(account, -amount)],
            ),
            at=self.at,
        )
        self.started[item.pk] = day

    def allocate(self, act: Act, day: date) -> None:
        same = OpenItem.objects.open().filter(
            customer_id=self.customers[act.customer], currency=act.currency
        )
        debts, credits_ = list(same.debts().order_by("pk")), list(same.credits().order_by("pk"))
        if not debts or not credits_:
            return
        debit, credit = debts[act.pick % len(debts)], credits_[act.pick % len(credits_)]
        amount = min(Decimal(act.units), debit.open_amount, -credit.open_amount)
        try:
            operations.allocate(
                credit_item=credit,
                debit_item=debit,
                amount=amount,
                # Nothing happens to an item before it is there.
                effective_date=max(day, self.started[debit.pk], self.started[credit.pk]),
                at=self.at,
            )
        except AllocationRefused:
            return

    def undo(self, act: Act, day: date) -> None:
        done = list(Allocation.objects.filter(undoes=None).order_by("pk"))
        if not done:
            return
        allocation = done[act.pick % len(done)]
        try:
            operations.unallocate(
                allocation=allocation,
                effective_date=max(day, allocation.effective_date),
                at=self.at,
            )
        except AlreadyUndone:
            return

    def void(self, act: Act, day: date) -> None:
        items = list(OpenItem.objects.open().debts().order_by("pk"))
        if not items:
            return
        item = items[act.pick % len(items)]
        try:
            operations.reverse_items(
                items=[item],
                journal_kind=JournalKind.INVOICE_VOID,
                effective_date=max(day, self.started[item.pk]),
                at=self.at,
                reason="test",
            )
        except ItemSettled:
            return


def folded(as_of: date, known: datetime | None) -> dict[int, Decimal]:
    """Return each item's standing: every entry, one by one."""
    standing: dict[int, Decimal] = defaultdict(Decimal)
    for entry in Entry.objects.order_by("pk"):
        if entry.effective_date <= as_of and (known is None or entry.recorded_at <= known):
            standing[entry.item_id] += entry.amount
    return {item: amount for item, amount in standing.items() if amount}


def bucket_of(item: OpenItem, as_of: date, basis: str) -> str:
    """Return the column, from the words of the definition."""
    if item.amount < 0:
        return "unapplied"
    if basis == "due":
        age = (as_of - item.due_date).days
        if age <= 0:
            return "not_due"
    else:
        age = (as_of - item.issue_date).days
        if age < 0:
            return "not_due"
    if age <= 30:
        return "d1_30"
    if age <= 60:
        return "d31_60"
    return "d61_90" if age <= 90 else "d91_plus"
