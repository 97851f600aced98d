"""The jobs of billing; a worker looks here for the kinds of jobs it has to know."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.jobs import RowRefused, RowSkipped, job_kind
from core.models import Job, JobRow
from invoices import bulk
from invoices.models import Invoice
from invoices.operations.errors import InvoiceRefusal
from invoices.operations.send import UNDO, AlreadySent, send

__all__ = ["bulk", "send_row"]  # bulk registers the other kinds

SEND_INVOICES = "send_invoices"


@job_kind(SEND_INVOICES, permission="invoices.send")
def send_row(row: JobRow, job: Job, at: datetime) -> str:
    """Send one bill to its usual recipients; not before the time the person chose, if any."""
    invoice = Invoice.objects.filter(pk=row.subject_id).first()
    if invoice is None:
        raise RowSkipped(_("The invoice was deleted"))
    chosen = job.params.get("not_before")
    not_before = datetime.fromisoformat(chosen) if chosen else at + UNDO
    try:
        deliveries = send(invoice=invoice, at=at, actor=job.created_by, not_before=not_before)
    except AlreadySent as already:
        raise RowSkipped(str(already.message)) from already
    except InvoiceRefusal as refused:
        raise RowRefused(str(refused.message)) from refused
    count = len(deliveries)
    return ngettext(
        "Waiting to be sent to %(count)s address",
        "Waiting to be sent to %(count)s addresses",
        count,
    ) % {"count": count}
