"""The closed lists of the receivables ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemKind(models.TextChoices):
    """What is owed (positive amounts), or what has been paid and not used yet (negative)."""

    INSTALMENT = "INSTALMENT", _("Invoice")
    CHARGE = "CHARGE", _("Fee or interest")
    OPENING = "OPENING", _("Opening balance")
    RECEIPT = "RECEIPT", _("Receipt")
    CREDIT_NOTE = "CREDIT_NOTE", _("Credit note")


class JournalKind(models.TextChoices):
    INVOICE = "INVOICE", _("Invoice issued")
    INVOICE_VOID = "INVOICE_VOID", _("Invoice voided")
    CREDIT_NOTE = "CREDIT_NOTE", _("Credit note")
    RECEIPT = "RECEIPT", _("Receipt")
    RECEIPT_REVERSED = "RECEIPT_REVERSED", _("Receipt reversed")
    REFUND = "REFUND", _("Refund")
    WRITE_OFF = "WRITE_OFF", _("Bad debt written off")
    RECOVERY = "RECOVERY", _("Bad debt recovered")
    SMALL_DIFFERENCE = "SMALL_DIFFERENCE", _("Small difference")
    FEE = "FEE", _("Fee")
    FX_DIFFERENCE = "FX_DIFFERENCE", _("Exchange difference")


class Account(models.TextChoices):
    """The accounts of the sub-ledger; an export maps them to the company's own chart."""

    RECEIVABLE = "RECEIVABLE", _("Receivables")
    REVENUE = "REVENUE", _("Revenue")
    TAX = "TAX", _("Output tax")
    BANK = "BANK", _("Bank and cash")
    BANK_FEE = "BANK_FEE", _("Bank charges")
    BAD_DEBT = "BAD_DEBT", _("Bad debts")
    FX_DIFFERENCE = "FX_DIFFERENCE", _("Exchange differences")
    SMALL_DIFFERENCE = "SMALL_DIFFERENCE", _("Small differences")
    OPENING = "OPENING", _("Opening balances")
