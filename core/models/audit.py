"""The append-only record of who did what."""

from django.db import models
from django.utils.translation import pgettext_lazy

from core.constraints import AppendOnly, CustomerScope, tenant_rules
from core.tenancy import TenantManager, TenantModel

API_KEY_LENGTH = 120  # an API key's name and beginning


class Via(models.TextChoices):
    """Through what a change came; nothing is known of those from before this was kept."""

    PAGE = "PAGE", pgettext_lazy("via", "Page")
    API = "API", pgettext_lazy("via", "API")
    JOB = "JOB", pgettext_lazy("via", "Job")
    IMPORT = "IMPORT", pgettext_lazy("via", "File import")
    LINK = "LINK", pgettext_lazy("via", "Customer's page")
    TASK = "TASK", pgettext_lazy("via", "Automatic")
    COMMAND = "COMMAND", pgettext_lazy("via", "Command line")


class AuditEntry(TenantModel):
    """One fact that happened; never updated, never deleted.

    ``subject`` is ``app.model:id``. ``account_id`` is the customer the fact belongs to, so that a
    customer's page shows it without knowing every kind of subject. ``changes`` maps a field to its
    value before and after, as text. Written by ``core.audit.record`` in the change's transaction.

    ``api_key`` is the name and beginning of the key that a program held, also of the key that began
    a job; a copy, so that it outlives the key. No network address is kept: it is personal data, and
    what is written here can never be erased (the sessions hold one, shortened, and end).
    """

    event = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)
    subject_label = models.CharField(max_length=120, blank=True)
    account_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField()
    changes = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    via = models.CharField(max_length=8, choices=Via.choices, blank=True, default="", db_default="")
    api_key = models.CharField(max_length=API_KEY_LENGTH, blank=True, default="", db_default="")

    objects = TenantManager["AuditEntry"]()

    class Meta:
        constraints = [
            *tenant_rules("audit"),
            AppendOnly(name="audit_append_only"),
            CustomerScope(
                column="account_id",
                by="visible_customers",
                # Of what belongs to no customer: one's own acts, and what names none.
                otherwise="account_id IS NULL AND (actor_id = (SELECT app.viewer())"
                " OR split_part(event, '.', 1) <> ALL ('{job,list,import,view,api_key}'))",
                name="audit_scope",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "subject", "-id"], name="audit_subject_idx"),
            models.Index(fields=["tenant", "account_id", "-id"], name="audit_account_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"
