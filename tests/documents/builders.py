"""Bills to look at, written row by row: the operations that write them have tests of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.models import BankAccount, User
from core.money import Money
from customers.models import Customer
from invoices.calculations import LineInput, TermPart, instalments_of, totals_of
from invoices.documents import parties_of
from invoices.models import Instalment, Invoice, InvoiceLine, InvoiceTax, TaxCode
from ledger.enums import Account, ItemKind, JournalKind
from ledger.operations import DocumentDraft, ItemDraft, post
from tests.conftest import NOON
from tests.factories import CustomerFactory

DAY = date(2026, 3, 2)


@dataclass(frozen=True)
class L:
    """A line: text, quantity, price, discount percent, tax percent and category."""

    text: str = "Support"
    quantity: str = "1"
    price: str = "100.00"
    discount: str = "0"
    tax: str = "13"
    category: str = "S"
    unit: str = ""
    period: tuple[date, date] | None = None
    reason: str = ""


def draft(
    lines: Sequence[L] = (L(),),
    *,
    discount: str = "0",
    customer: Customer | None = None,
    **fields: Any,
) -> Invoice:
    """Write a draft with lines, taxes and totals."""
    customer = customer or CustomerFactory(currency=fields.get("currency", "CNY"))
    invoice = Invoice(
        **{
            "customer": customer,
            "currency": customer.currency,
            "language": customer.language,
            "tax_mode": "DOCUMENT",
            "source": "IMPORT",
            "issue_date": DAY,
            "due_date": DAY + timedelta(days=30),
            "created_at": NOON,
        }
        | fields
    )
    totals = totals_of(
        [
            LineInput(
                Decimal(line.quantity),
                Decimal(line.price),
                Decimal(line.discount),
                line.category,
                Decimal(line.tax) / 100,
            )
            for line in lines
        ],
        discount_amount=Decimal(discount),
        currency=invoice.currency,
        tax_mode="DOCUMENT",
    )
    for name in ("lines_amount", "discount_amount", "net_amount", "tax_amount", "total_amount"):
        setattr(invoice, name, getattr(totals, name))
    invoice.save()
    codes: dict[tuple[str, str], TaxCode] = {}
    for line in lines:
        if (line.category, line.tax) not in codes:
            codes[line.category, line.tax] = TaxCode.objects.get_or_create(
                name=f"{line.category} {line.tax}",
                defaults={
                    "category": line.category,
                    "rate": Decimal(line.tax) / 100,
                    "exemption_reason": line.reason,
                    "tenant_id": invoice.tenant_id,
                },
            )[0]
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            description=line.text,
            quantity=Decimal(line.quantity),
            unit=line.unit,
            unit_price=Decimal(line.price),
            discount_percent=Decimal(line.discount),
            tax_code=codes[line.category, line.tax],
            tax_category=line.category,
            tax_rate=Decimal(line.tax) / 100,
            net_amount=result.net_amount,
            tax_amount=result.tax_amount,
            service_from=line.period[0] if line.period else None,
            service_to=line.period[1] if line.period else None,
        )
        for position, (line, result) in enumerate(zip(lines, totals.lines, strict=True), start=1)
    )
    InvoiceTax.objects.bulk_create(
        InvoiceTax(
            invoice=invoice,
            category=group.category,
            rate=group.rate,
            base_amount=group.base_amount,
            tax_amount=group.tax_amount,
        )
        for group in totals.taxes
    )
    return invoice


def issued(
    lines: Sequence[L] = (L(),),
    *,
    parts: Sequence[TermPart] = (TermPart(1, days=30),),
    number: str = "",
    **fields: Any,
) -> Invoice:
    """Write an issued bill with its instalments posted to the ledger."""
    invoice = draft(lines, **fields)
    due = instalments_of(
        Money(invoice.total_amount, invoice.currency), issue_date=invoice.issue_date, parts=parts
    )
    number = number or f"INV-2026-{invoice.pk:05}"
    items = []
    if due:
        items = post(
            DocumentDraft(
                customer_id=invoice.customer_id,
                journal_kind=JournalKind.INVOICE,
                reference=number,
                currency=invoice.currency,
                rate=None,
                effective_date=invoice.issue_date,
                items=[
                    ItemDraft(
                        ItemKind.INSTALMENT, number, part.amount, invoice.issue_date, part.due_date
                    )
                    for part in due
                ],
                lines=[(Account.REVENUE, -invoice.total_amount)],
            ),
            at=NOON,
        )
    Instalment.objects.bulk_create(
        Instalment(
            invoice=invoice,
            position=part.position,
            due_date=part.due_date,
            amount=part.amount,
            item=item,
        )
        for part, item in zip(due, items, strict=True)
    )
    # Approved here, as imported bills are not: those are not sent where two have to agree.
    invoice.source, invoice.approved_at = "MANUAL", NOON
    invoice.approved_by = User.objects.get_or_create(email="approver@builders.test")[0]
    invoice.parties = parties_of(invoice)
    invoice.state, invoice.number, invoice.issued_at = "ISSUED", number, NOON
    invoice.due_date = max((part.due_date for part in due), default=invoice.issue_date)
    invoice.save()
    return invoice


def bank_account(currency: str = "CNY", **fields: Any) -> BankAccount:
    """Write the company's account of a currency."""
    values = {
        "CNY": {
            "holder": "上海远帆科技有限公司",
            "bank": "中国工商银行上海市漕河泾开发区支行",
            "number": "6222021001116245702",
            "code": "102290024433",
        },
        "EUR": {
            "holder": "Nordwind Software GmbH",
            "bank": "Commerzbank Hamburg",
            "number": "DE89370400440532013000",
            "code": "COBADEFFXXX",
        },
    }.get(currency, {"holder": "Acme", "bank": "First Bank", "number": "0123456789", "code": ""})
    return BankAccount.objects.create(currency=currency, **(values | fields))
