"""Taking back an imported bill that nobody touched, so that a corrected one can come instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count

from django.db import transaction

from core import audit
from core.models import User
from core.tenancy import whole_company
from customers.operations import lock_account
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations.errors import (
    AlreadyShown,
    PartlySettled,
    Reminded,
    SettledSince,
    WrongState,
)
from invoices.operations.void import reverse_bill
from ledger.models import OpenItem
from ledger.queries import was_reopened_later
from messaging.enums import EventType, MessageState
from messaging.operations import announce

Check = Callable[[Sequence[OpenItem]], bool]
_checks: list[Check] = []


def touched_if(check: Check) -> Check:
    """Take in an app's test whether it has dealt with what a bill is owed by."""
    _checks.append(check)
    return check


@transaction.atomic
def take_back_bill(*, invoice: Invoice, reason: str, at: datetime, actor: User | None) -> Invoice:
    """
    Void an imported bill as if it had never come: its mirror is effective on the bill's own date.

    Its number gets a mark (``INV-42~1``) and its external key is cleared, so that both are free for
    the corrected bill. What was known before keeps being answered as it was.

    No second person is asked, as none was for the import; whoever may import may take back.

    :raises WrongState: if it is no imported bill, or void by now
    :raises AlreadyShown: if it was sent, or a link to it was given out
    :raises Reminded: if a reminder went out about it, or it is kept out of reminders
    :raises SettledSince: if something is allocated to it, or was for a time
    :raises PeriodIsClosed: if its date lies in a closed period by now
    """
    lock_account(invoice.customer_id)
    invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if invoice.source != InvoiceSource.IMPORT or invoice.state != InvoiceState.ISSUED:
        raise WrongState(f"{invoice} is {invoice.state}.")
    if invoice.issue_date is None:
        raise TypeError("An issued bill has its date.")
    _refuse_touched(invoice)
    try:
        reverse_bill(invoice=invoice, day=invoice.issue_date, reason=reason, at=at)
    except PartlySettled as settled:
        raise SettledSince(str(invoice)) from settled
    number, key = invoice.number, invoice.external_key
    invoice.state, invoice.voided_at, invoice.void_reason = InvoiceState.VOID, at, reason[:300]
    invoice.number, invoice.external_key = _marked(number), ""
    invoice.version += 1
    invoice.save(
        update_fields=["state", "voided_at", "void_reason", "number", "external_key", "version"]
    )
    audit.record(
        event="invoice.voided",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        changes={
            "number": [number, invoice.number],
            **({"external_key": [key, ""]} if key else {}),
            "effective_date": str(invoice.issue_date),
        },
        reason=invoice.void_reason,
    )
    announce(EventType.INVOICE_VOIDED, [invoice.pk], at=at)
    return invoice


def _refuse_touched(invoice: Invoice) -> None:
    """Refuse what a customer may have seen, dunning has dealt with, or was settled for a time."""
    items = list(OpenItem.objects.filter(instalment__invoice=invoice))
    if any(check(items) for check in _checks):
        raise Reminded(str(invoice))
    sent = Delivery.objects.filter(invoice=invoice)
    given_out = PublicLink.objects.filter(invoice=invoice)
    if (
        sent.exclude(message__state=MessageState.CANCELLED).exists()
        or given_out.exclude(pk__in=sent.values("link")).exists()
    ):
        raise AlreadyShown(str(invoice))
    if was_reopened_later(items):
        raise SettledSince(str(invoice))


def _marked(number: str) -> str:
    """Return the number with the first mark that is free in the company."""
    limit = Invoice._meta.get_field("number").max_length or 0
    marks = (f"~{nth}" for nth in count(1))
    candidates = (f"{number[: limit - len(mark)]}{mark}" for mark in marks)
    with whole_company():
        return next(one for one in candidates if not Invoice.objects.filter(number=one).exists())
