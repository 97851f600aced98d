"""Accounting periods: a closed one takes no posting."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.constraints import tenant_rules
from core.dates import EARLIEST
from core.tenancy import TenantManager, TenantModel


class DateRange(Func):
    """``daterange(first, last, '[]')``."""

    function = "daterange"
    output_field = DateRangeField()


class Period(TenantModel):
    """A span of days that was closed, or closed and opened again; days outside are open."""

    first_day = models.DateField()
    last_day = models.DateField()
    is_closed = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    objects = TenantManager["Period"]()

    class Meta:
        constraints = [
            *tenant_rules("period"),
            models.CheckConstraint(
                name="period_days_in_order", condition=Q(first_day__lte=F("last_day"))
            ),
            ExclusionConstraint(
                name="periods_do_not_overlap",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    (
                        DateRange("first_day", "last_day", models.Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        if self.first_day == EARLIEST:
            return f"≤ {self.last_day}"
        return f"{self.first_day} - {self.last_day}"
