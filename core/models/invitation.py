"""Somebody who shall work in a company and has not said yes yet."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.models.tenant import DataScope
from core.roles import Role
from core.tenancy import TenantManager, TenantModel


class Invitation(TenantModel):
    """A place offered to whoever reads the mail of an address; deleted when taken or withdrawn.

    ``token_hash`` is the SHA-256 of what stands in the mail. ``team`` is a name: the team is made
    once somebody is in it.
    """

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    roles = ArrayField(
        models.CharField(max_length=16, choices=Role.choices), verbose_name=_("roles")
    )
    data_scope = models.CharField(
        max_length=4, choices=DataScope.choices, default=DataScope.ALL, db_default=DataScope.ALL
    )
    team = models.CharField(max_length=60, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = TenantManager["Invitation"]()

    class Meta:
        constraints = [
            *tenant_rules("invitation"),
            models.UniqueConstraint(fields=["tenant", "email"], name="one_invitation_per_address"),
            models.CheckConstraint(name="invitation_has_role", condition=~Q(roles=[])),
        ]

    def __str__(self) -> str:
        return self.email
