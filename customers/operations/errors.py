"""Why a change of a customer is refused; ``field`` and ``message`` are for form or report."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry
from customers.models import Customer


class CustomerRefused(Exception):
    """A value the archive does not take; each reason is a class of its own."""

    field = ""
    message: str | Promise = ""


class NameMissing(CustomerRefused):
    field, message = "name", _("A customer needs a name.")


class BadCode(CustomerRefused):
    field = "code"
    message = _("A code is up to 32 characters long, without spaces at its ends.")


class CodeTaken(CustomerRefused):
    field, message = "code", _("Another customer has this code.")


class ExternalKeyTaken(CustomerRefused):
    field, message = "external_key", _("Another customer has this external key.")


class TaxIdRefused(CustomerRefused):
    """The country's check failed; the message is that of ``core.tax_ids``."""

    field = "tax_id"

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


class BadCountry(CustomerRefused):
    field, message = "country", _("This is no country code of ISO 3166.")


class BadCurrency(CustomerRefused):
    field, message = "currency", _("This is no currency of ISO 4217.")


class BadLanguage(CustomerRefused):
    field, message = "language", _("Documents are not written in this language.")


class BadCreditLimit(CustomerRefused):
    field = "credit_limit"
    message = _("A credit limit is not negative and no finer than the currency.")


class LimitOfOldCurrency(CustomerRefused):
    """The currency changes, and the number of the credit limit would silently mean another sum."""

    field = "credit_limit"
    message = _("The credit limit was in the old currency. Enter another one, or clear it.")


class BadOwner(CustomerRefused):
    field = "owner"
    message = _("Choose somebody who works here and whose customers you see.")


class BadContact(CustomerRefused):
    field = "contacts"
    message = _("A contact needs a name, and its e-mail address must be one.")


class ReasonMissing(CustomerRefused):
    field, message = "reason", _("Say why.")


class StillOpen(CustomerRefused):
    message = _("Something is still open on this account, so it cannot be archived.")


class WrongStatus(CustomerRefused):
    message = _("Somebody changed the status meanwhile. Look at the customer again.")


class ChangedSince(CustomerRefused):
    message = _("Somebody changed the customer since it was added.")


class InUse(CustomerRefused):
    message = _("The customer has documents, charges or receipts by now.")


class EditedMeanwhile(Exception):
    """Another editor saved first: ``current`` is what stands now, ``entries`` who did what when."""

    message = _("Somebody changed a customer at the same moment.")

    def __init__(self, current: Customer, entries: Sequence[AuditEntry]) -> None:
        super().__init__(f"{current.code} is at version {current.version}.")
        self.current, self.entries = current, entries
