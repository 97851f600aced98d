"""Open items: the single place where money owed is counted."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey
from core.money import Money
from core.tenancy import TenantManager, TenantPart
from customers.models import Customer
from ledger.enums import ItemKind


class OpenItemQuerySet(models.QuerySet["OpenItem"]):
    """The questions open items are asked most; all chain."""

    def open(self) -> OpenItemQuerySet:
        """Limit to items of which something is left now."""
        return self.filter(closed_on__isnull=True)

    def debts(self) -> OpenItemQuerySet:
        """Limit to what is owed to us."""
        return self.filter(amount__gt=0)

    def credits(self) -> OpenItemQuerySet:
        """Limit to receipts and credit notes."""
        return self.filter(amount__lt=0)

    def overdue_on(self, day: date) -> OpenItemQuerySet:
        """Limit to open debts due before the day; what is due on the day is not overdue."""
        return self.open().debts().filter(due_date__lt=day)


class OpenItem(TenantPart):
    """One thing that is owed; or, negative, a receipt or credit note not yet used.

    ``amount`` is what its first entry said, signed, in ``currency``. ``open_amount``, ``base_open``
    and ``closed_on`` are kept by a trigger from the entries; no role but the trigger's may write
    them. ``closed_on`` is the latest effective date among the entries when nothing is left.
    """

    customer = TenantForeignKey(Customer, related_name="open_items")
    kind = models.CharField(max_length=12, choices=ItemKind.choices)
    label = models.CharField(_("document"), max_length=60)
    currency = models.CharField(max_length=3)
    amount = AmountField()
    open_amount = AmountField(default=0)
    base_open = AmountField(null=True)  # open_amount in the tenant's currency, if a rate was known
    issue_date = models.DateField()
    due_date = models.DateField()
    last_effective = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    # When the entry that closed it was recorded: "as known at" reads it like closed_on.
    closed_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(OpenItemQuerySet)()

    class Meta:
        constraints = [
            *tenant_rules("openitem", "customer"),
            CustomerScope(column="customer_id", by="visible_customers", name="openitem_scope"),
            models.CheckConstraint(
                name="openitem_open_between_0_and_amount",
                condition=Q(amount__gt=0, open_amount__gte=0, open_amount__lte=F("amount"))
                | Q(amount__lt=0, open_amount__lte=0, open_amount__gte=F("amount")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "currency", "customer", "due_date"],
                include=["open_amount", "issue_date", "amount"],
                condition=Q(closed_on__isnull=True),
                name="openitem_open_idx",
            ),
            models.Index(
                fields=["tenant", "customer", "issue_date", "id"], name="openitem_customer_idx"
            ),
            models.Index(
                fields=["tenant", "due_date", "id"],
                condition=Q(closed_on__isnull=True, amount__gt=0),
                name="openitem_due_idx",
            ),
            models.Index(fields=["tenant", "closed_on"], name="openitem_closed_idx"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def open(self) -> Money:
        """What is left of the item now."""
        return Money(self.open_amount, self.currency)
