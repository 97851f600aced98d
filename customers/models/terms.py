"""Payment terms: when which part of a bill falls due."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.fields import TenantForeignKey
from core.tenancy import TenantManager, TenantModel


class PaymentTerm(TenantModel):
    """A named agreement on when to pay, in one part or several."""

    name = models.CharField(_("name"), max_length=80)
    is_default = models.BooleanField(_("default for new customers"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = TenantManager["PaymentTerm"]()

    class Meta:
        constraints = [
            *tenant_rules("paymentterm"),
            models.UniqueConstraint(fields=["tenant", "name"], name="payment_term_name"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="one_default_payment_term"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PaymentTermPart(TenantModel):
    """One part of the terms: a share of the total and the rule of its due date.

    Due date = issue date + ``months``, to the month's end if ``end_of_month``, then + ``days``.
    """

    term = TenantForeignKey(PaymentTerm, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField(default=1)
    weight = models.PositiveIntegerField(_("share"), default=100)  # relative to the other parts
    months = models.PositiveSmallIntegerField(_("months"), default=0)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    end_of_month = models.BooleanField(_("from the end of the month"), default=False)

    objects = TenantManager["PaymentTermPart"]()

    class Meta:
        constraints = [
            *tenant_rules("paymenttermpart", "term"),
            models.UniqueConstraint(fields=["tenant", "term", "position"], name="term_position"),
            models.CheckConstraint(name="term_weight_positive", condition=Q(weight__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.term_id}/{self.position}"
