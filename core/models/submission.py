"""Forms that were sent, so that the same one sent twice is done once."""

from django.db import models
from django.db.models.functions import Now

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class Submission(TenantModel):
    """One form that was carried out; written in the transaction of what it did.

    ``result_url`` is where its answer is, told by the view once it knows.
    """

    token = models.UUIDField()
    result_url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = TenantManager["Submission"]()

    class Meta:
        constraints = [
            *tenant_rules("submission"),
            models.UniqueConstraint(fields=["tenant", "token"], name="submission_once"),
        ]

    def __str__(self) -> str:
        return str(self.token)
