"""Importing receipts, and bills that may already have been paid.

A bill is known again by its number, a receipt by its external key or, without one, by what it says:
customer, day, amount, currency, reference, and its place among equal rows of the file. The payment
of a bill row is a receipt with the key ``bill:NUMBER``, so a later file may bring it later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from core.dates import LATEST
from core.imports import Column, Parsed, Report, Row, RowError, fingerprints, register
from core.models import Tenant, User
from core.money import ZERO
from core.tenancy import active_tenant_id
from customers.enums import PaymentMethod
from customers.models import Customer
from customers.operations import ensure_customers
from invoices.models import Instalment, Invoice
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.models import OpenItem
from payments.calculations import OpenDebt, oldest_first
from payments.models import Receipt
from payments.operations import ReceiptDraft, receive_many

CUSTOMER_CODE = Column(
    "customer_code",
    ("customer code", "customer", "customer no", "客户编码", "客户代码"),
    required=True,
)
AMOUNT = Column("amount", ("total", "total amount", "金额", "总金额", "价税合计"), required=True)
CURRENCY = Column("currency", ("币种", "币别"))


def _today(at: datetime) -> date:
    return Tenant.objects.get(pk=active_tenant_id()).day_of(at)


@lru_cache(maxsize=256)
def _currency_of(tenant_id: int) -> str:
    """Return a company's base currency, which never changes; asked for once, not for every row."""
    return Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)


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
    description: str
    po_number: str
    external_key: str


class BillImporter:
    """Bills of another system, by number, each with what was paid on it and when."""

    kind = "bills"
    columns = (
        CUSTOMER_CODE,
        Column("customer_name", ("customer name", "name", "客户名称", "客户")),
        Column("number", ("invoice", "invoice no", "invoice number", "账单号"), required=True),
        Column(
            "bill_date",
            ("date", "invoice date", "issue date", "账单日期", "开票日期", "日期"),
            required=True,
        ),
        Column("due_date", ("due", "due date", "到期日", "到期日期", "应付日期")),
        AMOUNT,
        CURRENCY,
        Column("paid_on", ("paid", "settled", "payment date", "收款日期", "付款日期")),
        Column("paid_amount", ("amount paid", "已收金额", "收款金额")),
        Column("description", ("text", "摘要", "说明")),
        Column("po_number", ("po", "purchase order", "采购订单号")),
        Column("external_key", ("key", "外部编号")),
    )

    def parse(self, row: Row) -> BillRow:
        """Return the row as a record; see ``core.imports.Importer``."""
        currency = row.currency("currency", _currency_of(active_tenant_id()))
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
            description=row.text("description", limit=1000),
            po_number=row.text("po_number", limit=60),
            external_key=row.text("external_key", limit=80),
        )

    def write(
        self, records: Sequence[Parsed], *, at: datetime, actor: User | None, dry_run: bool
    ) -> Report:
        """Post new bills and the payments that are new; see ``core.imports.Importer``."""
        report, today = Report(), _today(at)
        known = _known_bills(records)
        fresh: list[Parsed] = []
        paying: list[tuple[Parsed, Invoice]] = []
        seen: set[str] = set()
        for parsed in records:
            bill = parsed.record
            try:
                _refuse_bill(parsed, known, seen, today)
            except RowError as error:
                report.errors.append(error)
                continue
            seen.add(bill.number)
            if bill.number in known:
                report.same += 1
                paying.append((parsed, known[bill.number]))
            else:
                fresh.append(parsed)
        customers = ensure_customers(
            records=[
                (p.record.customer_code, p.record.customer_name, p.record.currency) for p in fresh
            ],
            at=at,
            actor=actor,
        )
        invoices = import_bills(
            bills=[_imported(parsed.record, customers) for parsed in fresh], at=at, actor=actor
        )
        report.new = len(invoices)
        paying += zip(fresh, invoices, strict=True)
        added = _receive_payments(paying, at, actor) - sum(
            1 for parsed in fresh if parsed.record.paid_amount
        )
        if added:
            report.notes.append(_("Payments added to known bills: %(count)s.") % {"count": added})
        return report


def _known_bills(records: Sequence[Parsed]) -> dict[str, Invoice]:
    numbers = {parsed.record.number for parsed in records}
    rows = Invoice.objects.filter(number__in=numbers).select_related("customer").order_by("pk")
    return {invoice.number: invoice for invoice in rows}


def _refuse_bill(parsed: Parsed, known: dict[str, Invoice], seen: set[str], today: date) -> None:
    row, bill = parsed.row, parsed.record
    if bill.number in seen:
        raise row.error("number", _("comes twice in the file"))
    for column, day in (("bill_date", bill.bill_date), ("paid_on", bill.paid_on)):
        if day is not None and day > today:
            raise row.error(column, _("lies in the future"))
    if bill.due_date > LATEST:
        raise row.error("due_date", _("is not between 1970 and 2100"))
    there = known.get(bill.number)
    if there is None:
        return
    said = {
        "customer_code": (bill.customer_code, there.customer.code),
        "currency": (bill.currency, there.currency),
        "amount": (bill.amount, there.total_amount),
        "bill_date": (bill.bill_date, there.issue_date),
        "due_date": (bill.due_date, there.due_date),
    }
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
) -> int:
    """Record payments that are not there yet, each allocated to its own bill; return how many."""
    wanted = [
        (parsed.record, invoice, f"bill:{invoice.number}"[:80])
        for parsed, invoice in paying
        if parsed.record.paid_amount
    ]
    there = set(
        Receipt.objects.filter(external_key__in=[key for _r, _i, key in wanted]).values_list(
            "external_key", flat=True
        )
    )
    wanted = [row for row in wanted if row[2] not in there]
    if not wanted:
        return 0
    items = dict(
        Instalment.objects.filter(invoice__in=[invoice.pk for _r, invoice, _k in wanted])
        .order_by("invoice_id", "-position")
        .values_list("invoice_id", "item_id")
    )
    open_now = dict(OpenItem.objects.filter(pk__in=items.values()).values_list("pk", "open_amount"))
    drafts, allocations = [], []
    for bill, invoice, key in sorted(wanted, key=lambda row: (row[0].paid_on, row[2])):
        item_id = items[invoice.pk]
        part = min(bill.paid_amount, open_now[item_id])
        drafts.append(
            ReceiptDraft(
                customer_id=invoice.customer_id,
                received_on=bill.paid_on,
                currency=bill.currency,
                amount=bill.paid_amount,
                reference=invoice.number,
                external_key=key,
            )
        )
        allocations.append({item_id: part} if part > ZERO else {})
    receive_many(drafts=drafts, allocations=allocations, at=at, actor=actor)
    return len(drafts)


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


class ReceiptImporter:
    """Receipts; allocated to the bill they name, else kept as unused credit."""

    kind = "receipts"
    columns = (
        CUSTOMER_CODE,
        Column("received_on", ("date", "payment date", "收款日期", "日期"), required=True),
        AMOUNT,
        CURRENCY,
        Column("method", ("payment method", "方式", "收款方式")),
        Column("reference", ("ref", "memo", "附言", "摘要", "备注")),
        Column("payer_name", ("payer", "付款人", "付款方")),
        Column("invoice_number", ("invoice", "invoice no", "bill", "账单号")),
        Column("external_key", ("key", "transaction id", "流水号", "外部编号")),
    )

    def parse(self, row: Row) -> ReceiptRow:
        """Return the row as a record; see ``core.imports.Importer``."""
        currency = row.currency("currency", _currency_of(active_tenant_id()))
        amount = row.amount("amount", currency)
        if amount <= ZERO:
            raise row.error("amount", _("must be more than zero"))
        words = {method.value: (method.name, str(method.label)) for method in PaymentMethod}
        return ReceiptRow(
            customer_code=row.text("customer_code", limit=32, required=True),
            received_on=row.day("received_on"),
            amount=amount,
            currency=currency,
            method=row.choice("method", words, PaymentMethod.TRANSFER.value),
            reference=row.text("reference", limit=140),
            payer_name=row.text("payer_name", limit=200),
            invoice_number=row.text("invoice_number", limit=40),
            external_key=row.text("external_key", limit=80),
        )

    def write(
        self, records: Sequence[Parsed], *, at: datetime, actor: User | None, dry_run: bool
    ) -> Report:
        """Record the receipts that are not there yet; see ``core.imports.Importer``."""
        report, today = Report(), _today(at)
        keys = _receipt_keys([parsed.record for parsed in records])
        there = set(
            Receipt.objects.filter(external_key__in=keys).values_list("external_key", flat=True)
        )
        customers = {
            customer.code: customer
            for customer in Customer.objects.filter(
                code__in={parsed.record.customer_code for parsed in records}
            )
        }
        open_debts = _open_debts(records)
        drafts, allocations = [], []
        for parsed, key in zip(records, keys, strict=True):
            row, receipt = parsed.row, parsed.record
            if key in there:
                report.same += 1
                continue
            there.add(key)
            try:
                customer = customers.get(receipt.customer_code)
                if customer is None:
                    raise row.error("customer_code", _("is no customer of the company"))
                if receipt.received_on > today:
                    raise row.error("received_on", _("lies in the future"))
                allocations.append(_pay_named_bill(parsed, customer, open_debts))
            except RowError as error:
                report.errors.append(error)
                continue
            drafts.append(_receipt_draft(receipt, customer, key))
        if drafts:
            receive_many(drafts=drafts, allocations=allocations, at=at, actor=actor)
        report.new = len(drafts)
        return report


def _receipt_keys(receipts: Sequence[ReceiptRow]) -> list[str]:
    made = fingerprints(
        (r.customer_code, r.received_on, r.amount, r.currency, r.reference)
        for r in receipts
        if not r.external_key
    )
    without = iter(made)
    return [receipt.external_key or next(without) for receipt in receipts]


def _open_debts(records: Sequence[Parsed]) -> dict[str, tuple[int, str, list[OpenDebt]]]:
    """Return customer, currency and open instalments by the number of each bill that is named."""
    numbers = {p.record.invoice_number for p in records if p.record.invoice_number}
    found: dict[str, tuple[int, str, list[OpenDebt]]] = {
        invoice.number: (invoice.customer_id, invoice.currency, [])
        for invoice in Invoice.objects.filter(number__in=numbers)
    }
    rows = (
        Instalment.objects.filter(invoice__number__in=numbers)
        .order_by("invoice_id", "position")
        .values_list("invoice__number", "item_id", "item__open_amount", "due_date")
    )
    for number, item_id, open_amount, due_date in rows:
        found[number][2].append(OpenDebt(item_id, open_amount, due_date))
    return found


def _pay_named_bill(
    parsed: Parsed,
    customer: Customer,
    open_debts: dict[str, tuple[int, str, list[OpenDebt]]],
) -> dict[int, Decimal]:
    row, receipt = parsed.row, parsed.record
    if not receipt.invoice_number:
        return {}
    found = open_debts.get(receipt.invoice_number)
    if found is None or found[0] != customer.pk:
        raise row.error("invoice_number", _("is no invoice of this customer"))
    if found[1] != receipt.currency:
        raise row.error("currency", _("differs from the currency of the invoice"))
    amounts = oldest_first(receipt.amount, [debt for debt in found[2] if debt.open_amount > ZERO])
    found[2][:] = [
        OpenDebt(d.item_id, d.open_amount - amounts.get(d.item_id, ZERO), d.due_date)
        for d in found[2]
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


register(BillImporter())
register(ReceiptImporter())
