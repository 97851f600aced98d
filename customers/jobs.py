"""The jobs of the archive; a worker looks here for the kinds of jobs it has to know."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.jobs import RowRefused, RowSkipped, job_kind
from core.models import Job, JobRow, User
from customers.models import Customer
from customers.operations import CustomerRefused, assign_owner

ASSIGN_OWNER = "assign_owner"


@job_kind(ASSIGN_OWNER, permission="customers.edit")
def assign_row(row: JobRow, job: Job, at: datetime) -> str:
    """Give one customer to the person the job names, or to nobody."""
    customer = Customer.objects.filter(pk=row.subject_id).first()
    if customer is None:
        raise RowSkipped(_("The customer was removed"))
    owner_id = job.params.get("owner")
    owner = None if owner_id is None else User.objects.filter(pk=owner_id).first()
    if customer.owner_id == owner_id:
        raise RowSkipped(_("Has this owner already"))
    if owner is None and owner_id is not None:
        raise RowRefused(_("This person is not here any more."))
    try:
        changed = assign_owner(customer=customer, owner=owner, at=at, actor=job.created_by)
    except CustomerRefused as refused:
        raise RowRefused(str(refused.message)) from refused
    return str(changed.owner or _("Nobody looks after it now"))
