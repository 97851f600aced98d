"""The closed lists of billing; the states of a bill and which may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InvoiceState(models.TextChoices):
    """The document axis. Settlement is asked of the ledger, delivery of the messages."""

    DRAFT = "DRAFT", pgettext_lazy("invoice", "Draft")
    IN_REVIEW = "IN_REVIEW", pgettext_lazy("invoice", "In review")
    RETURNED = "RETURNED", pgettext_lazy("invoice", "Returned")
    APPROVED = "APPROVED", pgettext_lazy("invoice", "Approved")
    ISSUED = "ISSUED", pgettext_lazy("invoice", "Issued")
    VOID = "VOID", pgettext_lazy("invoice", "Void")


NEXT_STATES: dict[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.DRAFT: frozenset({InvoiceState.IN_REVIEW}),
    InvoiceState.IN_REVIEW: frozenset(
        {InvoiceState.APPROVED, InvoiceState.RETURNED, InvoiceState.DRAFT}
    ),
    InvoiceState.RETURNED: frozenset({InvoiceState.IN_REVIEW}),
    InvoiceState.APPROVED: frozenset(
        {InvoiceState.ISSUED, InvoiceState.RETURNED, InvoiceState.IN_REVIEW}
    ),
    InvoiceState.ISSUED: frozenset({InvoiceState.VOID}),
    InvoiceState.VOID: frozenset(),
}

EDITABLE = (InvoiceState.DRAFT, InvoiceState.RETURNED)
FROZEN = (InvoiceState.ISSUED, InvoiceState.VOID)


class InvoiceSource(models.TextChoices):
    MANUAL = "MANUAL", _("Written by hand")
    SCHEDULE = "SCHEDULE", _("Recurring schedule")
    CHARGES = "CHARGES", _("Charges")
    IMPORT = "IMPORT", _("Import")


class ReturnReason(models.TextChoices):
    PRICE = "PRICE", _("Price")
    QUANTITY = "QUANTITY", _("Quantity")
    CUSTOMER = "CUSTOMER", _("Wrong customer")
    TAX = "TAX", _("Tax")
    PO = "PO", _("Missing purchase order")
    DUPLICATE = "DUPLICATE", _("Duplicate")
    WORDING = "WORDING", _("Wording")
    OTHER = "OTHER", _("Other")


class Settlement(models.TextChoices):
    """The settlement axis, derived from the ledger."""

    OPEN = "OPEN", _("Open")
    PARTLY = "PARTLY", _("Partly paid")
    SETTLED = "SETTLED", _("Paid")


class TaxCategory(models.TextChoices):
    """EN 16931, UNTDID 5305."""

    STANDARD = "S", _("Standard")
    ZERO = "Z", _("Zero rated")
    EXEMPT = "E", _("Exempt")
    REVERSE = "AE", _("Reverse charge")
    EXPORT = "G", pgettext_lazy("tax", "Export")
    NONE = "O", _("Not subject to tax")


class Frequency(models.TextChoices):
    MONTHLY = "MONTHLY", _("Every month")
    QUARTERLY = "QUARTERLY", _("Every quarter")
    HALF_YEARLY = "HALF_YEARLY", _("Every half-year")
    YEARLY = "YEARLY", _("Every year")


MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
}


class ScheduleTiming(models.TextChoices):
    ADVANCE = "ADVANCE", _("In advance")
    ARREARS = "ARREARS", _("In arrears")


class ScheduleState(models.TextChoices):
    ACTIVE = "ACTIVE", pgettext_lazy("schedule", "Active")
    PAUSED = "PAUSED", pgettext_lazy("schedule", "Paused")
    ENDED = "ENDED", pgettext_lazy("schedule", "Ended")


class CheckLevel(models.TextChoices):
    """What a check says: it stops the bill, asks for a look, or is content."""

    BLOCK = "BLOCK", pgettext_lazy("check", "Must be mended")
    WARN = "WARN", pgettext_lazy("check", "Worth a look")
    OK = "OK", pgettext_lazy("check", "In order")
