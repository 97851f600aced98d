"""
Importing receipts.

A receipt is known again by its external key or, without one, by what it says: customer, day,
amount, currency, reference, and its place among equal rows of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.imports import (
    Column,
    Holds,
    Importer,
    NothingThere,
    Parsed,
    Plan,
    Report,
    Row,
    RowError,
    Verdict,
    free_fingerprint,
    keys_among_twins,
    shared_keys,
)
from core.models import User
from core.money import ZERO
from customers.enums import PaymentMethod
from customers.import_columns import METHODS
from customers.models import Customer
from invoices.models import Instalment, Invoice
from ledger.operations import AllocationRefused, PeriodClosed
from payments.calculations import OpenDebt, oldest_first
from payments.enums import ReceiptState
from payments.importers.common import (
    AMOUNT,
    CURRENCY,
    CUSTOMER_CODE,
    ClosedDays,
    WithCurrency,
    take_back,
    today_of,
)
from payments.models import Receipt
from payments.operations import ReceiptDraft, ReceiptRefused, receive_many

Said = dict[str, str | date | Decimal]  # what makes two receipts the same one, by column


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One row of a file of receipts; ``invoice_number`` names the bill it pays, if it says so."""

    customer_code: str
    received_on: date
    amount: Decimal
    currency: str
    method: str
    reference: str
    payer_name: str
    invoice_number: str
    external_key: str


class ReceiptImporter(WithCurrency, Importer):
    """Receipts; allocated to the bill they name, else kept as unused credit."""

    kind = "receipts"
    title = gettext_lazy("Receipts")
    icon = "cash"
    intro = gettext_lazy(
        "Money that came in. A receipt that names an invoice settles it; the others are kept as "
        "unused credit of the customer."
    )
    warning = gettext_lazy("Each receipt is posted on the day the money came in.")
    undo_told = gettext_lazy(
        "Receipts of which nobody used anything since are mirrored in the books on their own days, "
        "with what they paid as they came; their keys are free again for the corrected file."
    )
    permission = "payments.edit"
    page, list_page = "payments:detail", "payments:list"
    refusals = (AllocationRefused, PeriodClosed, ReceiptRefused)
    model = Receipt
    named_by = ("customer_code", "received_on", "amount", "reference")
    columns: Sequence[Column] = (
        CUSTOMER_CODE,
        Column(
            "received_on",
            ("date", "payment date", "收款日期", "日期"),
            required=True,
            english="Payment date",
            holds=Holds.DAY,
            example=("2026-02-10", "2026-02-10"),
        ),
        AMOUNT,
        CURRENCY,
        Column(
            "method",
            ("payment method", "方式", "收款方式"),
            english="Payment method",
            words=METHODS,
            example=(PaymentMethod.TRANSFER, PaymentMethod.TRANSFER),
        ),
        Column("reference", ("ref", "memo", "附言", "摘要", "备注"), example=("INV-0042", "货款")),
        Column("payer_name", ("payer", "付款人", "付款方")),
        Column(
            "invoice_number",
            ("invoice", "invoice no", "bill", "账单号"),
            example=("INV-0042", "INV-0042"),
            note=gettext_lazy("The invoice it pays, if it says so."),
        ),
        Column(
            "external_key",
            ("key", "transaction id", "流水号", "外部编号"),
            note=gettext_lazy("The bank's id of the payment: then it is never added twice."),
        ),
    )

    def parse(self, row: Row) -> ReceiptRow:
        """Return the row as a record; see ``core.imports.Importer``."""
        currency = row.currency("currency", self.base_currency)
        amount = row.amount("amount", currency)
        if amount <= ZERO:
            raise row.error("amount", _("must be more than zero"))
        return ReceiptRow(
            customer_code=row.text("customer_code", limit=32, required=True),
            received_on=row.day("received_on"),
            amount=amount,
            currency=currency,
            method=row.choice("method", METHODS, PaymentMethod.TRANSFER.value),
            reference=row.text("reference", limit=140),
            payer_name=row.text("payer_name", limit=200),
            invoice_number=row.text("invoice_number", limit=40),
            external_key=row.text("external_key", limit=80),
        )

    def keys(self, record: ReceiptRow) -> tuple[str, ...]:
        """Return the key, or what all receipts that say the same have in common; and the bill."""
        bill = (f"bill:{record.invoice_number}",) if record.invoice_number else ()
        return (*shared_keys(record.external_key, _identity(record)), *bill)

    def another_key(self, record: ReceiptRow, taken: Collection[str]) -> str:
        """Return a key under which one more equal receipt is added."""

        def known(names: list[str]) -> Iterable[str]:
            there = Receipt.objects.filter(external_key__in=names)
            return there.values_list("external_key", flat=True)

        return free_fingerprint(_identity(record), taken, known)

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """Find the receipts that are not there yet; see ``core.imports.Importer``."""
        report, today, closed = Report(), today_of(at), ClosedDays()
        keys = _receipt_keys([parsed.record for parsed in records])
        there, ids = _receipts_there(keys)
        customers = {
            customer.code: customer
            for customer in Customer.objects.filter(
                code__in={parsed.record.customer_code for parsed in records}
            )
        }
        open_debts = _open_debts(records)
        work: list[tuple[Row, ReceiptDraft, dict[int, Decimal]]] = []
        for parsed, key in zip(records, keys, strict=True):
            row, receipt = parsed.row, parsed.record
            try:
                if key in there:
                    _refuse_differences(row, receipt, there[key])
                    if receipt.external_key:
                        report.tell(row, Verdict.SAME, subject_id=ids.get(key))
                    else:
                        report.tell_alike(row, ids.get(key))
                    continue
                customer = customers.get(receipt.customer_code)
                if customer is None:
                    raise row.error("customer_code", _("is no customer of the company"))
                if receipt.received_on > today:
                    raise row.error("received_on", _("lies in the future"))
                closed.refuse(row, "received_on", *_days_posted(receipt, open_debts))
                settled = _pay_named_bill(parsed, customer, open_debts)
            except RowError as error:
                report.errors.append(error)
                continue
            there[key] = _said(receipt)
            report.tell(row, Verdict.NEW, key="" if receipt.external_key else key)
            work.append((row, _receipt_draft(receipt, customer, key), settled))
        return Plan(report, work)

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Record the receipts by one operation; see ``core.imports.Importer``."""
        if not plan.work:
            return
        made = receive_many(
            drafts=[draft for _row, draft, _settled in plan.work],
            allocations=[settled for _row, _draft, settled in plan.work],
            at=at,
            actor=actor,
            is_import=True,
        )
        for (row, _draft, _settled), receipt in zip(plan.work, made, strict=True):
            plan.report.tell(row, Verdict.NEW, subject_id=receipt.pk)

    def undo(self, subject: Receipt, *, verdict: Verdict, at: datetime, actor: User | None) -> None:
        """
        Take back a receipt and what it paid as it came.

        :raises NothingThere: if it is reversed already
        :raises NotUndone: if it was used since, or its books are closed
        """
        if subject.state == ReceiptState.REVERSED:
            raise NothingThere(_("It is reversed already."))
        reason = _("The import that brought it was taken back.")
        take_back(subject, reason=reason, at=at, actor=actor)


def _said(receipt: ReceiptRow) -> Said:
    return {
        "customer_code": receipt.customer_code,
        "received_on": receipt.received_on,
        "amount": receipt.amount,
        "currency": receipt.currency,
    }


def _receipts_there(keys: Sequence[str]) -> tuple[dict[str, Said], dict[str, int]]:
    """Return what the receipts that have these keys say, and their ids, by key."""
    rows = list(
        Receipt.objects.filter(external_key__in=keys).values_list(
            "external_key", "customer__code", "received_on", "amount", "currency", "pk"
        )
    )
    said: dict[str, Said] = {
        key: {"customer_code": code, "received_on": day, "amount": amount, "currency": currency}
        for key, code, day, amount, currency, _pk in rows
    }
    return said, {row[0]: row[5] for row in rows}


def _refuse_differences(row: Row, receipt: ReceiptRow, there: Said) -> None:
    for column, theirs in _said(receipt).items():
        if theirs != there[column]:
            raise row.error(
                column,
                _("differs from the receipt that has this key (%(ours)s)")
                % {"ours": there[column]},
            )


def _days_posted(receipt: ReceiptRow, open_debts: dict[str, _NamedBill]) -> list[date]:
    """Return the days of the receipt and of its allocation; see ``receive_many``."""
    bill = open_debts.get(receipt.invoice_number)
    day = receipt.received_on
    return [day, max(day, bill.issue_date)] if bill and bill.debts else [day]


def _identity(receipt: ReceiptRow) -> tuple[object, ...]:
    """Return what tells a receipt from others when it has no key."""
    return (
        receipt.customer_code,
        receipt.received_on,
        receipt.amount,
        receipt.currency,
        receipt.reference,
    )


def _receipt_keys(receipts: Sequence[ReceiptRow]) -> list[str]:
    return keys_among_twins((one.external_key, _identity(one)) for one in receipts)


@dataclass(frozen=True, slots=True)
class _NamedBill:
    """A bill that rows name: ``debts`` are its open instalments, less what earlier rows pay."""

    customer_id: int
    currency: str
    issue_date: date
    debts: list[OpenDebt]


def _open_debts(records: Sequence[Parsed]) -> dict[str, _NamedBill]:
    """Return the bills that are named, by number."""
    numbers = {p.record.invoice_number for p in records if p.record.invoice_number}
    found: dict[str, _NamedBill] = {
        invoice.number: _NamedBill(
            invoice.customer_id, invoice.currency, invoice.issue_date or date.max, []
        )
        for invoice in Invoice.objects.filter(number__in=numbers)
    }
    rows = (
        Instalment.objects.filter(invoice__number__in=numbers, item__open_amount__gt=ZERO)
        .order_by("invoice_id", "position")
        .values_list("invoice__number", "item_id", "item__open_amount", "due_date")
    )
    for number, item_id, open_amount, due_date in rows:
        found[number].debts.append(OpenDebt(item_id, open_amount, due_date))
    return found


def _pay_named_bill(
    parsed: Parsed,
    customer: Customer,
    open_debts: dict[str, _NamedBill],
) -> dict[int, Decimal]:
    row, receipt = parsed.row, parsed.record
    if not receipt.invoice_number:
        return {}
    found = open_debts.get(receipt.invoice_number)
    if found is None or found.customer_id != customer.pk:
        raise row.error("invoice_number", _("is no invoice of this customer"))
    if found.currency != receipt.currency:
        raise row.error("currency", _("differs from the currency of the invoice"))
    amounts = oldest_first(receipt.amount, found.debts)
    left = [(debt, debt.open_amount - amounts.get(debt.item_id, ZERO)) for debt in found.debts]
    found.debts[:] = [
        OpenDebt(debt.item_id, amount, debt.due_date) for debt, amount in left if amount > ZERO
    ]
    return amounts


def _receipt_draft(receipt: ReceiptRow, customer: Customer, key: str) -> ReceiptDraft:
    return ReceiptDraft(
        customer_id=customer.pk,
        received_on=receipt.received_on,
        currency=receipt.currency,
        amount=receipt.amount,
        method=receipt.method,
        payer_name=receipt.payer_name,
        reference=receipt.reference,
        external_key=key,
    )
