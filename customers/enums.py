"""The closed lists of the customer archive."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CustomerKind(models.TextChoices):
    COMPANY = "COMPANY", _("Company")
    PERSON = "PERSON", _("Person")


class CustomerStatus(models.TextChoices):
    ACTIVE = "ACTIVE", pgettext_lazy("customer", "Active")
    ON_HOLD = "ON_HOLD", pgettext_lazy("customer", "On hold")
    ARCHIVED = "ARCHIVED", pgettext_lazy("customer", "Archived")


class ContactRole(models.TextChoices):
    """What a contact is written to about; documents address roles, not one mailbox."""

    BILLING = "BILLING", _("Invoices")
    PAYER = "PAYER", _("Reminders")
    SIGNATORY = "SIGNATORY", _("Statements")
    DECISION = "DECISION", _("Decisions")
    LEGAL = "LEGAL", _("Legal")


class AddressKind(models.TextChoices):
    REGISTERED = "REGISTERED", _("Registered address")
    BILLING = "BILLING", _("Billing address")
    DELIVERY = "DELIVERY", _("Delivery address")


class Channel(models.TextChoices):
    """How a customer receives bills."""

    EMAIL = "EMAIL", _("E-mail with PDF")
    PRINT = "PRINT", _("By post, printed here")


class PaymentMethod(models.TextChoices):
    TRANSFER = "TRANSFER", _("Bank transfer")
    CASH = "CASH", _("Cash")
    CHEQUE = "CHEQUE", _("Cheque")
    ACCEPTANCE = "ACCEPTANCE", _("Acceptance bill")
    CARD = "CARD", _("Card")
    OTHER = "OTHER", _("Other")
