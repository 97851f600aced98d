"""How people like their lists: views they saved, and the columns they look at."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.models.tenant import Density
from core.tenancy import TenantManager, TenantModel


class SavedView(TenantModel):
    """Filters, order, columns and density of one list under a name.

    ``query`` is the list's address after the question mark, without what is not of the view. Other
    people see it once its owner shares it.
    """

    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    list_key = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    columns = ArrayField(models.CharField(max_length=40), default=list)  # none: the usual ones
    density = models.CharField(max_length=12, choices=Density.choices, blank=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = TenantManager["SavedView"]()

    class Meta:
        constraints = [
            *tenant_rules("savedview"),
            models.UniqueConstraint(
                fields=["tenant", "list_key", "owner", "name"], name="savedview_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListPreference(TenantModel):
    """What one person chose for one list, wherever no saved view says otherwise."""

    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    list_key = models.CharField(max_length=40)
    columns = ArrayField(models.CharField(max_length=40), default=list)  # none: the usual ones
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMPACT)
    size = models.PositiveSmallIntegerField(default=50)  # rows of a page

    objects = TenantManager["ListPreference"]()

    class Meta:
        constraints = [
            *tenant_rules("listpreference"),
            models.UniqueConstraint(
                fields=["tenant", "owner", "list_key"], name="listpreference_once"
            ),
        ]

    def __str__(self) -> str:
        return self.list_key
