"""How a bill reached its customer: messages sent, and the link behind which it can be seen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, OwnerMayRoute, tenant_rules
from core.fields import TenantForeignKey, TenantOneToOneField
from core.tenancy import TenantManager, TenantModel
from invoices.models.invoice import Invoice
from messaging.models import OutboundMessage


class PublicLink(TenantModel):
    """A link that shows one issued bill to whoever holds it, until it ends or is revoked.

    The token is derived from ``nonce`` and the site's secret when a mail leaves; only its SHA-256
    is stored. ``public_id`` names the clean page behind it and opens nothing by itself.
    """

    invoice = TenantForeignKey(Invoice, related_name="links")
    public_id = models.UUIDField(unique=True)
    nonce = models.CharField(max_length=43)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    first_opened_at = models.DateTimeField(null=True)  # by a person's act on the page, not a GET

    objects = TenantManager["PublicLink"]()

    class Meta:
        constraints = [
            *tenant_rules("publiclink", "invoice"),
            CustomerScope(column="invoice_id", by="sees_invoice", name="publiclink_scope"),
            OwnerMayRoute(name="publiclink_routing"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.public_id}"


class Delivery(TenantModel):
    """One message that carried a bill to one recipient."""

    invoice = TenantForeignKey(Invoice, related_name="deliveries")
    message = TenantOneToOneField(OutboundMessage, related_name="delivery")
    link = TenantForeignKey(PublicLink)
    created_at = models.DateTimeField()

    objects = TenantManager["Delivery"]()

    class Meta:
        constraints = [
            *tenant_rules("delivery", "invoice", "message", "link"),
            CustomerScope(column="invoice_id", by="visible_invoices", name="delivery_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} > {self.message_id}"
