"""What a person looked at last in a company."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class Recent(TenantModel):
    """A person's last few things of one company, as ``customer:12``, the latest first."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    things = ArrayField(models.CharField(max_length=40), default=list)

    objects = TenantManager["Recent"]()

    class Meta:
        constraints = [
            *tenant_rules("recent"),
            models.UniqueConstraint(fields=["tenant", "user"], name="one_recent_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {len(self.things)}"
