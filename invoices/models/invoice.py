"""Bills: header, lines, tax per rate, instalments."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from core.constraints import CustomerScope, tenant_rules
from core.fields import (
    AmountField,
    QuantityField,
    RateField,
    TenantForeignKey,
    TenantOneToOneField,
    ThousandthsField,
)
from core.models import StoredFile
from core.models.tenant import TaxMode
from core.money import Money
from core.tenancy import TenantManager, TenantPart
from customers.models import Customer, PaymentTerm
from invoices.enums import (
    EDITABLE,
    FROZEN,
    NEXT_STATES,
    InvoiceSource,
    InvoiceState,
    ReturnReason,
    TaxCategory,
)
from invoices.models.product import Product, TaxCode
from ledger.models import OpenItem


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """The questions bills are asked most; all chain. What is owed is asked of the ledger."""

    def issued(self) -> InvoiceQuerySet:
        """Limit to bills that count as receivable."""
        return self.filter(state=InvoiceState.ISSUED)

    def in_review(self) -> InvoiceQuerySet:
        """Limit to bills that wait for an approver."""
        return self.filter(state=InvoiceState.IN_REVIEW)


class Invoice(TenantPart):
    """A bill (账单): a demand for payment, frozen once issued.

    Totals are computed by ``invoices.calculations`` alone whenever the lines change; issuing gives
    number and date, freezes the content (a trigger refuses changes) and posts one open item per
    instalment. A mistake on an issued bill is corrected by another document, never by an edit.
    """

    customer = TenantForeignKey(Customer, related_name="invoices", verbose_name=_("customer"))
    state = models.CharField(
        max_length=10, choices=InvoiceState.choices, default=InvoiceState.DRAFT
    )
    source = models.CharField(
        max_length=8, choices=InvoiceSource.choices, default=InvoiceSource.MANUAL
    )
    number = models.CharField(_("number"), max_length=40, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    exchange_rate = RateField(null=True, blank=True)  # set at issue; null when none was known
    tax_mode = models.CharField(max_length=8, choices=TaxMode.choices)
    language = models.CharField(_("document language"), max_length=10)
    terms = TenantForeignKey(PaymentTerm, null=True, blank=True, verbose_name=_("payment terms"))
    issue_date = models.DateField(_("issue date"), null=True)
    due_date = models.DateField(_("due date"), null=True)  # of the last instalment
    po_number = models.CharField(_("purchase order"), max_length=60, blank=True)
    reference = models.CharField(_("contract or reference"), max_length=80, blank=True)
    note = models.TextField(_("note to the customer"), blank=True, max_length=2000)
    internal_note = models.TextField(_("internal note"), blank=True, max_length=2000)
    lines_amount = AmountField(default=0)  # sum of the lines' net amounts
    discount_amount = AmountField(_("discount"), default=0)  # on the document, before tax
    # What the amount follows from, 10 is 10 %; 0 where the amount itself was written.
    discount_percent = RateField(_("discount %"), default=0, db_default=0)
    net_amount = AmountField(default=0)
    tax_amount = AmountField(default=0)
    total_amount = AmountField(default=0)
    total_thousandths = ThousandthsField(of="total_amount")  # what the search looks for
    # Seller, buyer and payment details as printed, kept at issue.
    parties = models.JSONField(default=dict, blank=True)
    document = TenantForeignKey(StoredFile, null=True)  # the rendered PDF, set once after issue
    author = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    # By somebody who had a hand in it, where the company allows that; set by the operation only.
    is_self_approved = models.BooleanField(default=False, db_default=False)
    return_reason = models.CharField(max_length=10, choices=ReturnReason.choices, blank=True)
    return_comment = models.CharField(max_length=500, blank=True)
    issued_by = models.ForeignKey(
        "core.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)  # grows with every save: two editors meet
    external_key = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    objects = TenantManager.from_queryset(InvoiceQuerySet)()

    class Meta:
        constraints = [
            *tenant_rules("invoice", "customer", "terms", "document"),
            CustomerScope(column="customer_id", by="visible_customers", name="invoice_scope"),
            models.UniqueConstraint(
                fields=["tenant", "number"], condition=~Q(number=""), name="invoice_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_key"],
                condition=~Q(external_key=""),
                name="invoice_external_key",
            ),
            models.CheckConstraint(
                name="invoice_number_and_dates_with_issue",
                condition=Q(state__in=FROZEN, issue_date__isnull=False, issued_at__isnull=False)
                & Q(due_date__isnull=False)
                & ~Q(number="")
                | ~Q(state__in=FROZEN) & Q(number="", issued_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invoice_approved_by_somebody",
                condition=Q(state__in=(*EDITABLE, InvoiceState.IN_REVIEW))
                | Q(source=InvoiceSource.IMPORT)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invoice_author_never_approves",
                condition=Q(approved_by__isnull=True)
                | Q(is_self_approved=True)
                | (
                    (Q(author__isnull=True) | ~Q(author=F("approved_by")))
                    & (Q(edited_by__isnull=True) | ~Q(edited_by=F("approved_by")))
                    & (Q(submitted_by__isnull=True) | ~Q(submitted_by=F("approved_by")))
                ),
            ),
            models.CheckConstraint(
                name="invoice_self_approved_is_approved",
                condition=Q(is_self_approved=False) | Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invoice_returned_has_reason",
                condition=~Q(state=InvoiceState.RETURNED) | ~Q(return_reason=""),
            ),
            models.CheckConstraint(
                name="invoice_void_has_reason",
                condition=~Q(state=InvoiceState.VOID)
                | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
            ),
            models.CheckConstraint(
                name="invoice_totals_add_up",
                condition=Q(net_amount=F("lines_amount") - F("discount_amount"))
                & Q(total_amount=F("net_amount") + F("tax_amount")),
            ),
            models.CheckConstraint(
                name="invoice_discount_percent",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            # Rounded to the currency, whose smallest step is one at most.
            models.CheckConstraint(
                name="invoice_discount_follows_percent",
                condition=Q(discount_percent=0)
                | Q(
                    discount_amount__gte=F("lines_amount") * F("discount_percent") / 100
                    - Decimal("0.5"),
                    discount_amount__lte=F("lines_amount") * F("discount_percent") / 100
                    + Decimal("0.5"),
                ),
            ),
            models.CheckConstraint(
                name="invoice_amounts_not_negative",
                condition=Q(discount_amount__gte=0, net_amount__gte=0, total_amount__gte=0)
                | ~Q(state__in=FROZEN),
            ),
            models.CheckConstraint(
                name="invoice_due_not_before_issue",
                condition=Q(due_date__isnull=True)
                | Q(issue_date__isnull=True)
                | Q(due_date__gte=F("issue_date"))
                | Q(source=InvoiceSource.IMPORT),
            ),
        ]
        indexes = [
            # The list's order; what it searches and sums is read from here, never from the rows.
            models.Index(
                fields=["tenant", "-id"],
                include=[
                    "currency",
                    "total_amount",
                    "number",
                    "po_number",
                    "reference",
                    "customer",
                ],
                name="invoice_list_idx",
            ),
            models.Index(fields=["tenant", "number", "id"], name="invoice_number_idx"),
            models.Index(fields=["tenant", "total_amount", "id"], name="invoice_total_idx"),
            # What the search looks for from its beginning: bytes compare, whatever the locale.
            models.Index("tenant", Collate("number", "C"), name="invoice_find_number_idx"),
            models.Index(
                "tenant",
                Collate("po_number", "C"),
                condition=~Q(po_number=""),
                name="invoice_find_order_idx",
            ),
            models.Index(
                "tenant",
                Collate("reference", "C"),
                condition=~Q(reference=""),
                name="invoice_find_reference_idx",
            ),
            models.Index(
                fields=["tenant", "total_thousandths", "id"], name="invoice_find_total_idx"
            ),
            models.Index(fields=["tenant", "-issue_date", "-id"], name="invoice_issue_idx"),
            models.Index(fields=["tenant", "due_date", "id"], name="invoice_due_idx"),
            models.Index(fields=["tenant", "state", "-id"], name="invoice_state_idx"),
            models.Index(fields=["tenant", "customer", "-id"], name="invoice_customer_idx"),
            models.Index(
                fields=["tenant", "id"],
                condition=Q(state=InvoiceState.ISSUED, document__isnull=True),
                name="invoice_undocumented_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def total(self) -> Money:
        """The amount due when nothing has been paid, tax included."""
        return Money(self.total_amount, self.currency)

    def may_become(self, state: InvoiceState) -> bool:
        """Test if the state may follow the present one."""
        return state in NEXT_STATES[InvoiceState(self.state)]

    @property
    def is_editable(self) -> bool:
        """Test if the content may still be changed."""
        return self.state in EDITABLE


class InvoiceLine(TenantPart):
    """One thing billed. Frozen with its bill.

    ``net_amount`` = quantity x unit price, less the discount in per cent or as an amount, rounded
    once. ``tax_amount`` is what is booked in line mode and information only in document mode.
    """

    invoice = TenantForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = TenantForeignKey(Product, null=True, blank=True)
    description = models.TextField(_("description"), max_length=1000)
    service_from = models.DateField(_("service from"), null=True, blank=True)
    service_to = models.DateField(_("service to"), null=True, blank=True)
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = QuantityField(_("unit price"))
    discount_percent = RateField(_("discount %"), default=0)  # 10 is 10 %
    # Or an amount off the whole line, in the bill's currency.
    discount_amount = AmountField(_("discount"), default=0, db_default=0)
    tax_code = TenantForeignKey(TaxCode, verbose_name=_("tax code"))
    tax_category = models.CharField(max_length=2, choices=TaxCategory.choices)
    tax_rate = RateField()
    net_amount = AmountField()
    tax_amount = AmountField(default=0)

    objects = TenantManager["InvoiceLine"]()

    class Meta:
        constraints = [
            *tenant_rules("invoiceline", "invoice", "product", "tax_code"),
            CustomerScope(column="invoice_id", by="sees_invoice", name="invoiceline_scope"),
            models.UniqueConstraint(
                fields=["tenant", "invoice", "position"],
                name="invoiceline_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="invoiceline_discount",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            models.CheckConstraint(
                name="invoiceline_discount_once",
                condition=Q(discount_amount=0)
                | Q(discount_amount__gt=0, discount_percent=0, net_amount__gte=0),
            ),
            models.CheckConstraint(
                name="invoiceline_service_period",
                condition=Q(service_from__isnull=True)
                | Q(service_to__isnull=True)
                | Q(service_from__lte=F("service_to")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position}"


class InvoiceTax(TenantPart):
    """The tax of one category and rate on a bill (EN 16931 BG-23). Frozen with its bill."""

    invoice = TenantForeignKey(Invoice, on_delete=models.CASCADE, related_name="taxes")
    category = models.CharField(max_length=2, choices=TaxCategory.choices)
    rate = RateField()
    base_amount = AmountField()
    tax_amount = AmountField()

    objects = TenantManager["InvoiceTax"]()

    class Meta:
        constraints = [
            *tenant_rules("invoicetax", "invoice"),
            CustomerScope(column="invoice_id", by="sees_invoice", name="invoicetax_scope"),
            models.UniqueConstraint(
                fields=["tenant", "invoice", "category", "rate"], name="invoicetax_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.category} {self.rate}"


class Instalment(TenantPart):
    """One part of a bill with its own due date; owns one open item of the ledger."""

    invoice = TenantForeignKey(Invoice, on_delete=models.CASCADE, related_name="instalments")
    position = models.PositiveSmallIntegerField()
    due_date = models.DateField()
    amount = AmountField()
    item = TenantOneToOneField(OpenItem, related_name="instalment")

    objects = TenantManager["Instalment"]()

    class Meta:
        constraints = [
            *tenant_rules("instalment", "invoice", "item"),
            CustomerScope(column="item_id", by="visible_items", name="instalment_scope"),
            models.UniqueConstraint(
                fields=["tenant", "invoice", "position"], name="instalment_position"
            ),
            models.CheckConstraint(name="instalment_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position}"
