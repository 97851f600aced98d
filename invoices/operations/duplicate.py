"""A new draft that says what an earlier bill says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from core.models import User
from invoices.models import Invoice
from invoices.operations.drafts import HeadDraft, LineDraft, save_draft


@transaction.atomic
def duplicate(*, invoice: Invoice, at: datetime, actor: User | None) -> Invoice:
    """
    Write a draft with the bill's lines at their prices and discounts, whatever state it is in.

    Left out are what belongs to the one bill alone: the purchase order, the service days, the
    charges and the internal note.

    :raises CustomerArchived: if the customer is no longer billed
    """
    lines = [
        LineDraft(
            product_id=line.product_id,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            discount_amount=line.discount_amount,
            tax_code_id=line.tax_code_id,
        )
        for line in invoice.lines.order_by("position")
    ]
    head = HeadDraft(
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        terms_id=invoice.terms_id,
        language=invoice.language,
        reference=invoice.reference,
        note=invoice.note,
        discount_percent=invoice.discount_percent,
        discount_amount=Decimal(0) if invoice.discount_percent else invoice.discount_amount,
    )
    return save_draft(invoice=None, head=head, lines=lines, at=at, actor=actor)
