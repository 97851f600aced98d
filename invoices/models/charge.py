"""Charges: what was delivered or used and waits to be billed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import QuantityField, TenantForeignKey, TenantOneToOneField
from core.tenancy import TenantManager, TenantModel
from customers.models import Customer
from invoices.models.invoice import InvoiceLine
from invoices.models.product import Product, TaxCode


class Charge(TenantModel):
    """One billable fact; becomes one line of one bill, once.

    ``line`` is set when a draft takes the charge, and cleared when that draft is deleted, the line
    is removed or the bill is voided: then it waits again.
    """

    customer = TenantForeignKey(Customer, related_name="charges", verbose_name=_("customer"))
    product = TenantForeignKey(Product, null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), max_length=1000)
    service_date = models.DateField(_("service date"))
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = QuantityField(_("unit price"))
    currency = models.CharField(_("currency"), max_length=3)
    tax_code = TenantForeignKey(TaxCode, verbose_name=_("tax code"))
    line = TenantOneToOneField(InvoiceLine, models.SET_NULL, null=True, related_name="charge")
    external_key = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    objects = TenantManager["Charge"]()

    class Meta:
        constraints = [
            *tenant_rules("charge", "customer", "product", "tax_code", "line"),
            CustomerScope(column="customer_id", by="visible_customers", name="charge_scope"),
            models.UniqueConstraint(
                fields=["tenant", "external_key"],
                condition=~Q(external_key=""),
                name="charge_external_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "customer", "currency", "service_date"],
                condition=Q(line__isnull=True),
                name="charge_unbilled_idx",
            ),
            models.Index(fields=["tenant", "-id"], name="charge_list_idx"),
        ]

    def __str__(self) -> str:
        return self.description[:80]
