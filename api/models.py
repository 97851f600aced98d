"""Keys of other programs, and the requests of theirs that were carried out."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from core.constraints import OwnerMayRoute, tenant_rules
from core.fields import TenantForeignKey
from core.tenancy import TenantManager, TenantModel


class ApiKey(TenantModel):
    """A key with which a program acts in one company in the name of the person who made it.

    Only the SHA-256 of the whole key is stored; ``prefix`` is its readable beginning.
    """

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=24)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(
        models.CharField(max_length=24, choices=Scope.choices), verbose_name=_("may")
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)  # written at most once a minute
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = TenantManager["ApiKey"]()

    class Meta:
        constraints = [
            *tenant_rules("apikey"),
            OwnerMayRoute(name="apikey_routing"),
            models.CheckConstraint(name="apikey_has_scope", condition=~Q(scopes=[])),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="apikey_list_idx")]

    def __str__(self) -> str:
        return self.name

    @property
    def told(self) -> str:
        """Name and beginning, as the trail of changes keeps them."""
        return f"{self.name} ({self.prefix})"

    def is_expired_at(self, at: datetime) -> bool:
        """Test if the key's time is over."""
        return self.expires_at is not None and self.expires_at <= at


class AnsweredRequest(TenantModel):
    """One POST with an Idempotency-Key and its answer; written in the transaction of its effect.

    Whoever sends the same again waits for the first to commit and gets its answer. A request that
    was refused left nothing behind, this row neither.
    """

    api_key = TenantForeignKey(ApiKey)
    route = models.CharField(max_length=200)  # the address; only POST is kept
    idempotency_key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    # Written when the effect is complete, before the transaction ends.
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    objects = TenantManager["AnsweredRequest"]()

    class Meta:
        constraints = [
            *tenant_rules("answeredrequest", "api_key"),
            models.UniqueConstraint(
                fields=["tenant", "api_key", "route", "idempotency_key"],
                name="answeredrequest_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="answeredrequest_age_idx")]

    def __str__(self) -> str:
        return f"{self.route} {self.idempotency_key}"
