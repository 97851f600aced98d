"""How fast the lists answer, whole page, through the real views and templates."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, people_of, run_sql, scratch_company
from billing_site.bench.timing import Figure, percentiles, seconds
from core.db import as_owner
from core.models import Tenant

REQUESTS = 40
TABLES = ("invoices_invoice", "invoices_instalment", "ledger_openitem", "payments_receipt")
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
        with as_owner():
            for table in TABLES:  # as autovacuum does, soon after so many rows came
                run_sql(f"VACUUM (ANALYZE) {table}")
            run_sql("ANALYZE")
        with override_settings(
            ALLOWED_HOSTS=["testserver"],
            SECURE_SSL_REDIRECT=False,
            STORAGES={
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            },
        ):
            return _ask(tenant)


def _ask(tenant: Tenant) -> list[Figure]:
    client = Client()
    admin, _approver = people_of(tenant)
    client.force_login(admin)
    figures = []
    for name, (page, query) in PAGES.items():
        address = reverse(page, args=[tenant.slug]) + query
        assert client.get(address).status_code == 200, address  # noqa: PLR2004, S101
        times = [seconds(partial(client.get, address))[1] for _run in range(REQUESTS)]
        with CaptureQueriesContext(connection) as captured:
            size = len(client.get(address).content)
        figures += [
            *percentiles(name, times),
            Figure(f"{name}_queries", len(captured), "queries"),
            Figure(f"{name}_html", size // 1024, "KB"),
        ]
    return figures
