"""How fast approved bills are issued: in bulk, one at a time, and the same rows by plain SQL."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from billing_site.bench.company import (
    add_customers,
    add_drafts,
    analyze,
    people_of,
    scratch_company,
)
from billing_site.bench.timing import Figure, per_second, percentiles, ratio, seconds
from core.tenancy import tenant_scope
from invoices.enums import InvoiceState
from invoices.models import Invoice
from invoices.operations import issue, issue_many

SINGLE = 200
# The tables that issuing writes; the limit copies the rows it made, with indexes, without rules.
TABLES = (
    "invoices_invoice",
    "invoices_invoiceline",
    "invoices_instalment",
    "ledger_openitem",
    "ledger_journal",
    "ledger_journalline",
    "ledger_entry",
    "core_auditentry",
)


def bench_issue(n: int, at: datetime) -> list[Figure]:
    """Issue ``n`` approved bills of three lines, then 200 more one by one."""
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 10, 1))
        add_drafts(tenant, n + SINGLE, state=InvoiceState.APPROVED)
        analyze()
        admin, _approver = people_of(tenant)
        with tenant_scope(tenant.pk):
            ids = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))

        def in_bulk() -> None:
            for start in range(0, n, 500):
                with tenant_scope(tenant.pk):
                    issue_many(invoice_ids=ids[start : min(start + 500, n)], at=at, actor=admin)

        _nothing, bulk = seconds(in_bulk)
        limit = _plain_sql(tenant.pk)
        single = []
        for pk in ids[n:]:

            def one(pk: int = pk) -> None:
                with tenant_scope(tenant.pk):
                    issue(invoice=Invoice.objects.get(pk=pk), at=at, actor=admin)

            single.append(seconds(one)[1])
    return [
        per_second("issue_bulk", n, bulk),
        per_second("issue_bulk_limit_sql", n, limit),
        ratio("issue_bulk_share_of_limit", limit, bulk),
        *percentiles("issue_single", single),
    ]


def _plain_sql(tenant_id: int) -> int:
    """Return the microseconds of inserting the same rows, by one INSERT ... SELECT a table."""
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"CREATE TEMPORARY TABLE limit_{table} (LIKE {table} INCLUDING INDEXES)"
                " ON COMMIT DROP"
            )
            where = "WHERE state = 'ISSUED'" if table == "invoices_invoice" else ""
            if table == "core_auditentry":
                where = "WHERE event = 'invoice.issued'"
            if table == "invoices_invoiceline":
                where = (
                    "WHERE EXISTS (SELECT FROM invoices_invoice bill"
                    " WHERE bill.id = invoice_id AND bill.state = 'ISSUED')"
                )
            cursor.execute(
                f"CREATE TEMPORARY TABLE rows_{table} ON COMMIT DROP AS"  # noqa: S608 - constants
                f" SELECT * FROM {table} {where}"
            )

        def copy() -> None:
            for table in TABLES:
                cursor.execute(f"INSERT INTO limit_{table} SELECT * FROM rows_{table}")  # noqa: S608

        return seconds(copy)[1]
