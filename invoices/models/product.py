"""What is sold, at what price, under which tax."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.fields import QuantityField, RateField, TenantForeignKey
from core.tenancy import TenantManager, TenantModel
from invoices.enums import TaxCategory


class TaxCode(TenantModel):
    """A tax rate by the name people know it by; a bill keeps its own copy of rate and category."""

    name = models.CharField(_("name"), max_length=60)
    category = models.CharField(
        _("category"), max_length=2, choices=TaxCategory.choices, default=TaxCategory.STANDARD
    )
    rate = RateField(_("rate"))  # 0.13 is 13 %
    exemption_reason = models.CharField(_("text for the bill"), max_length=200, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = TenantManager["TaxCode"]()

    class Meta:
        constraints = [
            *tenant_rules("taxcode"),
            models.UniqueConstraint(fields=["tenant", "name"], name="taxcode_name"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="one_default_taxcode"
            ),
            models.CheckConstraint(name="taxcode_rate", condition=Q(rate__gte=0, rate__lt=1)),
            models.CheckConstraint(
                name="taxcode_only_standard_has_rate",
                condition=Q(category=TaxCategory.STANDARD) | Q(rate=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(TenantModel):
    """A thing or service with a list price, before tax."""

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("text for the bill"), blank=True, max_length=1000)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = QuantityField(_("unit price"))
    currency = models.CharField(_("currency"), max_length=3)
    tax_code = TenantForeignKey(TaxCode, verbose_name=_("tax code"))
    is_active = models.BooleanField(_("in use"), default=True)
    # What the product is found by, see ``core.search.keys``; bytes compare, whatever the locale.
    search_key = models.TextField(blank=True, default="", db_default="", db_collation="C")

    objects = TenantManager["Product"]()

    class Meta:
        constraints = [
            *tenant_rules("product", "tax_code"),
            models.UniqueConstraint(fields=["tenant", "code"], name="product_code"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="product_name_idx"),
            # Under row security no index finds a text inside another: all keys are read, from here.
            models.Index(
                fields=["tenant", "id"],
                include=["is_active", "search_key"],
                name="product_search_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.name
