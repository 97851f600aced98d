"""How a bill's states look on a page."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from invoices.enums import CheckLevel, InvoiceState, ScheduleState, Settlement
from invoices.models import Invoice
from messaging.enums import MessageState

STATE_KINDS = {
    InvoiceState.DRAFT: "draft",
    InvoiceState.IN_REVIEW: "review",
    InvoiceState.RETURNED: "due",
    InvoiceState.APPROVED: "approved",
    InvoiceState.ISSUED: "sent",
    InvoiceState.VOID: "void",
}
SETTLEMENT_KINDS = {
    Settlement.OPEN: "sent",
    Settlement.PARTLY: "partly",
    Settlement.SETTLED: "paid",
}
LEVEL_KINDS = {CheckLevel.BLOCK: "overdue", CheckLevel.WARN: "due", CheckLevel.OK: "ok"}
LEVEL_ICONS = {
    CheckLevel.BLOCK: "alert-circle",
    CheckLevel.WARN: "alert-triangle",
    CheckLevel.OK: "circle-check",
}
SCHEDULE_KINDS = {
    ScheduleState.ACTIVE: "ok",
    ScheduleState.PAUSED: "due",
    ScheduleState.ENDED: "draft",
}
MESSAGE_KINDS = {
    MessageState.HELD: "due",
    MessageState.QUEUED: "due",
    MessageState.CLAIMED: "due",
    MessageState.TRANSMITTING: "due",
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "ok",
    MessageState.BOUNCED: "failed",
    MessageState.FAILED: "failed",
    MessageState.UNCONFIRMED: "unconfirmed",
    MessageState.CANCELLED: "void",
}
OVERDUE = pgettext_lazy("invoice", "Overdue")


def is_overdue(invoice: Invoice, today: date) -> bool:
    """Test if something of the bill is left after its due date; needs ``open_amount``."""
    due, left = invoice.due_date, getattr(invoice, "open_amount", 0)
    return invoice.state == InvoiceState.ISSUED and bool(left) and due is not None and due < today


def settlement_of(invoice: Invoice) -> Settlement | None:
    """
    Return how far a bill is paid; needs ``open_amount``. A bill of nothing is settled.

    None for what was never issued, or is void.
    """
    if invoice.state != InvoiceState.ISSUED:
        return None
    left = getattr(invoice, "open_amount", invoice.total_amount)
    if not left:
        return Settlement.SETTLED
    return Settlement.OPEN if left == invoice.total_amount else Settlement.PARTLY


def status_of(invoice: Invoice, today: date) -> tuple[str | Promise, str]:
    """Return the one word a list has for a bill, and its kind of chip; needs ``open_amount``."""
    settlement = settlement_of(invoice)
    if settlement is None:
        state = InvoiceState(invoice.state)
        return state.label, STATE_KINDS[state]
    if is_overdue(invoice, today):
        return OVERDUE, "overdue"
    label = InvoiceState.ISSUED.label if settlement == Settlement.OPEN else settlement.label
    return label, SETTLEMENT_KINDS[settlement]
