"""One customer: what it owes, what happened, whom to write to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.countries import country_name
from core.models import Tenant
from core.money import ZERO
from core.operations.note_visit import note_visit
from core.pages.timeline import timeline_context
from core.presentation import shown_amount
from core.timelines import Subject
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers import queries
from customers.enums import ContactRole
from customers.models import Customer
from customers.owners import may_assign
from customers.queries import Figures
from customers.timeline import customer_subject, item_url
from customers.views.common import customer_or_404

SHOWN_ITEMS = 100
STRIP = 1000
BUCKET_LABELS = (_("Not due"), "1–30", "31–60", "61–90", "91+")


def find_customer(request: StaffRequest, pk: int) -> Subject:
    """Return what the customer's timeline is of; 404 as its page."""
    return customer_subject(request.tenant, customer_or_404(pk))


@staff_view(permission="customers.view")
def customer_detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show the customer; ``type``, ``search`` and ``before`` page through its timeline."""
    customer = customer_or_404(pk)
    note_visit(user=request.user, kind="customer", pk=customer.pk)
    day = request.tenant.day_of(timezone.now())
    items = list(queries.open_items(customer)[: SHOWN_ITEMS + 1])
    context = {
        "customer": customer,
        "country": country_name(customer.country) if customer.country else "",
        "today": day,
        "figures": [shown_figures(one) for one in queries.figures(customer, day=day)],
        "items": [_item(request.tenant, item, day) for item in items[:SHOWN_ITEMS]],
        "has_more_items": len(items) > SHOWN_ITEMS,
        "contacts": [
            (contact, [str(ContactRole(role).label) for role in contact.roles])
            for contact in customer.contacts.order_by("-is_active", "pk")
        ],
        "language": dict(settings.LANGUAGES).get(customer.language, customer.language),
        "addresses": customer.addresses.order_by("kind"),
        **timeline_context(request, customer_subject(request.tenant, customer)),
        "new_invoice_url": _new(request.tenant, "invoices:new", customer),
        "receive_url": _new(request.tenant, "payments:new", customer),
        "is_paused": is_paused(customer, day),
        "may_assign": may_assign(),
    }
    return render(request, "customers/detail.html", context)


@dataclass(frozen=True, slots=True)
class StripPart:
    """One part of the aging strip; start and width in thousandths of its length."""

    label: str
    amount: Decimal
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """An account in one currency as it is shown; ``unused`` is its unused credit, negative."""

    currency: str
    balance: Decimal
    overdue: Decimal
    debts: Decimal
    credits: Decimal
    unused: Decimal
    credit_limit: Decimal | None
    credit_left: Decimal | None
    limit_text: str
    strip: list[StripPart]


def shown_figures(figures: Figures) -> ShownFigures:
    """Return the figures with the strip that shows them; its parts add up to ``debts``."""
    limit = figures.credit_limit
    ends = [sum(figures.buckets[: i + 1], ZERO) for i in range(len(figures.buckets))]
    scaled = [int(end * STRIP / figures.debts) if figures.debts else 0 for end in ends]
    starts = [0, *scaled[:-1]]
    return ShownFigures(
        currency=figures.currency,
        balance=figures.balance,
        overdue=figures.overdue,
        debts=figures.debts,
        credits=figures.credits,
        unused=-figures.credits,
        credit_limit=limit,
        credit_left=figures.credit_left,
        limit_text="" if limit is None else shown_amount(limit, figures.currency),
        strip=[
            StripPart(str(label), amount, start, end - start)
            for label, amount, start, end in zip(
                BUCKET_LABELS, figures.buckets, starts, scaled, strict=True
            )
        ],
    )


def is_paused(customer: Customer, day: date) -> bool:
    """Test if reminders are paused on the day."""
    until = customer.reminders_paused_until
    return customer.reminders_paused and (until is None or day <= until)


def _item(tenant: Tenant, item: Any, day: date) -> dict[str, Any]:
    is_debt = item.amount > 0
    return {
        "label": item.label,
        "kind": item.get_kind_display(),
        "url": item_url(tenant, item.kind, item.pk),
        "issue_date": item.issue_date,
        "due_date": item.due_date if is_debt else None,
        "days_late": max((day - item.due_date).days, 0) if is_debt else 0,
        "amount": item.amount,
        "open_amount": item.open_amount,
        "currency": item.currency,
    }


def _new(tenant: Tenant, name: str, customer: Customer) -> str:
    """Return the page of an app above that makes something for the customer; or none."""
    try:
        return page_url(tenant, name, query={"customer": customer.pk})
    except NoReverseMatch:
        return ""
