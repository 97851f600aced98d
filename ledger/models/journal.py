"""Journals: the balanced double entry of each economic event."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import AppendOnly, CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey
from core.tenancy import TenantManager, TenantPart
from customers.models import Customer
from ledger.enums import Account, JournalKind


class Journal(TenantPart):
    """The header of one event. Checked at commit: two lines at least, balanced per currency.

    ``effective_date`` is the accounting day in the tenant's zone, ``recorded_at`` when it became
    known. Sealed after its own transaction: a line added later is refused by a trigger. The
    migration adds the transaction id (``xid8``) that the seal compares.
    """

    kind = models.CharField(max_length=16, choices=JournalKind.choices)
    customer = TenantForeignKey(Customer)
    reference = models.CharField(max_length=60)
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()
    reverses = TenantForeignKey("self", null=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = TenantManager["Journal"]()

    class Meta:
        constraints = [
            *tenant_rules("journal", "customer", "reverses"),
            CustomerScope(column="customer_id", by="visible_customers", name="journal_scope"),
            models.UniqueConstraint(fields=["tenant", "reverses"], name="journal_reversed_once"),
            AppendOnly(name="journal_append_only"),
        ]
        indexes = [
            models.Index(fields=["tenant", "effective_date", "id"], name="journal_day_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class JournalLine(TenantPart):
    """One leg: debit positive, credit negative, in the document's currency and in base currency.

    ``base_amount`` is null when no exchange rate was known on the day of posting.
    """

    journal = TenantForeignKey(Journal, related_name="lines")
    account = models.CharField(max_length=16, choices=Account.choices)
    currency = models.CharField(max_length=3)
    amount = AmountField()
    base_amount = AmountField(null=True)

    objects = TenantManager["JournalLine"]()

    class Meta:
        constraints = [
            *tenant_rules("journalline", "journal"),
            CustomerScope(column="journal_id", by="visible_journals", name="journalline_scope"),
            models.CheckConstraint(
                name="journalline_says_something",
                condition=~Q(amount=0) | (Q(base_amount__isnull=False) & ~Q(base_amount=0)),
            ),
            AppendOnly(name="journalline_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
