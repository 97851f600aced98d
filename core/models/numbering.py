"""Gapless document numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class NumberKind(models.TextChoices):
    INVOICE = "invoice", _("Invoices")
    RECEIPT = "receipt", _("Receipts")
    NOTICE = "notice", _("Reminders")


class NumberFormat(TenantModel):
    """How a kind of document is numbered, e.g. ``INV-{year}-{number:05}``."""

    kind = models.CharField(max_length=16, choices=NumberKind.choices)
    pattern = models.CharField(_("pattern"), max_length=40)

    objects = TenantManager["NumberFormat"]()

    class Meta:
        constraints = [
            *tenant_rules("numberformat"),
            models.UniqueConstraint(fields=["tenant", "kind"], name="one_format_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern}"


class NumberSeries(TenantModel):
    """The next number of one kind of document in one year; locked last in every transaction."""

    kind = models.CharField(max_length=16, choices=NumberKind.choices)
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)
    last_date = models.DateField(null=True)

    objects = TenantManager["NumberSeries"]()

    class Meta:
        constraints = [
            *tenant_rules("numberseries"),
            models.UniqueConstraint(fields=["tenant", "kind", "year"], name="one_series_per_year"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.next_number}"
