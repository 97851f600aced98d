"""Voiding: an issued bill of which nothing is settled is taken back; it keeps its number."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.companies import active_tenant
from core.models import User
from core.operations.second_person import second_person_needed
from core.tenancy import active_tenant_id
from customers.operations import lock_account
from invoices.enums import InvoiceState
from invoices.models import Charge, Invoice
from invoices.operations.errors import (
    OwnVoid,
    PartlySettled,
    PeriodIsClosed,
    ReasonMissing,
    WrongState,
)
from invoices.operations.send import cancel_sending
from invoices.queries.hands import had_a_hand
from ledger.enums import JournalKind
from ledger.models import OpenItem
from ledger.operations import ItemSettled, PeriodClosed, reverse_items
from messaging.enums import EventType
from messaging.operations import announce


def reverse_bill(*, invoice: Invoice, day: date, reason: str, at: datetime) -> None:
    """
    Mirror the posting of a bill in the ledger, effective on ``day``; the caller holds the locks.

    :raises PartlySettled: if something is allocated to it
    :raises PeriodIsClosed: if the day lies in a closed period
    """
    items = list(OpenItem.objects.filter(instalment__invoice=invoice).order_by("pk"))
    if not items:
        return
    try:
        reverse_items(
            items=items,
            journal_kind=JournalKind.INVOICE_VOID,
            effective_date=day,
            at=at,
            reason=reason.strip()[:300],
        )
    except ItemSettled as settled:
        raise PartlySettled(str(invoice)) from settled
    except PeriodClosed as closed:
        raise PeriodIsClosed(f"{day}") from closed


@transaction.atomic
def void(*, invoice: Invoice, reason: str, at: datetime, actor: User | None) -> Invoice:
    """
    Take back an issued bill on the tenant's day of ``at``; its charges wait again.

    Mails that would carry it and are still waiting are cancelled with it.

    :raises ReasonMissing: without a reason
    :raises WrongState: if it is not issued, or void by now
    :raises OwnVoid: if the person wrote, changed or submitted it and the company asks for a second
        person
    :raises PartlySettled: if something is allocated to it
    :raises PeriodIsClosed: if the day lies in a closed period
    """
    if not reason.strip():
        raise ReasonMissing("void")
    lock_account(invoice.customer_id)
    invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if not invoice.may_become(InvoiceState.VOID):
        raise WrongState(f"{invoice} is {invoice.state}.")
    is_own = actor is not None and had_a_hand(invoice, actor)
    if is_own and second_person_needed(tenant_id=active_tenant_id()):
        raise OwnVoid(f"{actor} had a hand in {invoice}.")
    reverse_bill(invoice=invoice, day=active_tenant().day_of(at), reason=reason, at=at)
    Charge.objects.filter(line__invoice=invoice).update(line=None)
    invoice.state, invoice.voided_at = InvoiceState.VOID, at
    invoice.void_reason = reason.strip()[:300]
    invoice.version += 1
    invoice.save(update_fields=["state", "voided_at", "void_reason", "version"])
    cancel_sending(invoice=invoice, at=at, actor=actor, reason=invoice.void_reason)
    audit.record(
        event="invoice.voided",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        reason=invoice.void_reason,
    )
    announce(EventType.INVOICE_VOIDED, [invoice.pk], at=at)
    return invoice
