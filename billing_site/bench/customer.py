"""How fast the page of one customer opens who has been there for years."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, scratch_company, vacuum
from billing_site.bench.pages import ask, signed_in
from billing_site.bench.timing import Figure
from core.tenancy import tenant_scope
from customers.models import Customer
from ledger.models import Entry

OTHERS = 19  # customers beside it, with as many bills each
PAGES = {
    "customer_page": ("customers:detail", ""),
    "customer_searched": ("customers:detail", "?search=00042"),
    "customer_account": ("customers:account", ""),
}


def bench_customer(n: int, at: datetime) -> list[Figure]:
    """Open the pages of a customer with at least ``n`` ledger entries, among twenty such.

    A bill makes one entry, its receipt three; most bills are settled.
    """
    with scratch_company(at) as tenant:
        add_customers(tenant, 1 + OTHERS)
        add_issued_bills(tenant, (1 + OTHERS) * (n // 3), at.date())
        vacuum()
        with tenant_scope(tenant.pk):
            customer = Customer.objects.order_by("pk")[OTHERS // 2]
            entries = Entry.objects.filter(item__customer=customer).count()
        figures = [Figure("customer_entries", entries, "entries")]
        with signed_in(tenant) as client:
            for name, (page, query) in PAGES.items():
                address = reverse(page, args=[tenant.slug, customer.pk]) + query
                figures += ask(client, name, address)
        return figures
