"""Entries: every change of an open item; and allocations, pairs that settle one with another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import AppendOnly, CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey
from core.tenancy import TenantManager, TenantPart
from ledger.models.item import OpenItem
from ledger.models.journal import Journal


class Allocation(TenantPart):
    """One amount moved from a credit item to a debit item of the same customer and currency.

    Undone by another allocation that ``undoes`` it, at most once; neither is ever edited.
    """

    credit_item = TenantForeignKey(OpenItem, related_name="allocations_out")
    debit_item = TenantForeignKey(OpenItem, related_name="allocations_in")
    amount = AmountField()
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()
    undoes = TenantForeignKey("self", null=True, related_name="undone_by")

    objects = TenantManager["Allocation"]()

    class Meta:
        constraints = [
            *tenant_rules("allocation", "credit_item", "debit_item", "undoes"),
            CustomerScope(column="credit_item_id", by="visible_items", name="allocation_scope"),
            models.CheckConstraint(name="allocation_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["tenant", "undoes"], name="allocation_undone_once"),
            AppendOnly(name="allocation_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_item_id} > {self.debit_item_id}: {self.amount}"


class Entry(TenantPart):
    """One change of one open item, the first one included; never updated, never deleted.

    Signed, in the item's currency and in base currency. ``effective_date`` is the accounting day,
    ``recorded_at`` when it became known; every report takes both. It comes from a journal or from
    an allocation, never from both. A mistake is corrected by an opposite entry.
    """

    item = TenantForeignKey(OpenItem, related_name="entries")
    journal = TenantForeignKey(Journal, null=True, related_name="entries")
    allocation = TenantForeignKey(Allocation, null=True, related_name="entries")
    amount = AmountField()
    base_amount = AmountField(null=True)
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()

    objects = TenantManager["Entry"]()

    class Meta:
        constraints = [
            *tenant_rules("entry", "item", "journal", "allocation"),
            CustomerScope(column="item_id", by="visible_items", name="entry_scope"),
            models.CheckConstraint(name="entry_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="entry_has_one_cause",
                condition=Q(journal__isnull=False, allocation__isnull=True)
                | Q(journal__isnull=True, allocation__isnull=False),
            ),
            AppendOnly(name="entry_append_only"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "item", "effective_date"],
                include=["amount", "recorded_at"],
                name="entry_item_idx",
            ),
            models.Index(fields=["tenant", "effective_date", "item"], name="entry_day_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.amount}"
