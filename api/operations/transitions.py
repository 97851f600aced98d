"""A step of a bill that its caller saw in a certain version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from core.models import User
from customers.operations import lock_account
from invoices.models import Invoice
from invoices.operations import ChangedSinceSeen


@transaction.atomic
def step(
    act: Callable[..., Invoice],
    *,
    invoice: Invoice,
    version: int | None,
    at: datetime,
    actor: User,
    **more: Any,
) -> Invoice:
    """
    Take the step, if the bill is still at the version; None is any.

    :raises ChangedSinceSeen: if it is not
    :raises InvoiceRefusal: as ``act``
    """
    if version is not None:
        lock_account(invoice.customer_id)
        invoice = Invoice.objects.get(pk=invoice.pk)
        if invoice.version != version:
            raise ChangedSinceSeen(invoice)
    return act(invoice=invoice, at=at, actor=actor, **more)
