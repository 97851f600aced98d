"""How fast the lists answer, whole page, through the real views and templates."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, scratch_company, vacuum
from billing_site.bench.pages import ask, signed_in
from billing_site.bench.timing import Figure

PAGES = {
    "list_first_page": ("invoices:list", ""),
    "list_awaiting_payment": ("invoices:list", "?view=awaiting"),
    "list_by_customer": ("invoices:list", "?sort=customer"),
    "list_by_number": ("invoices:list", "?sort=number"),
    "list_search_number": ("invoices:list", "?q=00042"),
    "list_search_nothing": ("invoices:list", "?q=zzz"),
    "list_receipts": ("payments:list", ""),
    "list_customers": ("customers:list", ""),
}


def bench_list(n: int, at: datetime) -> list[Figure]:
    """Open the list of ``n`` issued bills, plain, filtered, sorted, searched; and two others.

    Most bills are settled by a receipt each; there are a tenth as many customers.
    """
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 10, 1))
        add_issued_bills(tenant, n, at.date())
        vacuum()
        figures = []
        with signed_in(tenant) as client:
            for name, (page, query) in PAGES.items():
                figures += ask(client, name, reverse(page, args=[tenant.slug]) + query)
        return figures
