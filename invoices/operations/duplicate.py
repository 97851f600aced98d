"""A new draft that says what an earlier bill says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from core.models import User
from invoices.models import Invoice
from invoices.operations.drafts import head_as_written, lines_as_written, save_draft


@transaction.atomic
def duplicate(*, invoice: Invoice, at: datetime, actor: User | None) -> Invoice:
    """
    Write a draft with the bill's lines at their prices and discounts, whatever state it is in.

    Left out are what belongs to the one bill alone: the purchase order, the service days, the
    charges and the internal note.

    :raises CustomerArchived: if the customer is no longer billed
    """
    lines = [
        replace(line, line_id=None, service_from=None, service_to=None)
        for line in lines_as_written(invoice)
    ]
    head = replace(head_as_written(invoice), po_number="", internal_note="")
    return save_draft(invoice=None, head=head, lines=lines, at=at, actor=actor)
