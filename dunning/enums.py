"""The closed lists of collections."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    SENT = "SENT", _("Sent")
    HELD = "HELD", _("Held")


class HoldReason(models.TextChoices):
    """Why a reminder that was due was not sent; said to staff in these words."""

    PAUSED = "PAUSED", _("Reminders are paused for this customer")
    ITEM_HOLD = "ITEM_HOLD", _("Reminders are paused for this invoice")
    UNUSED_CREDIT = "UNUSED_CREDIT", _("The customer has unused credit that covers it")
    NOT_OPEN = "NOT_OPEN", _("Nothing is open any more")
    BELOW_MINIMUM = "BELOW_MINIMUM", _("The amount is below the policy's minimum")
    NO_ADDRESS = "NO_ADDRESS", _("No valid e-mail address for reminders")
    TOO_SOON = "TOO_SOON", _("The customer was reminded too recently")
    UNCONFIRMED = "UNCONFIRMED", _("The last reminder is not confirmed as sent")
    CUSTOMER_HOLD = "CUSTOMER_HOLD", _("The customer is archived")


class Tone(models.TextChoices):
    """The text a step uses; from polite to formal."""

    BEFORE_DUE = "BEFORE_DUE", _("Friendly notice before the due date")
    FRIENDLY = "FRIENDLY", _("Friendly reminder")
    FIRM = "FIRM", _("Firm reminder")
    FINAL = "FINAL", _("Final reminder")
