"""Sending one bill, and taking back what has not left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.http import unprocessable
from core.once import first_time
from core.undo import say_done
from core.views import StaffRequest, staff_view
from invoices.documents import bill_of, mail_of
from invoices.enums import InvoiceState
from invoices.forms.sending import SendForm
from invoices.models import Invoice
from invoices.operations.errors import InvoiceRefusal
from invoices.operations.links import PLACEHOLDER
from invoices.operations.send import UNDO, AlreadySent, cancel_sending, send
from invoices.operations.store_document import file_name
from invoices.queries.delivery import ENDED, deliveries_of, recipients_of
from invoices.views.common import go_to, invoice_or_404, read_id, url_of
from messaging.enums import MessageState
from messaging.operations import CANCELLABLE
from messaging.placeholders import fill

TEMPLATE = "invoices/send.html"
MESSAGE_CHIPS = {
    MessageState.QUEUED: "due",
    MessageState.CLAIMED: "due",
    MessageState.TRANSMITTING: "due",
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "ok",
    MessageState.BOUNCED: "failed",
    MessageState.UNCONFIRMED: "unconfirmed",
    MessageState.FAILED: "failed",
    MessageState.CANCELLED: "void",
    MessageState.HELD: "due",
}


@staff_view(permission="invoices.send")
@require_http_methods(["GET", "HEAD", "POST"])
def send_invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """Show whom the bill would go to and what they would read; on POST, send it."""
    invoice = invoice_or_404(pk)
    at = timezone.now()
    form = SendForm(
        request.POST or None,
        known=recipients_of(invoice.customer_id),
        at=at,
        time_zone=request.tenant.time_zone,
    )
    if request.method != "POST":
        return render(request, TEMPLATE, _context(request, invoice, form))
    if form.is_valid():
        if not first_time(request):
            return redirect(url_of(request, "invoices:send", pk))
        if _sent(request, invoice, form, at):
            return redirect(url_of(request, "invoices:send", pk))
    return unprocessable(request, TEMPLATE, _context(request, invoice, form))


def _sent(request: StaffRequest, invoice: Invoice, form: SendForm, at: datetime) -> bool:
    data = form.cleaned_data
    try:
        deliveries = send(
            invoice=invoice,
            recipients=data["people"],
            at=at,
            actor=request.user,
            not_before=data["not_before"] or at + UNDO,
            again=data["again"],
        )
    except AlreadySent as refused:
        form.add_error("again", str(refused.message))
        return False
    except InvoiceRefusal as refused:
        form.add_error(None, str(refused.message))
        return False
    text = ngettext(
        "Waiting to be sent to %(count)s address. Until it leaves you can undo it.",
        "Waiting to be sent to %(count)s addresses. Until they leave you can undo it.",
        len(deliveries),
    )
    say_done(
        request,
        text % {"count": len(deliveries)},
        undo=url_of(request, "invoices:undo_sending", invoice.pk),
        fields={"delivery": deliveries[0].pk} if len(deliveries) == 1 else None,
    )
    return True


@staff_view(permission="invoices.send")
@require_POST
def undo_sending(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what waits: one message, or all of the bill's."""
    invoice = invoice_or_404(pk)
    named = request.POST.getlist("delivery")
    chosen = [one for value in named if (one := read_id(value)) is not None]
    count = cancel_sending(
        invoice=invoice,
        at=timezone.now(),
        actor=request.user,
        reason=_("Undone by hand"),
        delivery_ids=chosen if named else None,
    )
    if count:
        text = ngettext(
            "%(count)s message was taken back.", "%(count)s messages were taken back.", count
        )
        messages.success(request, text % {"count": count})
    else:
        messages.error(request, _("Too late: nothing is waiting any more."))
    return go_to(request, "invoices:send", pk)


def _context(request: StaffRequest, invoice: Invoice, form: SendForm) -> dict[str, Any]:
    bill = bill_of(invoice)
    people = [one for one, ticked in form.chosen if ticked]
    mail = mail_of(bill, to_name=people[0].name if people else "")
    sent = [
        (one, MESSAGE_CHIPS[MessageState(one.message.state)]) for one in deliveries_of(invoice.pk)
    ]
    return {
        "invoice": invoice,
        "bill": bill,
        "form": form,
        "subject": mail.subject,
        "body": fill(mail.text, {PLACEHOLDER: _("(personal link to this invoice)")}),
        "document_name": file_name(invoice),
        "deliveries": sent,
        "waiting": [one.pk for one, _chip in sent if one.message.state in CANCELLABLE],
        "is_sent": any(one.message.state not in ENDED for one, _chip in sent),
        "may_send": invoice.state == InvoiceState.ISSUED and invoice.document_id is not None,
        "is_issued": invoice.state == InvoiceState.ISSUED,
    }
