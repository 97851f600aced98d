"""What the pages of receipts share."""

from __future__ import annotations

from datetime import date

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.views import StaffRequest
from ledger.operations import AllocationRefused, AlreadyUndone, PeriodClosed
from payments import queries
from payments.models import Receipt
from payments.operations import (
    AccountInOtherCurrency,
    AccountNotInUse,
    NumberTaken,
    ReceiptInUse,
    ReceiptRefused,
)

REFUSALS = (AllocationRefused, AlreadyUndone, PeriodClosed, ReceiptInUse, ReceiptRefused)
_SENTENCES = {
    AccountInOtherCurrency: _("The account is kept in another currency. Nothing was recorded."),
    AccountNotInUse: _("The account is not in use any more. Nothing was recorded."),
    AllocationRefused: _("What is open changed meanwhile. Look at the amounts again."),
    AlreadyUndone: _("This allocation was undone before."),
    NumberTaken: _(
        "The next number is already taken by another receipt. "
        "Choose another pattern in the settings of document numbers."
    ),
    PeriodClosed: _("The day lies in a closed period. Nothing was recorded."),
    ReceiptInUse: _("The receipt is in use or was reversed before. Undo its allocations first."),
    ReceiptRefused: _("The amount or the day cannot be. Nothing was recorded."),
}


def sentence_for(refusal: Exception) -> str:
    """Return why an operation refused, in the reader's language."""
    return str(_SENTENCES[type(refusal)])


def today(request: StaffRequest) -> date:
    """Return the company's day."""
    return request.tenant.day_of(timezone.now())


def receipt_or_404(pk: int) -> Receipt:
    """Return the active company's receipt with what is left of it."""
    return get_object_or_404(queries.for_list().select_related("bank_account", "created_by"), pk=pk)
