"""What a person typed into the editor and what is not in a bill yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey
from core.tenancy import TenantManager, TenantModel
from invoices.models.invoice import Invoice


class TypedBill(TenantModel):
    """The editor's form as typed, kept word for word while it cannot be saved as a draft.

    Of a new bill (``invoice`` is empty, ``token`` the form's own), or of one that is there, typed
    against its ``version``. One per person and bill; gone as soon as a draft holds what it says.
    """

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    invoice = TenantForeignKey(Invoice, on_delete=models.CASCADE, null=True, related_name="typed")
    version = models.PositiveIntegerField(null=True)
    fields = models.JSONField(default=dict)  # name: text, as the browser sent them
    kept_at = models.DateTimeField()

    objects = TenantManager["TypedBill"]()

    class Meta:
        constraints = [
            *tenant_rules("typedbill", "invoice"),
            CustomerScope(column="user_id", by="viewer", name="typedbill_scope"),
            models.UniqueConstraint(
                fields=["tenant", "user", "token"],
                condition=Q(invoice__isnull=True),
                name="typedbill_new",
            ),
            models.UniqueConstraint(
                fields=["tenant", "user", "invoice"],
                condition=Q(invoice__isnull=False),
                name="typedbill_of_invoice",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "user", "-kept_at"], name="typedbill_latest_idx")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.invoice_id or self.token}"
