"""What people do to many bills at once, as jobs with an outcome per bill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.jobs import RowRefused, RowSkipped, job_kind
from core.models import Job, JobRow
from core.models.job import RowState
from invoices import operations
from invoices.enums import InvoiceState
from invoices.models import Invoice

AT_ONCE = 200
# What each kind of job is called in lists; sending has its own title, with a number.
TITLES = {
    "submit_invoices": gettext_lazy("Submit invoices for review"),
    "approve_invoices": gettext_lazy("Approve invoices"),
    "issue_invoices": gettext_lazy("Issue invoices"),
}


@job_kind("submit_invoices", permission="invoices.edit")
def submit_row(row: JobRow, job: Job, at: datetime) -> str:
    """Submit one bill for review."""
    invoice = _invoice(row)
    if invoice.state == InvoiceState.IN_REVIEW:
        raise RowSkipped(_("Already in review"))
    _refusals(lambda: operations.submit(invoice=invoice, at=at, actor=job.created_by))
    return _("Submitted for review")


@job_kind("approve_invoices", permission="invoices.approve")
def approve_row(row: JobRow, job: Job, at: datetime) -> str:
    """Approve one bill; the same rules hold as for a single one."""
    invoice, actor = _invoice(row), job.created_by
    if actor is None:
        raise RowRefused(_("Only a person approves an invoice."))
    if invoice.state in (InvoiceState.APPROVED, InvoiceState.ISSUED):
        raise RowSkipped(_("Already approved"))
    try:
        operations.approve(invoice=invoice, version=row.subject_version, at=at, actor=actor)
    except operations.ChangedSinceSeen as changed:
        text = _("The invoice has changed since it was chosen. Look at it and choose it again.")
        raise RowRefused(text) from changed
    except operations.InvoiceRefusal as refused:
        raise RowRefused(str(refused.message)) from refused
    return _("Approved")


@job_kind("issue_invoices", permission="invoices.issue")
def issue_row(row: JobRow, job: Job, at: datetime) -> str:
    """
    Issue the row's bill, and the next ones of the job with it: set-based work in one transaction.

    Their rows are held from before until they say so, in the same transaction: cancelling calls no
    issued bill cancelled. One that was refused is tried again by its own row, which says why.
    """
    invoice = _invoice(row)
    if invoice.state == InvoiceState.ISSUED:
        if invoice.issued_at is not None and invoice.issued_at >= job.created_at:
            return invoice.number
        raise RowSkipped(_("Already issued as %(number)s") % {"number": invoice.number})
    rows = list(
        JobRow.objects.select_for_update(skip_locked=True)
        .filter(job=job, state=RowState.PENDING, position__gt=row.position)
        .order_by("position")[:AT_ONCE]
    )
    next_ids = [next_row.subject_id for next_row in rows]
    result = operations.issue_many(invoice_ids=[invoice.pk, *next_ids], at=at, actor=job.created_by)
    numbers = {issued.pk: issued.number for issued in result.invoices}
    done = [next_row for next_row in rows if next_row.subject_id in numbers]
    for next_row in done:
        next_row.state, next_row.finished_at = RowState.DONE, at
        next_row.message = numbers[next_row.subject_id]
    JobRow.objects.bulk_update(done, ["state", "finished_at", "message"])
    if invoice.pk in result.refused:
        invoice.refresh_from_db()
        if invoice.state != InvoiceState.ISSUED:  # else another worker on this job was faster
            raise RowRefused(str(result.refused[invoice.pk].message))
        return invoice.number
    return numbers[invoice.pk]


def _invoice(row: JobRow) -> Invoice:
    invoice = Invoice.objects.filter(pk=row.subject_id).first()
    if invoice is None:
        raise RowSkipped(_("The invoice was deleted"))
    return invoice


def _refusals(act: Callable[[], object]) -> None:
    try:
        act()
    except operations.InvoiceRefusal as refused:
        raise RowRefused(str(refused.message)) from refused
