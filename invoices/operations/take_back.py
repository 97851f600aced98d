"""Taking back an imported bill that nobody touched, so that a corrected one can come instead."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.companies import active_tenant
from core.models import User
from core.news import is_news
from customers.operations import lock_account
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations.errors import AlreadyShown, Reminded, WrongState
from invoices.operations.void import reverse_bill
from ledger.models import OpenItem
from messaging.enums import EventType
from messaging.operations import announce

NUMBER_LIMIT = 40


@transaction.atomic
def take_back_bill(*, invoice: Invoice, reason: str, at: datetime, actor: User | None) -> Invoice:
    """
    Void an imported bill as if it had never come: its mirror is effective on the bill's own date.

    Its number gets a mark (``INV-42~1``) and its external key is cleared, so that both are free for
    the corrected bill. What was known before keeps being answered as it was.

    :raises WrongState: if it is no imported bill, or void by now
    :raises AlreadyShown: if it was sent, or a link to it was given out
    :raises Reminded: if a reminder was decided on, or it is kept out of reminders
    :raises PartlySettled: if something is allocated to it
    :raises PeriodIsClosed: if its date lies in a closed period by now
    """
    lock_account(invoice.customer_id)
    invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if invoice.source != InvoiceSource.IMPORT or invoice.state != InvoiceState.ISSUED:
        raise WrongState(f"{invoice} is {invoice.state}.")
    if invoice.issue_date is None or invoice.issued_at is None:
        raise TypeError("An issued bill has its dates.")
    _refuse_touched(invoice)
    reverse_bill(invoice=invoice, day=invoice.issue_date, reason=reason, at=at)
    number = invoice.number
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
        changes={"number": [number, invoice.number]},
        reason=invoice.void_reason,
    )
    if is_news(invoice.issue_date, active_tenant().day_of(invoice.issued_at)):
        announce(EventType.INVOICE_VOIDED, [invoice.pk], at=at)
    return invoice


def _refuse_touched(invoice: Invoice) -> None:
    """Refuse what a customer may have seen, or dunning has dealt with."""
    for shown in (Delivery, PublicLink):
        if shown.objects.filter(invoice=invoice).exists():
            raise AlreadyShown(str(invoice))
    items = list(OpenItem.objects.filter(instalment__invoice=invoice))
    for relation in OpenItem._meta.related_objects:
        others = relation.related_model
        if others._meta.app_label in ("ledger", "invoices"):
            continue
        if others._default_manager.filter(**{f"{relation.field.name}__in": items}).exists():
            raise Reminded(str(invoice))


def _marked(number: str) -> str:
    """Return the number with the first mark that is free."""
    count = 1
    while True:
        mark = f"~{count}"
        marked = f"{number[: NUMBER_LIMIT - len(mark)]}{mark}"
        if not Invoice.objects.filter(number=marked).exists():
            return marked
        count += 1
