"""Whom to write to at a customer, and where it is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey
from core.tenancy import TenantManager, TenantModel
from customers.enums import AddressKind, ContactRole
from customers.models.customer import Customer


class Contact(TenantModel):
    """A person or mailbox at a customer, with the roles it is written to in."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    roles = ArrayField(
        models.CharField(max_length=10, choices=ContactRole.choices),
        default=list,
        blank=True,
        verbose_name=_("receives"),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    # Set when a mail to the address bounced or was refused; cleared when the address is changed.
    bounced_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Contact"]()

    class Meta:
        constraints = [
            *tenant_rules("contact", "customer"),
            CustomerScope(column="customer_id", by="visible_customers", name="contact_scope"),
        ]

    def __str__(self) -> str:
        return self.name


class Address(TenantModel):
    """An address of a customer, written as it is printed."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(_("kind"), max_length=10, choices=AddressKind.choices)
    text = models.TextField(_("address"), max_length=500)

    objects = TenantManager["Address"]()

    class Meta:
        constraints = [
            *tenant_rules("address", "customer"),
            CustomerScope(column="customer_id", by="visible_customers", name="address_scope"),
            models.UniqueConstraint(
                fields=["tenant", "customer", "kind"], name="one_address_per_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.text.replace("\n", ", ")
