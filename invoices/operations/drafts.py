"""Writing drafts: the one place where a bill's content is changed, and its totals are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from core import audit
from core.companies import active_tenant
from core.models import User
from core.money import q
from core.tenancy import active_tenant_id
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import lock_accounts
from invoices.calculations import LineInput, Totals, totals_of
from invoices.enums import EDITABLE, InvoiceSource
from invoices.models import Charge, Invoice, InvoiceLine, InvoiceTax, TaxCode
from invoices.operations.errors import (
    ChargeTaken,
    CustomerArchived,
    EditedMeanwhile,
    LineWithoutTax,
    WrongState,
)
from invoices.operations.line_changes import WRITTEN, LineChanges
from messaging.enums import EventType
from messaging.operations import announce

HEAD_FIELDS = (
    "customer_id",
    "currency",
    "terms_id",
    "language",
    "po_number",
    "reference",
    "note",
    "internal_note",
)
TOTAL_FIELDS = (
    "lines_amount",
    "discount_amount",
    "discount_percent",
    "net_amount",
    "tax_amount",
    "total_amount",
)
LINE_FIELDS = ("position", *WRITTEN, "tax_category", "tax_rate", "net_amount", "tax_amount")


@dataclass(frozen=True, slots=True)
class HeadDraft:
    """
    What the head of a bill says; amounts in its currency, before tax.

    With a ``discount_percent`` (10 is 10 %) the ``discount_amount`` follows from it.
    """

    customer_id: int
    currency: str
    terms_id: int | None
    language: str
    po_number: str = ""
    reference: str = ""
    note: str = ""
    internal_note: str = ""
    discount_amount: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """
    One line as written. ``line_id`` is the line it was; ``charge_id`` the charge it bills.

    The discount is in per cent, or an amount off the whole line; never both.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_code_id: int
    product_id: int | None = None
    service_from: date | None = None
    service_to: date | None = None
    unit: str = ""
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)
    line_id: int | None = None
    charge_id: int | None = None


def head_for(customer: Customer) -> HeadDraft:
    """Return the head a new bill of the customer starts with."""
    return HeadDraft(
        customer_id=customer.pk,
        currency=customer.currency,
        terms_id=customer.terms_id,
        language=customer.language,
    )


def head_as_written(invoice: Invoice) -> HeadDraft:
    """Return the head that a bill has; where its discount is in per cent, no amount beside it."""
    return HeadDraft(
        **{name: getattr(invoice, name) for name in HEAD_FIELDS},
        discount_percent=invoice.discount_percent,
        discount_amount=Decimal(0) if invoice.discount_percent else invoice.discount_amount,
    )


def lines_as_written(invoice: Invoice) -> list[LineDraft]:
    """Return the lines that a bill has, in order; saved again they are the same lines."""
    return [
        LineDraft(line_id=line.pk, **{name: getattr(line, name) for name in WRITTEN})
        for line in invoice.lines.order_by("position")
    ]


def totals_for(head: HeadDraft, lines: Sequence[LineDraft], *, tax_mode: str) -> Totals:
    """
    Return what these lines come to, without saving anything.

    :raises LineWithoutTax: if a tax code does not exist
    :raises DiscountExceedsLines: if a discount is more than what it is taken off
    :raises AmountTooLarge: beyond what a column holds
    """
    return _totals(lines, _tax_codes(lines), head, tax_mode)


@transaction.atomic
def save_draft(
    *,
    invoice: Invoice | None,
    head: HeadDraft,
    lines: Sequence[LineDraft],
    at: datetime,
    actor: User | None,
    version: int | None = None,
    source: InvoiceSource = InvoiceSource.MANUAL,
    author: User | None = None,
) -> Invoice:
    """
    Write a draft, new or existing, with its lines in the order given, and compute its totals.

    ``version`` is the one the writer had opened; None means that nobody typed against an older one.
    ``author`` is who wrote the words of a new bill that a machine makes, else the actor did.
    A returned bill stays returned until it is submitted again. Lines that are left out are removed,
    and their charges wait again. A draft that already says all this is left as it is.

    :raises WrongState: if the bill is no draft any more
    :raises EditedMeanwhile: if the version is not the present one
    :raises CustomerArchived: if the customer is no longer billed
    :raises ChargeTaken: if a charge is on another bill, or of another customer or currency
    :raises DiscountExceedsLines: if a discount is more than what it is taken off
    :raises AmountTooLarge: beyond what a column holds
    """
    own_ids = [invoice.customer_id] if invoice else []
    customer = lock_accounts([head.customer_id, *own_ids])[head.customer_id]
    if customer.status == CustomerStatus.ARCHIVED:
        raise CustomerArchived(str(customer))
    invoice = _fresh(invoice, version) if invoice else _new(source, at, author or actor)
    before = {name: getattr(invoice, name) for name in (*HEAD_FIELDS, *TOTAL_FIELDS)}
    codes = _tax_codes(lines)
    totals = _totals(lines, codes, head, invoice.tax_mode)
    for name in HEAD_FIELDS:
        setattr(invoice, name, getattr(head, name))
    for name in TOTAL_FIELDS:
        says = head if name == "discount_percent" else totals
        setattr(invoice, name, getattr(says, name))
    is_new = invoice.pk is None
    if is_new:
        invoice.edited_by = actor
        invoice.save()
    changed = _write_lines(invoice, lines, codes, totals, is_new=is_new)
    after = {name: getattr(invoice, name) for name in before}
    changes = {} if is_new else audit.differences(before, after, before)
    if not (is_new or changed or changes):
        return invoice
    if not is_new:
        invoice.edited_by = actor
        invoice.version += 1
        invoice.save(update_fields=[*HEAD_FIELDS, *TOTAL_FIELDS, "edited_by", "version"])
    _write_taxes(invoice, totals, is_new=is_new)
    audit.record(
        event="invoice.created" if is_new else "invoice.saved",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        changes=changes | (changed.told() if changed else {}),
    )
    if is_new:
        announce(EventType.INVOICE_CREATED, [invoice.pk], at=at)
    return invoice


@transaction.atomic
def delete_draft(*, invoice: Invoice, at: datetime, actor: User | None) -> int:
    """
    Throw a draft away and return its former id; its charges wait again, its period is not redone.

    :raises WrongState: if the bill is no draft any more
    """
    lock_accounts([invoice.customer_id])
    invoice = _fresh(invoice, None)
    audit.record(
        event="invoice.deleted",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        changes={"total_amount": invoice.total_amount, "currency": invoice.currency},
    )
    former_id = invoice.pk
    Charge.objects.filter(line__invoice=invoice).update(line=None)
    invoice.delete()
    return former_id


def _fresh(invoice: Invoice, version: int | None) -> Invoice:
    fresh = Invoice.objects.select_for_update(of=("self",)).filter(pk=invoice.pk).first()
    if fresh is None or fresh.state not in EDITABLE:
        raise WrongState(f"{invoice} is {fresh.state if fresh else 'gone'}.")
    if version is not None and version != fresh.version:
        raise EditedMeanwhile(fresh)
    return fresh


def _new(source: InvoiceSource, at: datetime, author: User | None) -> Invoice:
    tax_mode = active_tenant().tax_mode
    return Invoice(source=source, tax_mode=tax_mode, author=author, created_at=at)


def _tax_codes(lines: Sequence[LineDraft]) -> dict[int, TaxCode]:
    return TaxCode.objects.in_bulk({line.tax_code_id for line in lines if line.tax_code_id})


def _totals(
    lines: Sequence[LineDraft],
    codes: dict[int, TaxCode],
    head: HeadDraft,
    tax_mode: str,
) -> Totals:
    if any(line.tax_code_id not in codes for line in lines):
        raise LineWithoutTax("A line has no tax code.")
    inputs = [
        LineInput(
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            discount_amount=line.discount_amount,
            tax_category=codes[line.tax_code_id].category,
            tax_rate=codes[line.tax_code_id].rate,
        )
        for line in lines
    ]
    return totals_of(
        inputs,
        discount_amount=head.discount_amount,
        discount_percent=head.discount_percent,
        currency=head.currency,
        tax_mode=tax_mode,
    )


def _write_lines(
    invoice: Invoice,
    drafts: Sequence[LineDraft],
    codes: dict[int, TaxCode],
    totals: Totals,
    *,
    is_new: bool,
) -> LineChanges | None:
    """Bring the lines to what the drafts say; return what changed; None of a new bill."""
    existing = {} if is_new else {line.pk: line for line in invoice.lines.all()}
    added: list[tuple[InvoiceLine, int | None]] = []
    changed: list[InvoiceLine] = []
    told = LineChanges()
    for position, (draft, result) in enumerate(zip(drafts, totals.lines, strict=True), start=1):
        code = codes[draft.tax_code_id]
        known = existing.pop(draft.line_id, None) if draft.line_id else None
        line = known or InvoiceLine(invoice=invoice)
        before = {name: getattr(line, name) for name in LINE_FIELDS}
        for name in WRITTEN:
            setattr(line, name, getattr(draft, name))
        line.discount_amount = q(draft.discount_amount, invoice.currency)
        line.position, line.tax_category, line.tax_rate = position, code.category, code.rate
        line.net_amount, line.tax_amount = result.net_amount, result.tax_amount
        if known is None:
            added.append((line, draft.charge_id))
            continue
        told.kept.append((known, before))
        if any(before[name] != getattr(line, name) for name in LINE_FIELDS):
            changed.append(line)
    told.added, told.removed = [line for line, _charge_id in added], list(existing.values())
    if existing:
        Charge.objects.filter(line__in=existing).update(line=None)
        InvoiceLine.objects.filter(pk__in=existing).delete()
    if changed:
        InvoiceLine.objects.bulk_update(changed, LINE_FIELDS)
    InvoiceLine.objects.bulk_create(told.added)
    _take_charges(
        invoice, {line.pk: charge_id for line, charge_id in added if charge_id}, is_new=is_new
    )
    return told if not is_new and (added or changed or existing) else None


def _take_charges(invoice: Invoice, charges: dict[int, int], *, is_new: bool) -> None:
    """Put each charge on its line, once; refuse when a charge is elsewhere or does not fit."""
    if charges:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE invoices_charge AS charge SET line_id = taken.line_id "
                "FROM unnest(%s::bigint[], %s::bigint[]) AS taken (charge_id, line_id) "
                "WHERE charge.tenant_id = %s AND charge.id = taken.charge_id "
                "AND charge.line_id IS NULL AND charge.customer_id = %s AND charge.currency = %s",
                [
                    list(charges.values()),
                    list(charges),
                    active_tenant_id(),
                    invoice.customer_id,
                    invoice.currency,
                ],
            )
            if cursor.rowcount != len(charges):
                raise ChargeTaken(str(invoice))
    if not is_new:
        misfits = Charge.objects.filter(line__invoice=invoice).exclude(
            customer_id=invoice.customer_id, currency=invoice.currency
        )
        if misfits.exists():
            raise ChargeTaken(str(invoice))


def _write_taxes(invoice: Invoice, totals: Totals, *, is_new: bool) -> None:
    if not is_new:
        invoice.taxes.all().delete()
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
