"""Long work that a person started: what, who, how far, and what became of each row."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import TenantForeignKey, TenantOneToOneField
from core.models.audit import API_KEY_LENGTH
from core.models.file import StoredFile
from core.tenancy import TenantManager, TenantModel


class JobState(models.TextChoices):
    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")


class RowState(models.TextChoices):
    PENDING = "PENDING", _("Waiting")
    DONE = "DONE", _("Done")
    SKIPPED = "SKIPPED", _("Skipped")
    FAILED = "FAILED", _("Failed")


class Job(TenantModel):
    """One piece of bulk work; its rows are the truth, a task only works them off."""

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    filter_text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    created_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    # The API key that began it, as the trail names it; so each row's changes are told as the key's.
    api_key = models.CharField(max_length=API_KEY_LENGTH, blank=True, default="", db_default="")
    beat_at = models.DateTimeField(null=True)  # when a worker last showed a sign of life on it
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager["Job"]()

    class Meta:
        constraints = [
            *tenant_rules("job"),
            CustomerScope(column="created_by_id", by="viewer_since", name="job_scope"),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="job_list_idx")]

    def __str__(self) -> str:
        return self.title


class JobRow(TenantModel):
    """One unit of a job and its outcome."""

    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    label = models.CharField(max_length=120)
    subject_id = models.BigIntegerField()
    subject_version = models.PositiveIntegerField(null=True)  # as the person chose it
    state = models.CharField(max_length=8, choices=RowState.choices, default=RowState.PENDING)
    message = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager["JobRow"]()

    class Meta:
        constraints = [
            *tenant_rules("jobrow", "job"),
            CustomerScope(column="job_id", by="sees_job", name="jobrow_scope"),
            models.UniqueConstraint(fields=["tenant", "job", "position"], name="jobrow_position"),
        ]
        indexes = [models.Index(fields=["job", "state", "position"], name="jobrow_state_idx")]

    def __str__(self) -> str:
        return self.label


class JobResult(TenantModel):
    """The file a job made: for whoever started it, and only for some days."""

    job = TenantOneToOneField(Job, on_delete=models.CASCADE, related_name="result")
    file = TenantForeignKey(StoredFile, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    permission = models.CharField(max_length=60)  # still needed when it is fetched
    expires_at = models.DateTimeField()

    objects = TenantManager["JobResult"]()

    class Meta:
        constraints = [
            *tenant_rules("jobresult", "job", "file"),
            CustomerScope(column="job_id", by="sees_job", name="jobresult_scope"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="jobresult_expires_idx")]

    def __str__(self) -> str:
        return self.name
