"""How a company begins: somebody signs up, and a list of first steps is worked off."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.constraints import tenant_rules
from core.tenancy import TenantManager, TenantModel


class SignUp(models.Model):
    """Somebody who wants a company and has not shown yet that they read the address's mail.

    Nothing else is made before that: no person and no company. A password is asked for only from
    who opened the link. ``token_hash`` is the SHA-256 of what stands in the mail. Deleted when it
    is used or over.
    """

    email = models.EmailField()
    language = models.CharField(max_length=10)
    company_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    document_language = models.CharField(max_length=10)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="signup_expires_idx")]

    def __str__(self) -> str:
        return self.company_name


class Mark(models.TextChoices):
    """What no row of the company says by itself, so a person says it."""

    TAXES = "TAXES", _("Taxes and numbers looked at")
    NOTHING_OPEN = "NOTHING_OPEN", _("Nothing to take over")
    PUT_AWAY = "PUT_AWAY", _("Checklist put away")


class ChecklistMark(TenantModel):
    """One such word of a person about the company's first steps."""

    mark = models.CharField(max_length=16, choices=Mark.choices)
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    objects = TenantManager["ChecklistMark"]()

    class Meta:
        constraints = [
            *tenant_rules("checklistmark"),
            models.UniqueConstraint(fields=["tenant", "mark"], name="checklist_mark_once"),
        ]

    def __str__(self) -> str:
        return str(self.get_mark_display())
