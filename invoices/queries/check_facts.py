"""What the checks of bills need to know, read once for any number of bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from core.companies import active_tenant
from core.models import BankAccount, Tenant
from core.money import ZERO
from core.rates import rates_on
from customers.models import Address, Contact, Customer, PaymentTerm, PaymentTermPart
from invoices.calculations import TermPart
from invoices.enums import InvoiceSource, InvoiceState
from invoices.models import Invoice, InvoiceLine, Product, TaxCode
from ledger.models import OpenItem, Period

DAYS_FOR_DOUBLES = 60


@dataclass(frozen=True, slots=True)
class Subject:
    """One bill to be checked, saved or only typed; an unsaved one has no id."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]


@dataclass(slots=True)
class Facts:
    """Everything the rules may look at besides the bill itself."""

    tenant: Tenant
    day: date
    customers: dict[int, Customer]
    contacts: dict[int, list[Contact]] = field(default_factory=dict)
    addressed: set[int] = field(default_factory=set)
    parts: dict[int, list[TermPart]] = field(default_factory=dict)
    bank_currencies: set[str] = field(default_factory=set)
    rates: dict[str, Decimal | None] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    tax_codes: dict[int, TaxCode] = field(default_factory=dict)
    exposure: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    others: dict[int, list[Invoice]] = field(default_factory=dict)
    billed_periods: dict[tuple[int, int | None, date, date | None], list[Invoice]] = field(
        default_factory=dict
    )
    period_is_closed: bool = False


def facts_for(subjects: Sequence[Subject], *, day: date) -> Facts:
    """Return what is known on the tenant's day, by a number of queries that does not grow."""
    invoices = [subject.invoice for subject in subjects]
    lines = [line for subject in subjects for line in subject.lines]
    customer_ids = {invoice.customer_id for invoice in invoices if invoice.customer_id}
    tenant = active_tenant()
    facts = Facts(tenant=tenant, day=day, customers=Customer.objects.in_bulk(customer_ids))
    facts.contacts = _grouped(
        Contact.objects.filter(customer__in=customer_ids, is_active=True).order_by("pk")
    )
    facts.addressed = set(
        Address.objects.filter(customer__in=customer_ids).values_list("customer_id", flat=True)
    )
    facts.parts = term_parts({invoice.terms_id for invoice in invoices if invoice.terms_id})
    facts.bank_currencies = set(
        BankAccount.objects.filter(is_active=True).values_list("currency", flat=True)
    )
    facts.rates = rates_on({invoice.currency for invoice in invoices}, tenant.currency, day)
    facts.products = Product.objects.in_bulk({ln.product_id for ln in lines if ln.product_id})
    facts.tax_codes = TaxCode.objects.in_bulk({line.tax_code_id for line in lines})
    facts.exposure = _exposure(facts.customers.values())
    facts.others = _possible_doubles(invoices, day)
    facts.billed_periods = _billed_periods(customer_ids, lines)
    facts.period_is_closed = is_closed(day)
    return facts


def term_parts(term_ids: Iterable[int]) -> dict[int, list[TermPart]]:
    """Return the parts of each payment term, in order."""
    parts: dict[int, list[TermPart]] = defaultdict(list)
    rows = PaymentTermPart.objects.filter(term__in=set(term_ids)).order_by("term_id", "position")
    for part in rows:
        parts[part.term_id].append(
            TermPart(
                weight=part.weight,
                months=part.months,
                days=part.days,
                end_of_month=part.end_of_month,
            )
        )
    return parts


def default_term_id() -> int | None:
    """Return the company's default payment terms, if it has any."""
    return PaymentTerm.objects.filter(is_default=True).values_list("pk", flat=True).first()


def is_closed(day: date) -> bool:
    """Test if the day lies in a closed period."""
    return Period.objects.filter(is_closed=True, first_day__lte=day, last_day__gte=day).exists()


def _grouped(contacts: Iterable[Contact]) -> dict[int, list[Contact]]:
    by_customer: dict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_customer[contact.customer_id].append(contact)
    return by_customer


def _exposure(customers: Iterable[Customer]) -> dict[tuple[int, str], Decimal]:
    """Return what limited customers owe, credits taken off, with bills approved and not issued."""
    limited = [customer.pk for customer in customers if customer.credit_limit is not None]
    sums: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    if not limited:
        return sums
    owed = OpenItem.objects.open().filter(customer__in=limited)
    coming = Invoice.objects.filter(customer__in=limited, state=InvoiceState.APPROVED)
    for rows in (
        owed.values("customer_id", "currency").annotate(sum=Sum("open_amount")),
        coming.values("customer_id", "currency").annotate(sum=Sum("total_amount")),
    ):
        for row in rows.order_by("customer_id", "currency"):
            sums[row["customer_id"], row["currency"]] += row["sum"]
    return sums


def _possible_doubles(invoices: Sequence[Invoice], day: date) -> dict[int, list[Invoice]]:
    """Return, by customer, recent bills of the same total or purchase order."""
    since = day - timedelta(days=DAYS_FOR_DOUBLES)
    totals = {invoice.total_amount for invoice in invoices if invoice.total_amount}
    orders = {invoice.po_number for invoice in invoices if invoice.po_number}
    recent = Q(issue_date__gte=since) | Q(issue_date__isnull=True)
    rows = (
        Invoice.objects.filter(customer__in={invoice.customer_id for invoice in invoices})
        .exclude(state=InvoiceState.VOID)
        .filter(Q(recent, total_amount__in=totals) | Q(po_number__in=orders))
        .only("pk", "customer_id", "number", "source", "currency", "total_amount", "po_number")
        .order_by("-pk")
    )
    by_customer: dict[int, list[Invoice]] = defaultdict(list)
    for row in rows:
        by_customer[row.customer_id].append(row)
    return by_customer


def _billed_periods(
    customer_ids: set[int], lines: Sequence[InvoiceLine]
) -> dict[tuple[int, int | None, date, date | None], list[Invoice]]:
    """Return the bills that already carry a product for the very same service period."""
    starts = {line.service_from for line in lines if line.service_from and line.product_id}
    if not starts:
        return {}
    rows = (
        InvoiceLine.objects.filter(invoice__customer__in=customer_ids, service_from__in=starts)
        .filter(product__in={line.product_id for line in lines if line.product_id})
        .exclude(invoice__state=InvoiceState.VOID)
        .select_related("invoice")
        .order_by("pk")
    )
    found: dict[tuple[int, int | None, date, date | None], list[Invoice]] = defaultdict(list)
    for row in rows:
        if row.service_from is not None:
            key = (row.invoice.customer_id, row.product_id, row.service_from, row.service_to)
            found[key].append(row.invoice)
    return found


def is_of_schedule(invoice: Invoice) -> bool:
    """Test if a schedule made the bill: equal totals are then what is expected."""
    return invoice.source == InvoiceSource.SCHEDULE
