"""What people write down and keep beside a customer, a bill or a receipt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey
from core.models.file import StoredFile
from core.tenancy import TenantManager, TenantModel


class Note(TenantModel):
    """A remark, a file, or both, about one thing; never changed, and withdrawn at most once.

    ``subject`` is ``app.model:id``; ``account_id`` is the customer it belongs to, so that the
    customer's page shows it. ``file_name`` is the cleaned name it is handed out under.
    """

    subject = models.CharField(max_length=80)
    account_id = models.BigIntegerField(null=True)
    body = models.TextField(_("note"), blank=True, max_length=4000)
    file = TenantForeignKey(StoredFile, null=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TenantManager["Note"]()

    class Meta:
        constraints = [
            *tenant_rules("note", "file"),
            CustomerScope(column="account_id", by="visible_customers", name="note_scope"),
            models.CheckConstraint(
                name="note_says_something", condition=~Q(body="") | Q(file__isnull=False)
            ),
            models.CheckConstraint(
                name="note_file_has_name", condition=Q(file__isnull=True) | ~Q(file_name="")
            ),
            models.CheckConstraint(
                name="note_withdrawn_by_somebody",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "subject", "-created_at"], name="note_subject_idx"),
            models.Index(fields=["tenant", "account_id", "-created_at"], name="note_account_idx"),
        ]

    def __str__(self) -> str:
        return self.file_name or self.body[:60]
