"""Schedules: bills that come by themselves, one per period, ever."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import QuantityField, RateField, TenantForeignKey
from core.tenancy import TenantManager, TenantModel
from customers.models import Customer
from invoices.enums import Frequency, ScheduleState, ScheduleTiming
from invoices.models.invoice import Invoice
from invoices.models.product import Product, TaxCode


class Schedule(TenantModel):
    """An agreement to bill the same lines every period.

    Period n begins ``n x frequency`` months after ``start_date``, on ``anchor_day`` or the month's
    last day; it is counted from the start, never from the last run. In advance a period is billed
    on its first day, in arrears on the day after its last.
    """

    customer = TenantForeignKey(Customer, related_name="schedules", verbose_name=_("customer"))
    name = models.CharField(_("name"), max_length=120)
    frequency = models.CharField(
        _("frequency"), max_length=12, choices=Frequency.choices, default=Frequency.MONTHLY
    )
    timing = models.CharField(
        _("billed"), max_length=8, choices=ScheduleTiming.choices, default=ScheduleTiming.ADVANCE
    )
    start_date = models.DateField(_("first period begins"))
    anchor_day = models.PositiveSmallIntegerField(_("day of the month"))  # 31: the last day
    end_date = models.DateField(_("ends"), null=True, blank=True)  # no period begins after it
    currency = models.CharField(_("currency"), max_length=3)
    po_number = models.CharField(_("purchase order"), max_length=60, blank=True)
    reference = models.CharField(_("contract or reference"), max_length=80, blank=True)
    submit_drafts = models.BooleanField(_("send drafts to review at once"), default=False)
    state = models.CharField(
        _("state"), max_length=8, choices=ScheduleState.choices, default=ScheduleState.ACTIVE
    )
    # The first period without a draft; moved on by the run that makes one.
    next_index = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )  # who saved it last: the author of the bills it makes

    objects = TenantManager["Schedule"]()

    class Meta:
        constraints = [
            *tenant_rules("schedule", "customer"),
            CustomerScope(column="customer_id", by="visible_customers", name="schedule_scope"),
            models.CheckConstraint(
                name="schedule_anchor_day", condition=Q(anchor_day__gte=1, anchor_day__lte=31)
            ),
            models.CheckConstraint(
                name="schedule_ends_after_start",
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="schedule_list_idx")]

    def __str__(self) -> str:
        return self.name


class ScheduleLine(TenantModel):
    """A line every bill of the schedule carries. ``{period}`` in the text becomes the period."""

    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = TenantForeignKey(Product, null=True, blank=True)
    description = models.TextField(_("description"), max_length=1000)
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = QuantityField(_("unit price"))
    discount_percent = RateField(_("discount %"), default=0)
    tax_code = TenantForeignKey(TaxCode, verbose_name=_("tax code"))

    objects = TenantManager["ScheduleLine"]()

    class Meta:
        constraints = [
            *tenant_rules("scheduleline", "schedule", "product", "tax_code"),
            CustomerScope(column="schedule_id", by="sees_schedule", name="scheduleline_scope"),
            models.UniqueConstraint(
                fields=["tenant", "schedule", "position"],
                name="scheduleline_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}/{self.position}"


class ScheduledPeriod(TenantModel):
    """The record that a period was billed: its key is why no period is ever billed twice.

    Stays when the draft is deleted: the period is not billed again by itself.
    """

    schedule = TenantForeignKey(Schedule, related_name="periods")
    index = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    invoice = TenantForeignKey(
        Invoice, models.SET_NULL, null=True, related_name="scheduled_periods"
    )
    created_at = models.DateTimeField()

    objects = TenantManager["ScheduledPeriod"]()

    class Meta:
        constraints = [
            *tenant_rules("scheduledperiod", "schedule", "invoice"),
            CustomerScope(column="schedule_id", by="sees_schedule", name="scheduledperiod_scope"),
            models.UniqueConstraint(
                fields=["tenant", "schedule", "index"], name="one_bill_per_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.first_day}"
