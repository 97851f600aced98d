"""What a customer's timeline is of, and where the documents behind open items are shown."""

from __future__ import annotations

from django.urls import NoReverseMatch

from core.models import Tenant
from core.timelines import Subject, subject_name
from core.urls_in import page_url
from customers.models import Customer

_ITEM_PAGES = {"INSTALMENT": "invoices:by_item", "RECEIPT": "payments:by_item"}


def customer_subject(tenant: Tenant, customer: Customer) -> Subject:
    """Return what the customer's timeline is of: everything of its account."""
    return Subject(
        tenant=tenant,
        space="customers",
        pk=customer.pk,
        name=subject_name(customer),
        account_id=customer.pk,
        is_account=True,
    )


def item_url(tenant: Tenant, kind: str, item_id: int) -> str:
    """Return the page of the bill or receipt an open item belongs to, by an app above; or none."""
    try:
        return page_url(tenant, _ITEM_PAGES[kind], item_id) if kind in _ITEM_PAGES else ""
    except NoReverseMatch:
        return ""
