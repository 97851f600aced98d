"""That a bill became overdue was told once; the row is the memory of it."""

from django.db import models

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey
from core.tenancy import TenantManager, TenantPart
from invoices.models.invoice import Invoice


class OverdueBill(TenantPart):
    """A bill that became overdue: ``day`` is the company's day on which it was found to be so."""

    invoice = TenantForeignKey(Invoice, on_delete=models.CASCADE, related_name="overdue_bills")
    day = models.DateField()

    objects = TenantManager["OverdueBill"]()

    class Meta:
        constraints = [
            *tenant_rules("overduebill", "invoice"),
            CustomerScope(column="invoice_id", by="sees_invoice", name="overduebill_scope"),
            models.UniqueConstraint(fields=["tenant", "invoice"], name="overduebill_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.day}"
