"""How fast the list of bills answers, whole page, through the real view and templates."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from billing_site.bench.company import (
    add_customers,
    add_drafts,
    analyze,
    people_of,
    scratch_company,
)
from billing_site.bench.timing import Figure, percentiles, seconds
from core.tenancy import tenant_scope
from invoices.enums import InvoiceState
from invoices.models import Invoice
from invoices.operations import issue_many

REQUESTS = 40


def bench_list(n: int, at: datetime) -> list[Figure]:
    """Open the list of ``n`` issued bills: first page, a filter, a search, and page by page."""
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 100, 1))
        add_drafts(tenant, n, state=InvoiceState.APPROVED, lines=1)
        admin, _approver = people_of(tenant)
        with tenant_scope(tenant.pk):
            ids = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))
        for start in range(0, n, 2000):
            with tenant_scope(tenant.pk):
                issue_many(invoice_ids=ids[start : start + 2000], at=at, actor=admin)
        analyze()
        with override_settings(
            ALLOWED_HOSTS=["testserver"],
            SECURE_SSL_REDIRECT=False,
            STORAGES={
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            },
        ):
            return _ask(reverse("invoices:list", args=[tenant.slug]), admin)


def _ask(url: str, admin: object) -> list[Figure]:
    client = Client()
    client.force_login(admin)  # type: ignore[arg-type]
    pages = {
        "list_first_page": "",
        "list_awaiting_payment": "?tab=awaiting",
        "list_by_customer": "?sort=customer",
        "list_search_number": "?q=00042",
    }
    figures = []
    for name, query in pages.items():
        assert client.get(url + query).status_code == 200, url + query  # noqa: PLR2004, S101
        address = url + query
        times = [seconds(partial(client.get, address))[1] for _run in range(REQUESTS)]
        figures += percentiles(name, times)
    with CaptureQueriesContext(connection) as captured:
        size = len(client.get(url).content)
    return [
        *figures,
        Figure("list_queries", len(captured), "queries"),
        Figure("list_html", size // 1024, "KB"),
    ]
