"""The customer: who owes."""

from __future__ import annotations

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey
from core.tenancy import TenantManager, TenantModel
from customers.enums import Channel, CustomerKind, CustomerStatus, PaymentMethod
from customers.models.terms import PaymentTerm


class Customer(TenantModel):
    """A company or person that owes; also the account that is locked before any change of debt.

    What it owes is never stored here: it is asked of the ledger.
    """

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=200, validators=[MinLengthValidator(1)])
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    kind = models.CharField(
        _("kind"), max_length=8, choices=CustomerKind.choices, default=CustomerKind.COMPANY
    )
    owner = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("owner"),
    )  # who looks after it: a colleague with a data scope sees own customers, or the team's
    status = models.CharField(
        _("status"), max_length=8, choices=CustomerStatus.choices, default=CustomerStatus.ACTIVE
    )
    tax_id = models.CharField(_("tax id"), max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("document language"), max_length=10, default="en")
    currency = models.CharField(_("currency"), max_length=3)
    terms = TenantForeignKey(PaymentTerm, null=True, verbose_name=_("payment terms"))
    payment_method = models.CharField(
        _("usual payment method"),
        max_length=10,
        choices=PaymentMethod.choices,
        default=PaymentMethod.TRANSFER,
    )
    credit_limit = AmountField(_("credit limit"), null=True, blank=True)  # in ``currency``
    channel = models.CharField(
        _("bills go by"), max_length=8, choices=Channel.choices, default=Channel.EMAIL
    )
    po_required = models.BooleanField(_("purchase order number required"), default=False)
    reminders_paused = models.BooleanField(_("reminders paused"), default=False)
    reminders_paused_until = models.DateField(_("paused until"), null=True, blank=True)
    reminders_paused_reason = models.CharField(_("why paused"), max_length=200, blank=True)
    note = models.TextField(_("internal note"), blank=True, max_length=2000)
    external_key = models.CharField(max_length=80, blank=True)  # its id in the system it came from
    version = models.PositiveIntegerField(default=1)  # grows with every change: two editors meet
    created_at = models.DateTimeField()
    # What the customer is found by, see ``core.search.keys``; bytes compare, whatever the locale.
    search_key = models.TextField(blank=True, default="", db_default="", db_collation="C")

    objects = TenantManager["Customer"]()

    class Meta:
        constraints = [
            *tenant_rules("customer", "terms"),
            CustomerScope(column="owner_id", by="owners", name="customer_scope"),
            models.UniqueConstraint(fields=["tenant", "code"], name="customer_code"),
            models.UniqueConstraint(
                fields=["tenant", "external_key"],
                condition=~Q(external_key=""),
                name="customer_external_key",
            ),
            models.CheckConstraint(
                name="customer_credit_limit",
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0),
            ),
            models.CheckConstraint(name="customer_has_name", condition=~Q(name="") & ~Q(code="")),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="customer_name_idx"),
            models.Index(fields=["tenant", "owner", "id"], name="customer_owner_idx"),
            # Under row security no index finds a text inside another: all keys are read, from here.
            models.Index(
                fields=["tenant", "id"],
                include=["status", "search_key", "owner"],
                name="customer_search_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name
