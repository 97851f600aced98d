"""Why something is not done with a bill. ``message`` is for the person, in words of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from invoices.models import Invoice
    from invoices.queries.checks import Finding


class InvoiceRefusal(Exception):
    """The common root; every one carries a sentence to show."""

    message: str | Promise = _("This cannot be done with the invoice.")


class WrongState(InvoiceRefusal):
    """The bill is not, or no longer, in a state that allows the step: somebody was faster."""

    message = _("The invoice is in another state by now. The page shows how it stands.")


class EditedMeanwhile(InvoiceRefusal):
    """Somebody saved the draft after it was opened here; ``current`` is how it stands."""

    message = _("Somebody else saved this invoice while you were working on it.")

    def __init__(self, current: Invoice) -> None:
        super().__init__(f"{current} is at version {current.version}.")
        self.current = current


class ChangedSinceSeen(EditedMeanwhile):
    """What would be approved is not what the person looked at."""

    message = _("The invoice has changed since you opened it. Look at it again before you approve.")


class OwnWork(InvoiceRefusal):
    """Who wrote, changed or submitted a bill does not approve it."""

    message = _("You wrote, changed or submitted this invoice; somebody else has to approve it.")


class OwnVoid(OwnWork):
    """Nor does such a person void it."""

    message = _("You wrote, changed or submitted this invoice; somebody else has to void it.")


class DecisionStands(InvoiceRefusal):
    """An approval or a return is taken back only by its maker, and before anybody goes on."""

    message = _("Somebody has gone on with this invoice, so the decision stands.")


class ChecksFailed(InvoiceRefusal):
    """A blocking check stands against the step; ``findings`` say which."""

    message: str | Promise = _("Some checks do not let this invoice pass yet.")

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.rule for finding in findings))
        self.findings = findings
        if findings:
            self.message = findings[0].text


class CustomerArchived(InvoiceRefusal):
    """An archived customer is not billed."""

    message = _("The customer is archived and cannot be billed.")


class ReasonMissing(InvoiceRefusal):
    """A bill is not returned or voided without saying why."""

    message = _("Say why.")


class PartlySettled(InvoiceRefusal):
    """Something was paid on the bill, so it cannot be voided."""

    message = _("Something was already allocated to this invoice. Undo the allocation first.")


class AlreadyShown(InvoiceRefusal):
    """An imported bill was sent, or a link to it was given out: the customer may know it."""

    message = _(
        "It was sent since, or a link to it was given out. Void it, with a reason; its number "
        "stays taken."
    )


class Reminded(InvoiceRefusal):
    """Dunning has dealt with an imported bill: sent a reminder, or keeps it out of them."""

    message = _(
        "It was reminded of since, or kept out of reminders. Void it, with a reason; its number "
        "stays taken."
    )


class SettledSince(InvoiceRefusal):
    """Something is allocated to an imported bill, or was, which its own days tell for good."""

    message = _(
        "Something was allocated to it since, which stays in the books of those days. Undo that "
        "and void it, with a reason; its number stays taken."
    )


class PeriodIsClosed(InvoiceRefusal):
    """The day of the step lies in a closed period."""

    message = _("The accounting period of this day is closed.")


class EarlierThanLastNumber(InvoiceRefusal):
    """The series already has a later date; numbers and dates run in the same order."""

    message = _("A later invoice has already been issued; numbers follow the dates.")


class NumberTaken(InvoiceRefusal):
    """The next number of the series stands on another bill, since the pattern was changed."""

    message = _(
        "The next number is already taken by another invoice. "
        "Choose another pattern in the settings of document numbers."
    )


class ChargeTaken(InvoiceRefusal):
    """A charge is on another bill by now, or belongs to another customer or currency."""

    message = _("One of the charges is already billed, or belongs to another customer.")


class ChargeChanged(InvoiceRefusal):
    """Somebody changed the charge since it was added."""

    message = _("Somebody changed it since it was added.")


class NothingToBill(InvoiceRefusal):
    """No unbilled charge is left up to the day."""

    message = _("No charges are waiting to be billed here. They may just have been billed.")


class ScheduleRefusal(InvoiceRefusal):
    """The schedule cannot take the step."""

    message = _("The schedule is in another state by now. The page shows how it stands.")


class LineWithoutTax(InvoiceRefusal):
    """A line names no tax code and the company has no default."""

    message = _("Choose a tax code for every line.")


class ProductUsed(InvoiceRefusal):
    """A product that is more than it was when it was added is put out of use, not removed."""

    message = _("The product is used, or was changed since it was added.")
