"""Sending an issued bill: one message per recipient, promised in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import StoredFile, User
from core.operations.second_person import second_person_needed
from core.tenancy import active_tenant_id
from customers.enums import Channel
from customers.models import Customer
from customers.operations import lock_account
from invoices.documents import Bill, bill_of, mail_of
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Delivery, Invoice, PublicLink
from invoices.operations.errors import InvoiceRefusal
from invoices.operations.links import PLACEHOLDER, NotIssued, create_link
from invoices.operations.store_document import file_name
from invoices.queries.delivery import ENDED, recipients_of, usual_recipients
from messaging.enums import MessageKind
from messaging.models import OutboundMessage
from messaging.operations import MessageDraft, MessageInvalid, StateRefused, cancel, queue_many

UNDO = timedelta(seconds=10)  # how long a sending from a page waits, so that it can be undone
_LONGEST_NAME = 120
_READABLE_ADDRESS = 100

Address = tuple[str, str]  # name, e-mail address


class NoDocument(InvoiceRefusal):
    """The PDF is not stored yet; a worker draws it within moments of the issue."""

    message = _("The PDF is still being made. Try again in a moment.")


class NoRecipient(InvoiceRefusal):
    """Nobody to send it to."""

    message = _("The customer has no contact with an e-mail address.")


class OnlyBounced(NoRecipient):
    """Mails to every address of the customer came back."""

    message = _("Mails to this customer's addresses came back. Correct the contact first.")


class GoesByPost(InvoiceRefusal):
    """The customer gets bills on paper; a person may still choose an address."""

    message = _("This customer receives invoices by post.")


class BadAddress(InvoiceRefusal):
    """A recipient is not exactly one e-mail address."""

    message = _("One of the addresses is not a single e-mail address.")


class NotApprovedHere(InvoiceRefusal):
    """Who imports a bill issues it alone, so it goes to nobody where two have to agree."""

    message = _(
        "This invoice was imported, so nobody here approved it. It is not sent while your company "
        "asks for a second person."
    )


class AlreadySent(InvoiceRefusal):
    """A message to the address stands: it waits, left, or nobody knows."""

    message = _("The invoice was already sent there. Send it again only if you mean to.")


@transaction.atomic
def send(
    *,
    invoice: Invoice,
    recipients: Sequence[Address] | None = None,
    at: datetime,
    actor: User | None,
    not_before: datetime | None = None,
    again: bool = False,
) -> list[Delivery]:
    """
    Promise the bill, with PDF and link, to each recipient; none leaves before ``not_before``.

    Without ``recipients`` it goes to the customer's contacts for bills, else to any with an
    address; to none that bounced. "Sent" is said only when the mail server has taken a message.

    :raises NotIssued: for a draft or a void bill
    :raises NotApprovedHere: for an imported bill where a second person has to approve
    :raises NoDocument: if its PDF is not stored yet
    :raises NoRecipient: if there is no address; ``OnlyBounced`` if mails to all came back
    :raises GoesByPost: without ``recipients``, if the customer gets paper
    :raises AlreadySent: without ``again``, if a message to such an address stands
    :raises BadAddress: if a recipient is not exactly one address
    """
    customer = lock_account(invoice.customer_id)
    invoice = Invoice.objects.select_related("document").get(pk=invoice.pk)
    if invoice.state != InvoiceState.ISSUED:
        raise NotIssued(f"{invoice} is {invoice.state}.")
    is_imported = invoice.source == InvoiceSource.IMPORT
    if is_imported and second_person_needed(tenant_id=active_tenant_id()):
        raise NotApprovedHere(str(invoice))
    document = invoice.document
    if document is None:
        raise NoDocument(str(invoice))
    people = _people(recipients, customer)
    _refuse_second(invoice, None if recipients is None else people, again)
    bill = bill_of(invoice)
    pairs = [(person, create_link(invoice, at)) for person in people]
    try:
        messages = queue_many(
            [_draft(invoice, bill, person, link, document, not_before) for person, link in pairs],
            at=at,
        )
    except MessageInvalid as invalid:
        raise BadAddress(invalid.field) from invalid
    deliveries = Delivery.objects.bulk_create(
        Delivery(invoice=invoice, message=message, link=link, created_at=at)
        for message, (_person, link) in zip(messages, pairs, strict=True)
    )
    audit.record(
        event="invoice.send_requested",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
        changes={
            "recipients": [address for _name, address in people],
            **({"not_before": not_before.isoformat()} if not_before else {}),
        },
    )
    return deliveries


@transaction.atomic
def cancel_sending(
    *,
    invoice: Invoice,
    at: datetime,
    actor: User | None,
    reason: str = "",
    delivery_ids: Sequence[int] | None = None,
) -> int:
    """
    Take back the bill's messages that no sender has yet; return how many those were.

    All of them, or those of the named deliveries. What has left, or is leaving, stays as it is.
    """
    lock_account(invoice.customer_id)
    deliveries = Delivery.objects.filter(invoice_id=invoice.pk).select_related("message")
    if delivery_ids is not None:
        deliveries = deliveries.filter(pk__in=delivery_ids)
    cancelled = 0
    for delivery in deliveries.order_by("message_id"):
        try:
            cancel(message=delivery.message, reason=reason, at=at, actor=actor)
        except StateRefused:
            continue
        cancelled += 1
    if cancelled:
        audit.record(
            event="invoice.send_cancelled",
            subject=invoice,
            actor=actor,
            at=at,
            account_id=invoice.customer_id,
            reason=reason,
        )
    return cancelled


def carry_on(old: OutboundMessage, new: OutboundMessage, at: datetime) -> None:
    """Tie a message that replaces another, at a corrected address, to the same bill and link."""
    delivery = Delivery.objects.filter(message=old).first()
    if delivery is not None:
        Delivery.objects.create(
            invoice_id=delivery.invoice_id, message=new, link_id=delivery.link_id, created_at=at
        )


def _people(recipients: Sequence[Address] | None, customer: Customer) -> list[Address]:
    if recipients is None:
        if customer.channel == Channel.PRINT:
            raise GoesByPost(str(customer))
        known = recipients_of(customer.pk)
        people = [(one.name, one.address) for one in usual_recipients(known)]
        if not people:
            raise (OnlyBounced if known else NoRecipient)(str(customer))
        return people
    chosen: dict[str, Address] = {}
    for name, address in recipients:
        try:
            validate_email(address)
        except ValidationError:
            raise BadAddress(address) from None
        chosen.setdefault(address.lower(), (" ".join(name.split())[:_LONGEST_NAME], address))
    if not chosen:
        raise NoRecipient(str(customer))
    return list(chosen.values())


def _refuse_second(invoice: Invoice, people: list[Address] | None, again: bool) -> None:  # noqa: FBT001 - a flag of the request, handed on
    if again:
        return
    standing = Delivery.objects.filter(invoice_id=invoice.pk).exclude(message__state__in=ENDED)
    taken = {address.lower() for address in standing.values_list("message__to_address", flat=True)}
    if taken and (people is None or taken & {address.lower() for _name, address in people}):
        raise AlreadySent(str(invoice))


def _draft(
    invoice: Invoice,
    bill: Bill,
    person: Address,
    link: PublicLink,
    document: StoredFile,
    not_before: datetime | None,
) -> MessageDraft:
    name, address = person
    mail = mail_of(bill, to_name=name)
    return MessageDraft(
        kind=MessageKind.INVOICE,
        dedupe_key=_dedupe_key(invoice, address),
        about=audit.subject_of(invoice),
        account_id=invoice.customer_id,
        to_address=address,
        to_name=name,
        language=invoice.language,
        subject=mail.subject,
        body_text=mail.text,
        body_html=mail.html,
        from_name=" ".join(str(bill.seller["name"]).split()),
        reply_to=str(bill.seller["email"]),
        attachments=[(document, file_name(invoice))],
        placeholders={PLACEHOLDER: str(link.pk)},
        not_before=not_before,
    )


def _dedupe_key(invoice: Invoice, address: str) -> str:
    before = Delivery.objects.filter(
        invoice_id=invoice.pk, message__to_address__iexact=address
    ).count()
    name = address.lower()
    if len(name) > _READABLE_ADDRESS:
        name = hashlib.sha256(name.encode()).hexdigest()
    return f"invoice:{invoice.pk}:{name}:{before + 1}"
