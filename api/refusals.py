"""What the operations refuse, as statuses and codes: one table for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.operations import imports
from customers import operations as customers
from invoices import operations as invoices
from invoices.calculations import AmountTooLarge, DiscountExceedsLines
from invoices.operations import send as sending
from invoices.operations.links import NotIssued
from ledger import operations as ledger
from payments import operations as payments
from payments.views.common import sentence_for

CONFLICT, UNPROCESSABLE = HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
CHANGED = HTTPStatus.PRECONDITION_FAILED


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a refusal is told: ``errors`` name the fields that are to blame, or the checks."""

    status: int
    code: str
    detail: str | Promise
    errors: list[dict[str, str]] = field(default_factory=list)


# The most special class first: the first that fits is taken.
_TABLE: tuple[tuple[type[Exception], int, str, str], ...] = (
    (imports.NotNow, CONFLICT, "wrong_stage", ""),
    (imports.ImportRefused, CONFLICT, "import_refused", ""),
    (customers.EditedMeanwhile, CHANGED, "changed_meanwhile", ""),
    (customers.StillOpen, CONFLICT, "still_open", ""),
    (customers.WrongStatus, CONFLICT, "wrong_status", ""),
    (customers.CodeTaken, CONFLICT, "code_taken", ""),
    (customers.CustomerRefused, UNPROCESSABLE, "invalid", ""),
    (invoices.EditedMeanwhile, CHANGED, "changed_meanwhile", ""),
    (invoices.OwnWork, HTTPStatus.FORBIDDEN, "own_work", ""),
    (invoices.WrongState, CONFLICT, "wrong_state", ""),
    (invoices.ChecksFailed, CONFLICT, "checks_failed", ""),
    (invoices.CustomerArchived, CONFLICT, "customer_archived", ""),
    (invoices.PartlySettled, CONFLICT, "partly_settled", ""),
    (invoices.PeriodIsClosed, CONFLICT, "period_closed", ""),
    (invoices.EarlierThanLastNumber, CONFLICT, "earlier_than_last_number", ""),
    (invoices.NumberTaken, CONFLICT, "number_taken", ""),
    (invoices.ChargeTaken, CONFLICT, "charge_taken", ""),
    (invoices.ReasonMissing, UNPROCESSABLE, "invalid", "/reason"),
    (sending.NoDocument, CONFLICT, "no_document", ""),
    (sending.OnlyBounced, CONFLICT, "only_bounced", ""),
    (sending.NoRecipient, CONFLICT, "no_recipient", ""),
    (sending.GoesByPost, CONFLICT, "goes_by_post", ""),
    (sending.AlreadySent, CONFLICT, "already_sent", ""),
    (sending.BadAddress, UNPROCESSABLE, "invalid", "/recipients"),
    (NotIssued, CONFLICT, "not_issued", ""),
    (invoices.InvoiceRefusal, CONFLICT, "refused", ""),
    (DiscountExceedsLines, UNPROCESSABLE, "invalid", "/discount"),
    (AmountTooLarge, UNPROCESSABLE, "invalid", "/lines"),
    (ledger.AllocationRefused, CONFLICT, "allocation_refused", ""),
    (ledger.AlreadyUndone, CONFLICT, "already_undone", ""),
    (ledger.PeriodClosed, CONFLICT, "period_closed", ""),
    (payments.ReceiptInUse, CONFLICT, "receipt_in_use", ""),
    (payments.NumberTaken, CONFLICT, "number_taken", ""),
    (payments.AccountInOtherCurrency, UNPROCESSABLE, "invalid", "/bank_account"),
    (payments.AccountNotInUse, UNPROCESSABLE, "invalid", "/bank_account"),
    (payments.ReceiptRefused, UNPROCESSABLE, "invalid", "/amount"),
)
REFUSALS = tuple(kind for kind, _status, _code, _pointer in _TABLE)
_SENTENCES: dict[type[Exception], str | Promise] = {
    DiscountExceedsLines: _("The discount is more than the lines."),
    AmountTooLarge: _("An amount is too large."),
    customers.EditedMeanwhile: _("It has changed since you read it. Read it again."),
}


def refusal_of(error: Exception) -> Refusal:
    """Return how a refusal of ``REFUSALS`` is told, in the reader's language."""
    status, code, pointer = next(row[1:] for row in _TABLE if isinstance(error, row[0]))
    detail = _sentence(error)
    if isinstance(error, customers.CustomerRefused) and error.field:
        pointer = f"/{error.field}"
    if isinstance(error, invoices.ChecksFailed):
        errors = [{"code": one.rule, "detail": str(one.text)} for one in error.findings]
        return Refusal(status, code, _("Some checks do not let this invoice pass yet."), errors)
    if status == UNPROCESSABLE:
        text = _("Something in the request cannot be. Nothing was changed.")
        return Refusal(status, code, text, [{"pointer": pointer, "detail": str(detail)}])
    return Refusal(status, code, detail)


def _sentence(error: Exception) -> str | Promise:
    if type(error) in _SENTENCES:
        return _SENTENCES[type(error)]
    message = getattr(error, "message", None)
    return message if message is not None else sentence_for(error)
