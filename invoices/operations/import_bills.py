"""Taking over bills that another system issued: number, dates and amount as they stand there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import translation

from core import audit
from core.bulk import text_array
from core.companies import active_tenant, forget_tenant
from core.models import AuditEntry, Tenant, User
from core.news import is_news
from core.numbering import pass_numbers
from core.rates import rate_on
from core.tenancy import active_tenant_id
from customers.models import Customer
from customers.operations import lock_accounts
from invoices.documents.parties import parties_for
from invoices.enums import InvoiceSource, InvoiceState, TaxCategory
from invoices.models import Instalment, Invoice, InvoiceLine, InvoiceTax, TaxCode
from ledger import operations as ledger
from ledger.enums import Account, ItemKind, JournalKind
from messaging.enums import EventType
from messaging.operations import announce


@dataclass(frozen=True, slots=True)
class ImportedBill:
    """A bill as the other system has it; ``amount`` is what was asked for, tax included.

    Its tax is not known here: the bill carries one line, not subject to our tax.
    """

    customer: Customer
    number: str
    bill_date: date
    due_date: date
    amount: Decimal
    currency: str
    description: str = ""
    po_number: str = ""
    external_key: str = ""


@transaction.atomic
def import_bills(
    *, bills: Sequence[ImportedBill], at: datetime, actor: User | None
) -> list[Invoice]:
    """
    Post bills of another system as issued on their own dates; set-based, all or nothing.

    Numbers written like our own move our series past them, which the audit trail tells.

    :raises ledger.PeriodClosed: if a bill's date lies in a closed period
    :raises IntegrityError: if a number or external key is taken
    """
    if not bills:
        return []
    lock_accounts(bill.customer.pk for bill in bills)
    forget_tenant()  # as it is now, not as it was when the file was begun
    tenant = active_tenant()
    rates = {
        key: rate_on(key[0], tenant.currency, key[1])
        for key in {(bill.currency, bill.bill_date) for bill in bills}
    }
    invoices = Invoice.objects.bulk_create([_draft(bill, tenant, actor, at) for bill in bills])
    _add_lines(bills, invoices)
    posted = ledger.post_many([_document(bill, rates) for bill in bills], at=at)
    Instalment.objects.bulk_create(
        [
            Instalment(
                invoice=invoice,
                position=1,
                due_date=bill.due_date,
                amount=bill.amount,
                item=items[0],
            )
            for bill, invoice, items in zip(bills, invoices, posted, strict=True)
        ],
    )
    passed = pass_numbers(kind="invoice", numbers=[bill.number for bill in bills])
    _freeze(bills, invoices, rates, at, actor)
    _record(invoices, at, actor)
    for year, count in passed.items():
        audit.record(
            event="numbers.passed",
            subject=tenant,
            actor=actor,
            at=at,
            changes={"year": year, "passed": count},
        )
    _announce(invoices, tenant.day_of(at), at)
    return invoices


def _announce(invoices: Sequence[Invoice], today: date, at: datetime) -> None:
    """Tell of the bills that were issued elsewhere just now; a history taken over is no news."""
    fresh = [one.pk for one in invoices if one.issue_date and is_news(one.issue_date, today)]
    announce(EventType.INVOICE_CREATED, fresh, at=at)
    announce(EventType.INVOICE_ISSUED, fresh, at=at)


def _document(
    bill: ImportedBill, rates: dict[tuple[str, date], Decimal | None]
) -> ledger.DocumentDraft:
    item = ledger.ItemDraft(
        ItemKind.INSTALMENT, bill.number, bill.amount, bill.bill_date, bill.due_date
    )
    return ledger.DocumentDraft(
        customer_id=bill.customer.pk,
        journal_kind=JournalKind.INVOICE,
        reference=bill.number,
        currency=bill.currency,
        rate=rates[bill.currency, bill.bill_date],
        effective_date=bill.bill_date,
        items=[item],
        lines=[(Account.REVENUE, -bill.amount)],
    )


def _record(invoices: Sequence[Invoice], at: datetime, actor: User | None) -> None:
    AuditEntry.objects.bulk_create(
        [
            audit.entry_for(
                event="invoice.imported",
                subject=invoice,
                actor=actor,
                at=at,
                account_id=invoice.customer_id,
                changes={"amount": f"{invoice.total_amount} {invoice.currency}"},
            )
            for invoice in invoices
        ],
    )


def _draft(bill: ImportedBill, tenant: Tenant, actor: User | None, at: datetime) -> Invoice:
    return Invoice(
        customer=bill.customer,
        source=InvoiceSource.IMPORT,
        currency=bill.currency,
        tax_mode=tenant.tax_mode,
        language=bill.customer.language,
        po_number=bill.po_number,
        lines_amount=bill.amount,
        net_amount=bill.amount,
        total_amount=bill.amount,
        author=actor,
        external_key=bill.external_key,
        created_at=at,
    )


def _untaxed() -> TaxCode:
    """Return the company's code for what is not subject to its tax; make one if there is none."""
    found = (
        TaxCode.objects.filter(category=TaxCategory.NONE, rate=0)
        .order_by("-is_active", "pk")
        .first()
    )
    if found:
        return found
    with translation.override(active_tenant().language):
        name = str(TaxCategory.NONE.label)
    return TaxCode.objects.create(name=name, category=TaxCategory.NONE, rate=0)


def _add_lines(bills: Sequence[ImportedBill], invoices: Sequence[Invoice]) -> None:
    code = _untaxed()
    InvoiceLine.objects.bulk_create(
        [
            InvoiceLine(
                invoice=invoice,
                position=1,
                description=bill.description or bill.number,
                quantity=Decimal(1),
                unit_price=bill.amount,
                tax_code=code,
                tax_category=code.category,
                tax_rate=code.rate,
                net_amount=bill.amount,
            )
            for bill, invoice in zip(bills, invoices, strict=True)
        ],
    )
    InvoiceTax.objects.bulk_create(
        [
            InvoiceTax(
                invoice=invoice,
                category=code.category,
                rate=code.rate,
                base_amount=bill.amount,
                tax_amount=Decimal(0),
            )
            for bill, invoice in zip(bills, invoices, strict=True)
        ],
    )


def _freeze(
    bills: Sequence[ImportedBill],
    invoices: Sequence[Invoice],
    rates: dict[tuple[str, date], Decimal | None],
    at: datetime,
    actor: User | None,
) -> None:
    """Write number, dates and parties and freeze, by one statement."""
    parties = parties_for(invoices)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE invoices_invoice AS bill SET state = 'ISSUED', number = fresh.number, "
            "issue_date = fresh.issue_date, due_date = fresh.due_date, "
            "exchange_rate = fresh.rate, parties = fresh.parties::jsonb, "
            "issued_by_id = %s, issued_at = %s "
            "FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[], %s::numeric[], "
            "%s::text[]) AS fresh (id, number, issue_date, due_date, rate, parties) "
            "WHERE bill.tenant_id = %s AND bill.id = fresh.id",
            [
                actor.pk if actor else None,
                at,
                text_array(invoice.pk for invoice in invoices),
                text_array(bill.number for bill in bills),
                text_array(bill.bill_date for bill in bills),
                text_array(bill.due_date for bill in bills),
                text_array(rates[bill.currency, bill.bill_date] for bill in bills),
                text_array(json.dumps(parties[invoice.pk]) for invoice in invoices),
                active_tenant_id(),
            ],
        )
    for bill, invoice in zip(bills, invoices, strict=True):
        invoice.state, invoice.number, invoice.issued_at = InvoiceState.ISSUED, bill.number, at
        invoice.issue_date, invoice.due_date = bill.bill_date, bill.due_date
