"""
Importing bills that may already have been paid.

A bill is known again by its number. The payment of a row is a receipt with the key ``bill:NUMBER``,
so a later file may bring it later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import LATEST
from core.imports import (
    Importer,
    NothingThere,
    NotUndone,
    Parsed,
    Plan,
    Report,
    Row,
    RowError,
    Verdict,
)
from core.models import User
from core.money import ZERO
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import CustomerDraft, CustomerRefused, ensure_customers, lock_accounts
from customers.operations.values import Defaults, checked
from invoices.enums import InvoiceState
from invoices.models import Instalment, Invoice
from invoices.operations import InvoiceRefusal, take_back_bill
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.operations import AllocationRefused, PeriodClosed
from payments.calculations import OpenDebt, oldest_first
from payments.enums import ReceiptState
from payments.importers.bill_columns import COLUMNS
from payments.importers.common import (
    ClosedDays,
    WithCurrency,
    take_back,
    today_of,
)
from payments.models import Receipt
from payments.operations import ReceiptDraft, ReceiptRefused, receive_many


@dataclass(frozen=True, slots=True)
class BillRow:
    """One row of a file of bills; ``paid_amount`` is zero when nothing was paid."""

    customer_code: str
    customer_name: str
    number: str
    bill_date: date
    due_date: date
    amount: Decimal
    currency: str
    paid_on: date | None
    paid_amount: Decimal
    is_paid_by_day: bool  # no amount is said: the day means all of it
    description: str
    po_number: str
    external_key: str


@dataclass(frozen=True, slots=True)
class _Work:
    fresh: list[Parsed]
    paying: list[tuple[Parsed, Invoice]]


class BillImporter(WithCurrency, Importer):
    """Bills of another system, by number, each with what was paid on it and when."""

    kind = "bills"
    title = gettext_lazy("Invoices of another system")
    icon = "file-invoice"
    intro = gettext_lazy(
        "Invoices that were sent already, with what was paid on them. For opening balances: one "
        "row for each open invoice, with what is still owed as its amount."
    )
    warning = gettext_lazy(
        "Each invoice is posted as issued on its own date: it is owed from then on, and is not "
        "reviewed or sent. Customers who are not there are added by code and name."
    )
    undo_told = gettext_lazy(
        "Invoices and payments are mirrored in the books on their own days, unless they were sent, "
        "reminded of or settled otherwise since. Their numbers and keys are free again for the "
        "corrected file; the customers that were added stay, and your own numbers go on from where "
        "they are."
    )
    undone = (Verdict.NEW, Verdict.UPDATE)
    permission = "invoices.import"
    page, list_page = "invoices:detail", "invoices:list"
    refusals = (AllocationRefused, CustomerRefused, PeriodClosed, ReceiptRefused)
    columns = COLUMNS
    model = Invoice
    named_by = ("number", "customer_code")

    def parse(self, row: Row) -> BillRow:
        """Return the row as a record; see ``core.imports.Importer``."""
        currency = row.currency("currency", self.base_currency)
        amount = row.amount("amount", currency)
        if amount <= ZERO:
            raise row.error("amount", _("must be more than zero"))
        bill_date = row.day("bill_date")
        due_date = row.optional_day("due_date") or bill_date
        paid_on = row.optional_day("paid_on")
        paid = row.optional_amount("paid_amount", currency)
        if paid is not None and paid < ZERO:
            raise row.error("paid_amount", _("must not be negative"))
        if paid and paid_on is None:
            raise row.error("paid_on", _("is empty, though an amount was paid"))
        if paid_on is None:
            paid = ZERO
        elif paid is None:
            paid = amount
        return BillRow(
            customer_code=row.text("customer_code", limit=32, required=True),
            customer_name=row.text("customer_name", limit=200),
            number=row.text("number", limit=40, required=True),
            bill_date=bill_date,
            due_date=due_date,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
            paid_amount=paid,
            is_paid_by_day=paid_on is not None and not row.text("paid_amount", limit=60),
            description=row.text("description", limit=1000, lines=True),
            po_number=row.text("po_number", limit=60),
            external_key=row.text("external_key", limit=80),
        )

    def keys(self, record: BillRow) -> tuple[str, ...]:
        """Return the number and the external key: only one row may have them."""
        return (f"number:{record.number}", *([record.external_key] if record.external_key else ()))

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """Find new bills and the payments that are new; see ``core.imports.Importer``."""
        report, checks = Report(), _Checks(records, today_of(at))
        work = _Work([], [])
        for parsed in records:
            row, bill = parsed.row, parsed.record
            try:
                there = checks.known_bill(parsed)
            except RowError as error:
                report.errors.append(error)
                continue
            if there is None:
                report.tell(row, Verdict.NEW, note=_told(bill))
                work.fresh.append(parsed)
            elif checks.brings_payment(bill):
                paid = {
                    "paid_on": ["", str(bill.paid_on)],
                    "paid_amount": ["", f"{bill.paid_amount:f}"],
                }
                report.tell(
                    row, Verdict.UPDATE, changes=paid, subject_id=there.pk, note=_told(bill)
                )
                work.paying.append((parsed, there))
            else:
                report.tell(row, Verdict.SAME, subject_id=there.pk)
        if work.paying:
            count = len(work.paying)
            report.notes.append(_("Payments added to known bills: %(count)s.") % {"count": count})
        return Plan(report, work)

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Post the bills and the payments; see ``core.imports.Importer``."""
        work: _Work = plan.work
        bills = [parsed.record for parsed in work.fresh]
        customers = ensure_customers(
            records=[(bill.customer_code, bill.customer_name, bill.currency) for bill in bills],
            at=at,
            actor=actor,
        )
        # All at once and before any number is taken: numbers are the last lock.
        lock_accounts(
            {customer.pk for customer in customers.values()}
            | {invoice.customer_id for _parsed, invoice in work.paying}
        )
        invoices = import_bills(
            bills=[_imported(bill, customers) for bill in bills], at=at, actor=actor
        )
        paying = list(work.paying)
        for parsed, invoice in zip(work.fresh, invoices, strict=True):
            plan.report.tell(parsed.row, Verdict.NEW, subject_id=invoice.pk)
            if parsed.record.paid_amount:
                paying.append((parsed, invoice))
        _receive_payments(paying, at, actor)

    @transaction.atomic
    def undo(self, subject: Invoice, *, verdict: Verdict, at: datetime, actor: User | None) -> None:
        """
        Take back a bill and the payment that came with it; or a payment alone that came later.

        :raises NothingThere: if it is void already, or the payment reversed
        :raises NotUndone: if it was settled otherwise, sent or reminded of, or its books are closed
        """
        is_void = subject.state == InvoiceState.VOID
        payment = Receipt.objects.filter(
            external_key=_payment_key(subject.number), state=ReceiptState.POSTED
        ).first()
        if verdict == Verdict.NEW and payment and payment.created_at != subject.created_at:
            payment = None  # it came by a later import, which takes it back
        if payment is None and verdict == Verdict.UPDATE:
            raise NothingThere(_("Its payment is reversed already."))
        if payment is None and is_void:
            raise NothingThere(_("It is void already; its number stays taken."))
        reason = _("The import that brought it was taken back.")
        if payment is not None:
            take_back(payment, reason=reason, at=at, actor=actor)
        if verdict == Verdict.UPDATE or is_void:
            return
        try:
            take_back_bill(invoice=subject, reason=reason, at=at, actor=actor)
        except InvoiceRefusal as refused:
            raise NotUndone(str(refused.message)) from refused


def _told(bill: BillRow) -> str:
    """Return what is made of a day of payment without an amount."""
    if not bill.is_paid_by_day:
        return ""
    return _("Taken as paid in full on %(day)s, as no paid amount is said.") % {"day": bill.paid_on}


def _payment_key(number: str) -> str:
    return f"bill:{number}"


class _Checks:
    """What a file of bills is held against: a few queries, whatever its length."""

    def __init__(self, records: Sequence[Parsed], today: date) -> None:
        bills = [parsed.record for parsed in records]
        keys = {bill.external_key for bill in bills if bill.external_key}
        rows = Invoice.objects.filter(
            Q(number__in={bill.number for bill in bills}) | Q(external_key__in=keys)
        ).select_related("customer")
        self._known = {invoice.number: invoice for invoice in rows if invoice.number}
        self._owners = {row.external_key: row.number for row in rows if row.external_key}
        self._payments: dict[str, tuple[date, Decimal]] = {
            key: (day, amount)
            for key, day, amount in Receipt.objects.filter(
                external_key__in=[_payment_key(bill.number) for bill in bills]
            ).values_list("external_key", "received_on", "amount")
        }
        self._customers = {
            customer.code: customer
            for customer in Customer.objects.filter(code__in={bill.customer_code for bill in bills})
        }
        self._defaults = Defaults()
        self._closed, self._today = ClosedDays(), today
        self._numbers: set[str] = set()

    def known_bill(self, parsed: Parsed) -> Invoice | None:
        """
        Return the bill that is there already, None for a new one; remember the row as accepted.

        :raises RowError: at the cell that cannot be
        """
        row, bill = parsed.row, parsed.record
        if bill.number in self._numbers:
            raise row.error("number", _("comes twice in the file"))
        for column, day in (("bill_date", bill.bill_date), ("paid_on", bill.paid_on)):
            if day is not None and day > self._today:
                raise row.error(column, _("lies in the future"))
        if bill.due_date > LATEST:
            raise row.error("due_date", _("is not between 1970 and 2100"))
        if bill.external_key and self._owners.get(bill.external_key, bill.number) != bill.number:
            raise row.error("external_key", _("belongs to another invoice"))
        there = self._known.get(bill.number)
        if there is None:
            self._closed.refuse(row, "bill_date", bill.bill_date)
            self._refuse_customer(row, bill)
        else:
            _refuse_differences(row, bill, there)
        self._refuse_payment(row, bill)
        self._numbers.add(bill.number)
        if bill.external_key:
            self._owners[bill.external_key] = bill.number
        return there

    def brings_payment(self, bill: BillRow) -> bool:
        """Test if the row tells of a payment that is not there yet."""
        return bool(bill.paid_amount) and _payment_key(bill.number) not in self._payments

    def _refuse_payment(self, row: Row, bill: BillRow) -> None:
        if bill.paid_on is None or not bill.paid_amount:
            return
        if self.brings_payment(bill):
            self._closed.refuse(row, "paid_on", bill.paid_on, max(bill.paid_on, bill.bill_date))
            return
        day, amount = self._payments[_payment_key(bill.number)]
        for column, theirs, ours in (
            ("paid_on", bill.paid_on, day),
            ("paid_amount", bill.paid_amount, amount),
        ):
            if theirs != ours:
                raise row.error(
                    column, _("differs from the payment that is there (%(ours)s)") % {"ours": ours}
                )

    def _refuse_customer(self, row: Row, bill: BillRow) -> None:
        customer = self._customers.get(bill.customer_code)
        if customer is not None:
            if customer.status == CustomerStatus.ARCHIVED:
                raise row.error("customer_code", _("is an archived customer"))
            return
        draft = CustomerDraft(
            code=bill.customer_code,
            name=bill.customer_name or bill.customer_code,
            currency=bill.currency,
        )
        try:
            checked(self._defaults.filled(draft))
        except CustomerRefused as refused:
            column = {"name": "customer_name", "currency": "currency"}.get(
                refused.field, "customer_code"
            )
            raise row.error(column, str(refused.message)) from refused


def _refuse_differences(row: Row, bill: BillRow, there: Invoice) -> None:
    if there.state != InvoiceState.ISSUED:
        raise row.error("number", _("is a void invoice"))
    said = {
        "customer_code": (bill.customer_code, there.customer.code),
        "currency": (bill.currency, there.currency),
        "amount": (bill.amount, there.total_amount),
        "bill_date": (bill.bill_date, there.issue_date),
        "due_date": (bill.due_date, there.due_date),
    }
    if bill.external_key and there.external_key:
        said["external_key"] = (bill.external_key, there.external_key)
    for column, (theirs, ours) in said.items():
        if theirs != ours:
            raise row.error(
                column,
                _("differs from the invoice that has this number (%(ours)s)") % {"ours": ours},
            )


def _imported(bill: BillRow, customers: dict[str, Customer]) -> ImportedBill:
    return ImportedBill(
        customer=customers[bill.customer_code],
        number=bill.number,
        bill_date=bill.bill_date,
        due_date=bill.due_date,
        amount=bill.amount,
        currency=bill.currency,
        description=bill.description,
        po_number=bill.po_number,
        external_key=bill.external_key,
    )


def _receive_payments(
    paying: Sequence[tuple[Parsed, Invoice]], at: datetime, actor: User | None
) -> None:
    """Record the payments, each allocated to the instalments of its bill, oldest first."""
    if not paying:
        return
    debts: dict[int, list[OpenDebt]] = {invoice.pk: [] for _parsed, invoice in paying}
    rows = Instalment.objects.filter(invoice__in=debts, item__open_amount__gt=ZERO).values_list(
        "invoice_id", "item_id", "item__open_amount", "due_date"
    )
    for invoice_id, item_id, open_amount, due_date in rows:
        debts[invoice_id].append(OpenDebt(item_id, open_amount, due_date))
    drafts, allocations = [], []
    for parsed, invoice in sorted(paying, key=lambda one: (one[0].record.paid_on, one[1].number)):
        bill = parsed.record
        drafts.append(
            ReceiptDraft(
                customer_id=invoice.customer_id,
                received_on=bill.paid_on,
                currency=bill.currency,
                amount=bill.paid_amount,
                reference=invoice.number,
                external_key=_payment_key(invoice.number),
            )
        )
        allocations.append(oldest_first(bill.paid_amount, debts[invoice.pk]))
    receive_many(drafts=drafts, allocations=allocations, at=at, actor=actor, is_import=True)
