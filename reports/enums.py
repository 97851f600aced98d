"""The closed lists of reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Basis(models.TextChoices):
    """What an item's age is counted from."""

    DUE = "due", _("Due date")
    BILL = "bill", _("Invoice date")


class GroupBy(models.TextChoices):
    """What one row of the aging is."""

    CUSTOMER = "customer", _("Customer")
    ITEM = "item", _("Document")


class Bucket(models.TextChoices):
    """The columns of the aging; the first five are debts by age, the last is unused credit."""

    NOT_DUE = "not_due", _("Not due")
    DAYS_1_30 = "d1_30", _("1–30 days")
    DAYS_31_60 = "d31_60", _("31–60 days")
    DAYS_61_90 = "d61_90", _("61–90 days")
    DAYS_91_PLUS = "d91_plus", _("Over 90 days")
    UNAPPLIED = "unapplied", _("Unused credit")


DEBTS = tuple(bucket for bucket in Bucket if bucket != Bucket.UNAPPLIED)
OVERDUE = DEBTS[1:]
