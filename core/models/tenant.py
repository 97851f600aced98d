"""Tenants, the people who work in them, and what each may do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.constraints import CompositeFK
from core.dates import day_in_zone
from core.fields import TenantForeignKey
from core.roles import Role, permissions_of


class TenantStatus(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")


class TaxMode(models.TextChoices):
    """How a bill's tax is rounded: EN 16931 rounds per category, a 数电票 rounds each line."""

    DOCUMENT = "DOCUMENT", _("Per document and tax rate")
    LINE = "LINE", _("Per line")


class Tenant(models.Model):
    """One company that bills its customers through us."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("company name"), max_length=200)
    status = models.CharField(
        max_length=10, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    currency = models.CharField(_("base currency"), max_length=3)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("document language"), max_length=10, default="en")
    tax_mode = models.CharField(
        _("tax rounding"), max_length=8, choices=TaxMode.choices, default=TaxMode.DOCUMENT
    )
    tax_id = models.CharField(_("tax id"), max_length=32, blank=True)
    address = models.TextField(_("address"), blank=True, max_length=500)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("reply address"), blank=True)
    website = models.CharField(_("website"), max_length=120, blank=True)
    register_line = models.CharField(_("company register line"), max_length=200, blank=True)
    brand_color = models.CharField(_("brand colour"), max_length=7, default="#1a56db")
    # Set by an admin; its people then come in with a second factor only.
    needs_second_factor = models.BooleanField(_("second factor for everybody"), default=False)
    # Where not, an author approves the own bill, and the bill keeps that mark.
    needs_second_person = models.BooleanField(
        _("a second person approves"), default=True, db_default=True
    )
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)  # for life: the database refuses to change it

    def __str__(self) -> str:
        return self.name

    def day_of(self, at: datetime) -> date:
        """Return the calendar day of the instant in the tenant's time zone."""
        return day_in_zone(at, self.time_zone)


class Density(models.TextChoices):
    """How high the rows of lists are."""

    COMPACT = "compact", pgettext_lazy("rows", "Compact")
    COMFORTABLE = "comfortable", pgettext_lazy("rows", "Comfortable")


class UserManager(BaseUserManager["User"]):
    """Makes people, who sign in with an e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; without a password nobody can sign in until one is set."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class Theme(models.TextChoices):
    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class DateStyle(models.TextChoices):
    """How days look on pages; both cannot be misread. Documents go by their own language."""

    AUTO = "auto", pgettext_lazy("days", "As usual in the language")
    WORDS = "words", pgettext_lazy("days", "12 Mar 2026")
    DIGITS = "digits", pgettext_lazy("days", "2026-03-12")


class NumberStyle(models.TextChoices):
    """How amounts look and are typed on pages; documents, files and the API have their own."""

    AUTO = "auto", pgettext_lazy("numbers", "As usual in the language")
    POINT = "point", "1,280.50"
    COMMA = "comma", "1.280,50"
    SPACE = "space", "1\u00a0280,50"


class StartPage(models.TextChoices):
    """Where work begins after signing in; the values are names of pages of a company."""

    HOME = "home", _("Home")
    INVOICES = "invoices:list", _("Invoices")
    REVIEW = "invoices:review", _("Review queue")
    CUSTOMERS = "customers:list", _("Customers")
    RECEIPTS = "payments:list", _("Receipts")
    AGING = "reports:aging", _("Aging")


class User(AbstractBaseUser):
    """A person who signs in; what they may do is on their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    single_keys = models.BooleanField(_("single-letter keys"), default=True)
    # Times on pages; empty: the company's zone. Due dates always go by the company's day.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    date_style = models.CharField(
        _("days"), max_length=6, choices=DateStyle.choices, default=DateStyle.AUTO
    )
    number_style = models.CharField(
        _("numbers"),
        max_length=5,
        choices=NumberStyle.choices,
        default=NumberStyle.AUTO,
        db_default=NumberStyle.AUTO,
    )
    # Of lists for which the person has not chosen otherwise.
    density = models.CharField(
        _("rows"), max_length=12, choices=Density.choices, default=Density.COMPACT
    )
    rows_per_page = models.PositiveSmallIntegerField(_("rows per page"), default=50)
    start_page = models.CharField(
        _("start page"), max_length=20, choices=StartPage.choices, default=StartPage.HOME
    )
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    date_joined = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class DataScope(models.TextChoices):
    """Whose customers a member sees, and with them all that belongs to them."""

    ALL = "ALL", _("All customers")
    TEAM = "TEAM", _("Customers of the own team")
    OWN = "OWN", _("Own customers only")


class Membership(models.Model):
    """
    One user's roles in one tenant, and which customers they see there.

    Who sees some only is the viewer of ``core.tenancy``; admins see all, always. ``scope_since`` is
    when they last came to see less: work they started before, and what it made, is not theirs to
    look at any more.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices))
    is_active = models.BooleanField(default=True)
    data_scope = models.CharField(
        max_length=4, choices=DataScope.choices, default=DataScope.ALL, db_default=DataScope.ALL
    )
    team = TenantForeignKey("core.Team", null=True)
    scope_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CompositeFK(field="team", name="membership_team_tfk"),
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant"),
            models.CheckConstraint(
                name="membership_scope",
                condition=Q(data_scope=DataScope.ALL)
                | Q(data_scope=DataScope.OWN)
                | Q(data_scope=DataScope.TEAM, team__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_admin_sees_all",
                condition=~Q(roles__contains=[Role.ADMIN]) | Q(data_scope=DataScope.ALL),
            ),
            models.CheckConstraint(name="membership_has_role", condition=~Q(roles=[])),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}"

    @property
    def viewer(self) -> int | None:
        """The person's id if they see the customers of some only, else None."""
        return None if self.data_scope == DataScope.ALL else self.user_id

    def allows(self, permission: str) -> bool:
        """Test if one of the roles carries the permission."""
        return permission in permissions_of(self.roles)
