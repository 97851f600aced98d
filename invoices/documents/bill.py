"""One bill as it is said to its customer: page, mail and link all read this and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.logos import data_address
from core.money import ZERO
from core.words import yuan_in_words
from customers.models import PaymentTermPart
from invoices.calculations import TermPart, instalments_of
from invoices.documents import figures
from invoices.documents.labels import labels, words
from invoices.documents.parties import parties_of
from invoices.documents.payment_code import code_image, epc_code, is_iban
from invoices.enums import FROZEN, InvoiceState, TaxCategory
from invoices.models import Instalment, Invoice, InvoiceLine, InvoiceTax

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_BRAND = "#1a56db"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as printed. ``running`` is the sum of this and all lines before it."""

    position: int
    description: str
    detail: str
    quantity: str
    unit: str
    unit_price: str
    discount: str
    tax: str
    amount: str
    running: str


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The tax of one category and rate, as printed; ``name`` is a rate or the word for none."""

    name: str
    is_rate: bool
    base: str
    amount: str


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment, as printed."""

    position: int
    due_date: str
    amount: str


@dataclass(frozen=True, slots=True)
class Bank:
    """Where to pay, as printed; ``plain_number`` is what a person pastes."""

    holder: str
    bank: str
    number: str
    plain_number: str
    code: str
    is_iban: bool
    image: str


@dataclass(frozen=True, slots=True)
class Bill:
    """
    A bill in text. Amounts are grouped and carry no currency code; ``currency`` stands beside them.

    Nothing in it says what has been paid: an issued document does not change.
    """

    number: str
    state: str
    language: str
    currency: str
    amount_due: str
    due_date: str
    issue_date: str
    payment_reference: str
    terms: str
    po_number: str
    reference: str
    note: str
    service_period: str
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    bank: Bank | None
    brand_color: str
    logo: str  # an address that holds the picture itself
    lines: Sequence[Line]
    has_unit: bool
    has_discount: bool
    subtotal: str
    discount: str
    discount_rate: str
    net: str
    taxes: Sequence[TaxRow]
    total: str
    in_words: str
    instalments: Sequence[Part]
    tax_texts: Sequence[str]
    label: Mapping[str, str]
    word: Mapping[str, str]

    @property
    def is_draft(self) -> bool:
        """Test if the bill has not been issued yet."""
        return self.state not in FROZEN

    @property
    def is_void(self) -> bool:
        """Test if the bill was withdrawn."""
        return self.state == InvoiceState.VOID


def bill_of(invoice: Invoice, *, language: str = "") -> Bill:
    """
    Return the bill in words: of an issued one what was frozen, of a draft what is today.

    In its own language; the page behind a link may ask for another.
    """
    parties = (
        invoice.parties if invoice.state in FROZEN and invoice.parties else parties_of(invoice)
    )
    language, currency = language or invoice.language, invoice.currency
    lines = _itemised(invoice)
    parts = _parts(invoice)
    first_due = parts[0].due_date if parts else invoice.due_date
    return Bill(
        number=invoice.number,
        state=invoice.state,
        language=language,
        currency=currency,
        amount_due=figures.amount_text(invoice.total_amount, currency),
        due_date=figures.day_text(first_due, language),
        issue_date=figures.day_text(invoice.issue_date, language),
        payment_reference=invoice.number,
        terms=parties["terms"],
        po_number=invoice.po_number,
        reference=invoice.reference,
        note=invoice.note.strip(),
        service_period=_period(_service_dates(lines), language),
        seller=parties["seller"],
        buyer=parties["buyer"],
        bank=_bank(parties["bank"], invoice),
        brand_color=_brand(parties["seller"]),
        logo=data_address(str(parties["seller"].get("logo") or "")),
        lines=_lines(lines, currency, language),
        has_unit=any(line.unit for line in lines),
        has_discount=any(line.discount_percent or line.discount_amount for line in lines),
        subtotal=figures.amount_text(invoice.lines_amount, currency),
        discount=figures.amount_text(-invoice.discount_amount, currency)
        if invoice.discount_amount
        else "",
        discount_rate=figures.percent_text(invoice.discount_percent)
        if invoice.discount_percent
        else "",
        net=figures.amount_text(invoice.net_amount, currency),
        taxes=_taxes(invoice, language, itemised=bool(lines)),
        total=figures.amount_text(invoice.total_amount, currency),
        in_words=yuan_in_words(invoice.total_amount) if currency == "CNY" else "",
        instalments=[
            Part(
                part.position,
                figures.day_text(part.due_date, language),
                figures.amount_text(part.amount, currency),
            )
            for part in parts
        ]
        if len(parts) > 1
        else [],
        tax_texts=list(
            dict.fromkeys(text for texts in parties["tax_texts"].values() for text in texts)
        )
        if lines
        else [],
        label=labels(language),
        word=words(language),
    )


def _itemised(invoice: Invoice) -> list[InvoiceLine]:
    """Return the lines; none where an import had but an amount and made a line of the number."""
    lines = list(
        InvoiceLine.objects.filter(invoice_id=invoice.pk)
        .select_related("product")
        .order_by("position")
    )
    stands_for_all = len(lines) == 1 and lines[0].description.strip() == invoice.number != ""
    return [] if stands_for_all and lines[0].tax_category == TaxCategory.NONE else lines


@dataclass(frozen=True, slots=True)
class _Due:
    position: int
    due_date: date
    amount: Decimal


def _parts(invoice: Invoice) -> list[_Due]:
    """Return the posted instalments, or for a draft those it would have if issued on its date."""
    if invoice.state in FROZEN:
        rows = Instalment.objects.filter(invoice_id=invoice.pk).order_by("position")
        return [_Due(row.position, row.due_date, row.amount) for row in rows]
    if invoice.issue_date is None or invoice.total_amount <= ZERO:
        return []
    terms = PaymentTermPart.objects.filter(term_id=invoice.terms_id).order_by("position")
    rules = [
        TermPart(part.weight, part.months, part.days, part.end_of_month)
        for part in (terms if invoice.terms_id else ())
    ]
    return [
        _Due(part.position, part.due_date, part.amount)
        for part in instalments_of(invoice.total, issue_date=invoice.issue_date, parts=rules)
    ]


def _lines(lines: Sequence[InvoiceLine], currency: str, language: str) -> list[Line]:
    printed, running = [], ZERO
    for line in lines:
        running += line.net_amount
        period = _period((line.service_from, line.service_to), language)
        code = line.product.code if line.product else ""
        printed.append(
            Line(
                position=line.position,
                description=line.description.strip(),
                detail=" · ".join(part for part in (code, period) if part),
                quantity=figures.number_text(line.quantity),
                unit=line.unit,
                unit_price=figures.price_text(line.unit_price, currency),
                discount=_line_discount(line, currency),
                tax=_tax_name(line.tax_category, line.tax_rate, language),
                amount=figures.amount_text(line.net_amount, currency),
                running=figures.amount_text(running, currency),
            )
        )
    return printed


def _line_discount(line: InvoiceLine, currency: str) -> str:
    if line.discount_percent:
        return f"−{figures.percent_text(line.discount_percent)}"
    if line.discount_amount:
        return figures.amount_text(-line.discount_amount, currency)
    return ""


def _taxes(invoice: Invoice, language: str, *, itemised: bool) -> list[TaxRow]:
    rows = InvoiceTax.objects.filter(invoice_id=invoice.pk).order_by("-rate", "category")
    if not itemised:  # what was not said of the lines is not said of their tax
        rows = rows.exclude(category=TaxCategory.NONE)
    return [
        TaxRow(
            name=_tax_name(row.category, row.rate, language),
            is_rate=row.category == TaxCategory.STANDARD,
            base=figures.amount_text(row.base_amount, invoice.currency),
            amount=figures.amount_text(row.tax_amount, invoice.currency),
        )
        for row in rows
    ]


def _tax_name(category: str, rate: Decimal, language: str) -> str:
    if category == TaxCategory.STANDARD:
        return figures.percent_text(rate * 100)
    return words(language).get(category, category)


def _service_dates(lines: Sequence[InvoiceLine]) -> tuple[date | None, date | None]:
    starts = [line.service_from for line in lines if line.service_from]
    ends = [line.service_to for line in lines if line.service_to]
    return min(starts, default=None), max(ends, default=None)


def _period(days: tuple[date | None, date | None], language: str) -> str:
    start, end = days
    if start and end and start != end:
        return f"{figures.day_text(start, language)} – {figures.day_text(end, language)}"
    return figures.day_text(start or end, language)


def _bank(bank: Mapping[str, str] | None, invoice: Invoice) -> Bank | None:
    if bank is None:
        return None
    code = None
    if invoice.currency == "EUR" and invoice.number and invoice.state != InvoiceState.VOID:
        code = epc_code(
            holder=bank["holder"],
            iban=bank["number"],
            bic=bank["code"],
            amount=invoice.total_amount,
            reference=invoice.number,
        )
    return Bank(
        holder=bank["holder"],
        bank=bank["bank"],
        number=figures.account_text(bank["number"]),
        plain_number="".join(bank["number"].split()),
        code=bank["code"],
        is_iban=is_iban(bank["number"]),
        image=code_image(code) if code else "",
    )


def _brand(seller: Mapping[str, Any]) -> str:
    color = str(seller.get("brand_color") or "")
    return color if _COLOR.fullmatch(color) else _BRAND
