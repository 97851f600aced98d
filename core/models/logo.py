"""The logos a company has had."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.fields import TenantForeignKey
from core.models.file import StoredFile
from core.tenancy import TenantManager, TenantModel


class Logo(TenantModel):
    """
    One picture a company used; never deleted, for a bill names the one it was issued with.

    ``width`` and ``height`` are in pixels.
    """

    file = TenantForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    is_current = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField()

    objects = TenantManager["Logo"]()

    class Meta:
        constraints = [
            *tenant_rules("logo", "file"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_current=True), name="one_logo_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"
