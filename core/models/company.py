"""What a company tells its customers about money: bank accounts; and the rates it books at."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.fields import RateField
from core.tenancy import TenantManager, TenantModel


class BankAccount(TenantModel):
    """One of the company's own accounts; the bill of its currency names it.

    A new or changed one is printed from ``usable_from`` on (null: at once), and until then what
    ``former`` says: null, or the values of ``PRINTED`` by name.
    """

    PRINTED = ("currency", "holder", "bank", "number", "code")

    currency = models.CharField(_("currency"), max_length=3)
    holder = models.CharField(_("account holder"), max_length=200)
    bank = models.CharField(_("bank"), max_length=200)
    number = models.CharField(_("account number or IBAN"), max_length=40)
    code = models.CharField(_("BIC or CNAPS code"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    usable_from = models.DateTimeField(null=True, blank=True)
    former = models.JSONField(null=True, blank=True)

    objects = TenantManager["BankAccount"]()

    class Meta:
        constraints = [
            *tenant_rules("bankaccount"),
            models.UniqueConstraint(
                fields=["tenant", "number", "currency"], name="bank_account_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.number.replace(' ', '')[-4:]}"

    def waits(self, at: datetime) -> bool:
        """Test if documents do not name it yet as it is now."""
        return self.is_active and self.usable_from is not None and self.usable_from > at

    def printed(self, at: datetime) -> dict[str, str] | None:
        """Return what documents name at that moment, if anything."""
        if not self.is_active:
            return None
        if self.waits(at):
            return self.former
        return {name: getattr(self, name) for name in self.PRINTED}


class ExchangeRate(TenantModel):
    """Base currency per unit of a foreign currency, from a day on. Set by a person in settings."""

    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("from"))
    rate = RateField(_("rate"))

    objects = TenantManager["ExchangeRate"]()

    class Meta:
        constraints = [
            *tenant_rules("exchangerate"),
            models.UniqueConstraint(fields=["tenant", "currency", "day"], name="one_rate_per_day"),
            models.CheckConstraint(name="exchange_rate_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day} {self.rate}"
