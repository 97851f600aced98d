"""Receipts: money that came in, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey, TenantOneToOneField, ThousandthsField
from core.models import BankAccount
from core.money import Money
from core.tenancy import TenantManager, TenantPart
from customers.enums import PaymentMethod
from customers.models import Customer
from ledger.models import OpenItem
from payments.enums import ReceiptState


class Receipt(TenantPart):
    """Money received from a customer (收款单); owns one credit item of the ledger.

    What is allocated and what is left is asked of that item. A wrong receipt is reversed, never
    edited.
    """

    customer = TenantForeignKey(Customer, related_name="receipts", verbose_name=_("customer"))
    number = models.CharField(_("number"), max_length=40)
    state = models.CharField(
        max_length=8, choices=ReceiptState.choices, default=ReceiptState.POSTED
    )
    received_on = models.DateField(_("received on"))
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"))
    amount_thousandths = ThousandthsField(of="amount")  # what the search looks for
    method = models.CharField(
        _("method"), max_length=10, choices=PaymentMethod.choices, default=PaymentMethod.TRANSFER
    )
    bank_account = TenantForeignKey(
        BankAccount, null=True, blank=True, verbose_name=_("received on account")
    )
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    note = models.TextField(_("internal note"), blank=True, max_length=1000)
    item = TenantOneToOneField(OpenItem, related_name="receipt")
    external_key = models.CharField(max_length=80, blank=True)
    created_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=300, blank=True)

    objects = TenantManager["Receipt"]()

    class Meta:
        constraints = [
            *tenant_rules("receipt", "customer", "bank_account", "item"),
            CustomerScope(column="customer_id", by="visible_customers", name="receipt_scope"),
            models.UniqueConstraint(fields=["tenant", "number"], name="receipt_number"),
            models.UniqueConstraint(
                fields=["tenant", "external_key"],
                condition=~Q(external_key=""),
                name="receipt_external_key",
            ),
            models.CheckConstraint(name="receipt_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="receipt_reversed_has_reason",
                condition=Q(state=ReceiptState.POSTED, reversed_at__isnull=True)
                | Q(state=ReceiptState.REVERSED, reversed_at__isnull=False)
                & ~Q(reversal_reason=""),
            ),
        ]
        indexes = [
            # The list's order; what it searches and sums is read from here, never from the rows.
            models.Index(
                fields=["tenant", "-received_on", "-id"],
                include=[
                    "currency",
                    "amount",
                    "number",
                    "reference",
                    "payer_name",
                    "customer",
                    "item",
                ],
                name="receipt_list_idx",
            ),
            models.Index(fields=["tenant", "customer", "-id"], name="receipt_customer_idx"),
            # What the search looks for from its beginning: bytes compare, whatever the locale.
            models.Index("tenant", Collate("number", "C"), name="receipt_find_number_idx"),
            models.Index(
                "tenant",
                Collate("reference", "C"),
                condition=~Q(reference=""),
                name="receipt_find_reference_idx",
            ),
            models.Index(
                fields=["tenant", "amount_thousandths", "id"], name="receipt_find_amount_idx"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        """The amount received."""
        return Money(self.amount, self.currency)
