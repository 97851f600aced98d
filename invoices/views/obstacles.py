"""Which steps a bill's state forbids, and why, for the bill's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.enums import EDITABLE, InvoiceSource, InvoiceState
from invoices.models import Instalment, Invoice
from invoices.operations import OwnVoid, PartlySettled
from invoices.operations.links import NotIssued
from invoices.operations.send import NotApprovedHere

NOT_APPROVED = _("Only an approved invoice is issued.")
NOTHING_OPEN = _("Nothing of this invoice is open.")


def obstacles(
    invoice: Invoice,
    instalments: Sequence[Instalment],
    *,
    had_a_hand: bool,
    needs_second_person: bool,
) -> dict[str, str | Promise]:
    """
    Return why not, for each of the steps issue, send, receive and void that is not possible.

    ``had_a_hand`` is of the person who looks; who may not void at all is told of that instead.
    """
    state = InvoiceState(invoice.state)
    if state in (*EDITABLE, InvoiceState.IN_REVIEW):
        return {"issue": NOT_APPROVED, "send": NotIssued.message}
    if state == InvoiceState.APPROVED:
        return {"send": NotIssued.message}
    found: dict[str, str | Promise] = {}
    if needs_second_person and had_a_hand:
        found["void"] = OwnVoid.message
    if needs_second_person and invoice.source == InvoiceSource.IMPORT:
        found["send"] = NotApprovedHere.message
    if any(one.item.open_amount != one.item.amount for one in instalments):
        found["void"] = PartlySettled.message
    if not any(one.item.open_amount for one in instalments):
        found["receive"] = NOTHING_OPEN
    return found
