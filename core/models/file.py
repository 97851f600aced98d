"""Stored bytes, named by their content."""

from django.db import models
from django.db.models import Q

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class StoredFile(TenantModel):
    """Bytes kept once per tenant, addressed by their SHA-256; never changed once written."""

    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    objects = TenantManager["StoredFile"]()

    class Meta:
        constraints = [
            *tenant_rules("storedfile"),
            models.UniqueConstraint(fields=["tenant", "sha256"], name="stored_file_once"),
            models.CheckConstraint(name="stored_file_not_empty", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.sha256[:12]}"
