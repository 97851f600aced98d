"""Which steps a bill's state forbids, and why, for the bill's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.enums import EDITABLE, InvoiceState
from invoices.models import Instalment, Invoice
from invoices.operations import PartlySettled
from invoices.operations.links import NotIssued

NOT_APPROVED = _("Only an approved invoice is issued.")
NOTHING_OPEN = _("Nothing of this invoice is open.")


def obstacles(invoice: Invoice, instalments: Sequence[Instalment]) -> dict[str, str | Promise]:
    """Return why not, for each of the steps issue, send, receive and void that is not possible."""
    state = InvoiceState(invoice.state)
    if state in (*EDITABLE, InvoiceState.IN_REVIEW):
        return {"issue": NOT_APPROVED, "send": NotIssued.message}
    if state == InvoiceState.APPROVED:
        return {"send": NotIssued.message}
    found: dict[str, str | Promise] = {}
    if any(one.item.open_amount != one.item.amount for one in instalments):
        found["void"] = PartlySettled.message
    if not any(one.item.open_amount for one in instalments):
        found["receive"] = NOTHING_OPEN
    return found
