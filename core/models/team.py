"""Teams: people of a company who see each other's customers."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class Team(TenantModel):
    """Some of a company's people. Who is in it stands on their memberships."""

    name = models.CharField(_("team"), max_length=60)

    objects = TenantManager["Team"]()

    class Meta:
        constraints = [
            *tenant_rules("team"),
            models.UniqueConstraint("tenant", Lower("name"), name="team_name"),
            models.CheckConstraint(name="team_has_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
