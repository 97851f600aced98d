"""Reminders: the policy, each day's run, every decision, and what was sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.constraints import AppendOnly, CustomerScope, tenant_rules
from core.fields import AmountField, TenantForeignKey, TenantOneToOneField
from core.tenancy import TenantManager, TenantModel
from customers.models import Customer
from dunning.enums import HoldReason, Outcome, Tone
from ledger.models import OpenItem
from messaging.models import OutboundMessage


class Policy(TenantModel):
    """When customers are reminded. Steps are never edited: a change makes the next version."""

    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    send_hour = models.PositiveSmallIntegerField(_("hour of sending"), default=9)  # tenant's zone
    weekdays_only = models.BooleanField(_("only Monday to Friday"), default=True)
    minimum_amount = AmountField(_("smallest amount to remind about"), default=0)
    quiet_days = models.PositiveSmallIntegerField(
        _("days between two reminders to one customer"), default=3
    )
    created_at = models.DateTimeField()

    objects = TenantManager["Policy"]()

    class Meta:
        constraints = [
            *tenant_rules("policy"),
            models.UniqueConstraint(fields=["tenant", "name", "version"], name="policy_version"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_active=True), name="one_active_policy"
            ),
            models.CheckConstraint(name="policy_hour", condition=Q(send_hour__lte=23)),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PolicyStep(TenantModel):
    """One step: this many days after the due date (negative: before), in this tone."""

    policy = TenantForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    offset_days = models.SmallIntegerField(_("days after the due date"))
    level = models.PositiveSmallIntegerField(_("level"))  # 0: before due
    tone = models.CharField(_("text"), max_length=12, choices=Tone.choices)

    objects = TenantManager["PolicyStep"]()

    class Meta:
        constraints = [
            *tenant_rules("policystep", "policy"),
            models.UniqueConstraint(
                fields=["tenant", "policy", "offset_days"], name="one_step_per_offset"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.offset_days:+}"


class Run(TenantModel):
    """The reminders of one day; there is one per tenant and day, however often it is started."""

    run_date = models.DateField()
    policy = TenantForeignKey(Policy)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TenantManager["Run"]()

    class Meta:
        constraints = [
            *tenant_rules("run", "policy"),
            models.UniqueConstraint(fields=["tenant", "run_date"], name="one_run_per_day"),
        ]

    def __str__(self) -> str:
        return str(self.run_date)


class Notice(TenantModel):
    """One reminder to one customer, listing the items it asked for as they stood then."""

    run = TenantForeignKey(Run, related_name="notices")
    customer = TenantForeignKey(Customer, related_name="notices")
    number = models.CharField(max_length=40)
    level = models.PositiveSmallIntegerField()
    message = TenantOneToOneField(OutboundMessage, related_name="notice")
    created_at = models.DateTimeField()

    objects = TenantManager["Notice"]()

    class Meta:
        constraints = [
            *tenant_rules("notice", "run", "customer", "message"),
            CustomerScope(column="customer_id", by="visible_customers", name="notice_scope"),
            models.UniqueConstraint(fields=["tenant", "number"], name="notice_number"),
            models.UniqueConstraint(
                fields=["tenant", "run", "customer"], name="one_notice_per_run_and_customer"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "customer", "-id"], name="notice_customer_idx")]

    def __str__(self) -> str:
        return self.number


class Decision(TenantModel):
    """What a run decided about one item that had reached a step: sent or held, and why."""

    run = TenantForeignKey(Run, related_name="decisions")
    item = TenantForeignKey(OpenItem, related_name="decisions")
    customer = TenantForeignKey(Customer)
    policy = TenantForeignKey(Policy)
    offset_days = models.SmallIntegerField()
    outcome = models.CharField(max_length=4, choices=Outcome.choices)
    held_because = models.CharField(max_length=16, choices=HoldReason.choices, blank=True)
    open_amount = AmountField()
    currency = models.CharField(max_length=3)
    notice = TenantForeignKey(Notice, null=True, related_name="decisions")
    decided_at = models.DateTimeField()

    objects = TenantManager["Decision"]()

    class Meta:
        constraints = [
            *tenant_rules("decision", "run", "item", "customer", "policy", "notice"),
            CustomerScope(column="customer_id", by="visible_customers", name="decision_scope"),
            # The key of "nothing twice": one reminder per item and step, whatever the version.
            models.UniqueConstraint(
                fields=["tenant", "item", "offset_days"],
                condition=Q(outcome=Outcome.SENT),
                name="reminded_once_per_item_and_step",
            ),
            models.UniqueConstraint(
                fields=["tenant", "run", "item", "offset_days"], name="decided_once_per_run"
            ),
            models.CheckConstraint(
                name="decision_has_notice_or_reason",
                condition=Q(outcome=Outcome.SENT, notice__isnull=False, held_because="")
                | Q(outcome=Outcome.HELD, notice__isnull=True) & ~Q(held_because=""),
            ),
            AppendOnly(name="decision_append_only"),
        ]
        indexes = [
            models.Index(fields=["tenant", "item", "-id"], name="decision_item_idx"),
            models.Index(fields=["tenant", "run", "customer"], name="decision_run_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.offset_days:+} {self.outcome}"


class ItemHold(TenantModel):
    """Reminders for one item are paused until a day, or until a person lifts it."""

    item = TenantOneToOneField(OpenItem, related_name="hold")
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TenantManager["ItemHold"]()

    class Meta:
        constraints = [
            *tenant_rules("itemhold", "item"),
            CustomerScope(column="item_id", by="visible_items", name="itemhold_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.reason}"
