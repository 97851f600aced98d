"""Links behind which a customer sees one bill. The token is in the mail alone, never in a table."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.companies import active_tenant
from core.dates import instant_of
from core.models import AuditEntry, User
from invoices.enums import InvoiceState
from invoices.models import Invoice, PublicLink
from invoices.operations.errors import InvoiceRefusal
from messaging.enums import EventType
from messaging.operations import announce
from messaging.placeholders import Unresolvable

AFTER_DUE = timedelta(days=30)
AT_LEAST = timedelta(days=60)
PLACEHOLDER = "bill_link"


class NotIssued(InvoiceRefusal):
    """A bill that is not issued is never shown to its customer."""

    message = _("Only an issued invoice is sent or shown to its customer.")


@transaction.atomic
def create_link(invoice: Invoice, at: datetime) -> PublicLink:
    """
    Make a link to an issued bill.

    It ends 30 days after the due date, at the end of that day in the company's zone, but not
    before 60 days from now.

    :raises NotIssued: for a draft or a void bill
    """
    if invoice.state != InvoiceState.ISSUED:
        raise NotIssued(f"{invoice} is {invoice.state}.")
    nonce, public_id = secrets.token_urlsafe(32), uuid.uuid4()
    return PublicLink.objects.create(
        invoice=invoice,
        public_id=public_id,
        nonce=nonce,
        token_hash=hash_of(_token(nonce, public_id, settings.SECRET_KEY)),
        expires_at=_end(invoice, at),
        created_at=at,
    )


def url_of(link: PublicLink) -> str:
    """
    Return the link's address, which holds the secret: it goes into mails and nowhere else.

    :raises LookupError: if no secret key the site knows made this link
    """
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _token(link.nonce, link.public_id, key)
        if hmac.compare_digest(hash_of(token), link.token_hash):
            return f"{settings.SITE_URL.rstrip('/')}/b/{token}/"
    raise LookupError(f"Link {link.public_id} was made with a secret key that is gone.")


@transaction.atomic
def revoke(link: PublicLink, at: datetime, actor: User | None) -> PublicLink:
    """End a link now; ending it twice changes nothing."""
    link = PublicLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if link.revoked_at is not None:
        return link
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    invoice = Invoice.objects.get(pk=link.invoice_id)
    audit.record(
        event="invoice.link_revoked",
        subject=invoice,
        actor=actor,
        at=at,
        account_id=invoice.customer_id,
    )
    return link


@transaction.atomic
def mark_opened(link: PublicLink, at: datetime, *, has_fetched: bool = False) -> None:
    """
    Keep when a person first acted on the page behind the link; later acts change nothing there.

    The bill's history tells it once a day, of the company: that it was looked at, or fetched.
    """
    held = PublicLink.objects.select_for_update(of=("self",), no_key=True).select_related("invoice")
    link = held.get(pk=link.pk)
    if link.first_opened_at is None:
        link.first_opened_at = at
        link.save(update_fields=["first_opened_at"])
        announce(EventType.INVOICE_VIEWED, [link.invoice_id], at=at)
    event = "invoice.fetched_by_customer" if has_fetched else "invoice.seen_by_customer"
    tenant, bill = active_tenant(), link.invoice
    since = instant_of(tenant.day_of(at), 0, tenant.time_zone)
    told = AuditEntry.objects.filter(subject=audit.subject_of(bill), event=event)
    if not told.filter(happened_at__gte=since).exists():
        audit.record(event=event, subject=bill, actor=None, at=at, account_id=bill.customer_id)


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def resolve(reference: str) -> str:
    """
    Return the address for a message that is about to leave; the reference is the link's id.

    :raises Unresolvable: if the link was revoked, or the bill voided, in the meantime
    """
    link = PublicLink.objects.select_related("invoice").filter(pk=int(reference)).first()
    if link is None or link.revoked_at is not None:
        raise Unresolvable("The link was revoked.")
    if link.invoice.state != InvoiceState.ISSUED:
        raise Unresolvable("The invoice was voided.")
    return url_of(link)


def _token(nonce: str, public_id: uuid.UUID, key: str) -> str:
    purpose = hashlib.sha256(b"duebook.bill-link:" + key.encode()).digest()
    digest = hmac.new(purpose, f"{public_id}:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _end(invoice: Invoice, at: datetime) -> datetime:
    zone = active_tenant().time_zone
    due = invoice.due_date or invoice.issue_date
    if due is None:  # a constraint gives an issued bill both
        raise NotIssued(f"{invoice} has no dates.")
    return max(instant_of(due + AFTER_DUE + timedelta(days=1), 0, zone), at + AT_LEAST)
