"""How fast receipts are recorded and allocated: in bulk, by hand; and the same rows by SQL."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import connection

from billing_site.bench.company import add_customers, add_open_items, analyze, scratch_company
from billing_site.bench.timing import Figure, per_second, percentiles, ratio, seconds
from core.models import Tenant
from core.tenancy import tenant_scope
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive, receive_many

BATCH = 1000
BY_HAND = 200
TABLES = (
    "payments_receipt",
    "ledger_openitem",
    "ledger_journal",
    "ledger_journalline",
    "ledger_allocation",
    "ledger_entry",
    "core_auditentry",
)


def bench_allocate(n: int, at: datetime) -> list[Figure]:
    """Record ``n`` receipts over ten times as many open items, each allocated to one item."""
    today = at.date()
    with scratch_company(at) as tenant:
        add_customers(tenant, max(n // 10, 1))
        add_open_items(tenant, n * 10, today)
        analyze()
        with tenant_scope(tenant.pk):
            items = list(
                OpenItem.objects.debts()
                .order_by("pk")
                .values_list("pk", "customer_id", "open_amount")[: n + BY_HAND]
            )

        def drafts(rows: list[tuple[int, int, Decimal]]) -> list[ReceiptDraft]:
            return [ReceiptDraft(owner, today, "CNY", amount) for _pk, owner, amount in rows]

        def in_bulk() -> None:
            for start in range(0, n, BATCH):
                rows = items[start : min(start + BATCH, n)]
                with tenant_scope(tenant.pk):
                    receive_many(
                        drafts=drafts(rows),
                        allocations=[{pk: amount} for pk, _owner, amount in rows],
                        at=at,
                        actor=None,
                    )

        _nothing, bulk = seconds(in_bulk)
        limit = _plain_sql(tenant)
        by_hand = []
        for row in items[n:]:

            def one(row: tuple[int, int, Decimal] = row) -> None:
                with tenant_scope(tenant.pk):
                    receive(draft=drafts([row])[0], allocations={row[0]: row[2]}, at=at, actor=None)

            by_hand.append(seconds(one)[1])
    return [
        per_second("allocate_bulk", n, bulk),
        per_second("allocate_bulk_limit_sql", n, limit),
        ratio("allocate_bulk_share_of_limit", limit, bulk),
        *percentiles("allocate_by_hand", by_hand),
    ]


def _plain_sql(tenant: Tenant) -> int:
    """Return the microseconds of inserting the rows that receiving made, without rules."""
    only = {
        "ledger_openitem": "kind = 'RECEIPT'",
        "ledger_journal": "kind = 'RECEIPT'",
        "ledger_journalline": "account = 'BANK' OR base_amount < 0",
        "ledger_entry": "allocation_id IS NOT NULL OR amount < 0",
        "core_auditentry": "event = 'receipt.recorded'",
    }
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"CREATE TEMPORARY TABLE limit_{table} (LIKE {table} INCLUDING INDEXES)"
                " ON COMMIT DROP"
            )
            cursor.execute(
                f"CREATE TEMPORARY TABLE rows_{table} ON COMMIT DROP AS"  # noqa: S608 - constants
                f" SELECT * FROM {table} WHERE {only.get(table, 'true')}"
            )

        def copy() -> None:
            for table in TABLES:
                cursor.execute(f"INSERT INTO limit_{table} SELECT * FROM rows_{table}")  # noqa: S608

        return seconds(copy)[1]
