"""The closed lists of money in."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReceiptState(models.TextChoices):
    POSTED = "POSTED", pgettext_lazy("receipt", "Posted")
    REVERSED = "REVERSED", pgettext_lazy("receipt", "Reversed")


class Proposal(models.TextChoices):
    """Why an allocation is suggested; said to the person beside it."""

    EXACT = "EXACT", _("Exact amount of one item")
    EXACT_SUM = "EXACT_SUM", _("These items add up exactly")
    OLDEST_FIRST = "OLDEST_FIRST", _("Oldest first")
    NOTHING = "NOTHING", _("Nothing is open")
