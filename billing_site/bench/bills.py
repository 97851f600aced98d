"""Issued bills and the receipts that settled most of them, by plain SQL: two years in seconds.

Every rule of the database holds for them, and every invariant of ``check_books``. What they lack
are audit entries, documents and messages; the parties as printed are invented.
"""

from __future__ import annotations

from datetime import date, timedelta

from billing_site.bench.company import PORTION, add_drafts, analyze, run_sql
from core.models import Tenant
from core.tenancy import tenant_scope
from invoices.enums import InvoiceState

DAYS = 720
SETTLED_PERCENT = 85
ADDRESS = "上海市浦东新区世纪大道一百号环球金融中心八十八层，邮编 200120，电话 021-55550000" * 2

# A number as the usual patterns write it: INV-2026-00042.
_LABEL = """
CREATE OR REPLACE FUNCTION pg_temp.label(kind text, day date, nth bigint) RETURNS text
LANGUAGE sql AS
$$ SELECT kind || '-' || extract(year FROM day) || '-'
          || lpad(nth::text, greatest(5, length(nth::text)), '0') $$
"""

# What is made of each bill, its ids drawn before: no statement has to look for another's rows.
# Dates rise with the ids, so that numbers do too; the oldest bills are the settled ones.
_CHOOSE = """
CREATE TEMPORARY TABLE bench_bill ON COMMIT DROP AS
SELECT *, issue_date + 30 AS due_date, pg_temp.label('INV', issue_date, nth) AS number,
    pg_temp.label('RC', issue_date, nth) AS receipt,
    nextval('ledger_journal_id_seq') AS journal_id,
    nextval('ledger_journal_id_seq') AS receipt_journal_id,
    nextval('ledger_openitem_id_seq') AS item_id,
    nextval('ledger_openitem_id_seq') AS receipt_item_id,
    nextval('ledger_allocation_id_seq') AS allocation_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY extract(year FROM issue_date) ORDER BY id) AS nth
    FROM (
        SELECT tenant_id, id, customer_id, net_amount, tax_amount, total_amount,
            %(first)s::date + (place * %(days)s / all_of)::int AS issue_date,
            place, place * 100 <= all_of * %(settled)s AS is_settled
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS all_of
              FROM invoices_invoice) AS placed
    ) AS dated
) AS counted
WHERE place BETWEEN %(from)s AND %(to)s
ORDER BY id
"""

_BILLS = (
    """
    INSERT INTO ledger_journal (id, tenant_id, kind, customer_id, reference, effective_date,
        recorded_at, reason)
    SELECT journal_id, tenant_id, 'INVOICE', customer_id, number, issue_date, now(), ''
    FROM bench_bill
    """,
    """
    INSERT INTO ledger_openitem (id, tenant_id, customer_id, kind, label, currency, amount,
        open_amount, issue_date, due_date)
    SELECT item_id, tenant_id, customer_id, 'INSTALMENT', number, 'CNY', total_amount, 0,
        issue_date, due_date
    FROM bench_bill
    """,
    """
    INSERT INTO ledger_journalline (tenant_id, journal_id, account, currency, amount, base_amount)
    SELECT tenant_id, journal_id, leg.account, 'CNY', leg.amount, leg.amount
    FROM bench_bill, LATERAL (VALUES ('RECEIVABLE', total_amount), ('REVENUE', -net_amount),
                                     ('TAX', -tax_amount)) AS leg (account, amount)
    """,
    """
    INSERT INTO ledger_entry (tenant_id, item_id, journal_id, amount, base_amount, effective_date,
        recorded_at)
    SELECT tenant_id, item_id, journal_id, total_amount, total_amount, issue_date, now()
    FROM bench_bill
    """,
    """
    INSERT INTO invoices_instalment (tenant_id, invoice_id, position, due_date, amount, item_id)
    SELECT tenant_id, id, 1, due_date, total_amount, item_id FROM bench_bill
    """,
    """
    UPDATE invoices_invoice bill SET state = 'ISSUED', number = fresh.number,
        issue_date = fresh.issue_date, due_date = fresh.due_date, issued_by_id = bill.author_id,
        issued_at = fresh.issue_date, exchange_rate = 1, parties = jsonb_build_object(
            'seller', jsonb_build_object('name', 'Benchmark 测试有限公司', 'address', %(address)s),
            'buyer', jsonb_build_object('name', fresh.number, 'address', %(address)s))
    FROM bench_bill fresh WHERE bill.id = fresh.id
    """,
)

_RECEIPTS = (
    """
    INSERT INTO ledger_journal (id, tenant_id, kind, customer_id, reference, effective_date,
        recorded_at, reason)
    SELECT receipt_journal_id, tenant_id, 'RECEIPT', customer_id, receipt, due_date, now(), ''
    FROM bench_bill WHERE is_settled
    """,
    """
    INSERT INTO ledger_openitem (id, tenant_id, customer_id, kind, label, currency, amount,
        open_amount, issue_date, due_date)
    SELECT receipt_item_id, tenant_id, customer_id, 'RECEIPT', receipt, 'CNY', -total_amount, 0,
        due_date, due_date
    FROM bench_bill WHERE is_settled
    """,
    """
    INSERT INTO ledger_journalline (tenant_id, journal_id, account, currency, amount, base_amount)
    SELECT tenant_id, receipt_journal_id, leg.account, 'CNY', leg.amount, leg.amount
    FROM bench_bill, LATERAL (VALUES ('BANK', total_amount), ('RECEIVABLE', -total_amount))
        AS leg (account, amount)
    WHERE is_settled
    """,
    """
    INSERT INTO ledger_entry (tenant_id, item_id, journal_id, amount, base_amount, effective_date,
        recorded_at)
    SELECT tenant_id, receipt_item_id, receipt_journal_id, -total_amount, -total_amount, due_date,
        now()
    FROM bench_bill WHERE is_settled
    """,
    """
    INSERT INTO payments_receipt (tenant_id, customer_id, number, state, received_on, currency,
        amount, method, payer_name, reference, note, item_id, external_key, created_at,
        reversal_reason)
    SELECT tenant_id, customer_id, receipt, 'POSTED', due_date, 'CNY', total_amount, 'TRANSFER',
        '', number, '', receipt_item_id, '', now(), ''
    FROM bench_bill WHERE is_settled
    """,
    """
    INSERT INTO ledger_allocation (id, tenant_id, credit_item_id, debit_item_id, amount,
        effective_date, recorded_at)
    SELECT allocation_id, tenant_id, receipt_item_id, item_id, total_amount, due_date, now()
    FROM bench_bill WHERE is_settled
    """,
    """
    INSERT INTO ledger_entry (tenant_id, item_id, allocation_id, amount, base_amount,
        effective_date, recorded_at)
    SELECT tenant_id, side.item_id, allocation_id, side.amount, side.amount, due_date, now()
    FROM bench_bill, LATERAL (VALUES (receipt_item_id, total_amount), (item_id, -total_amount))
        AS side (item_id, amount)
    WHERE is_settled
    """,
)

_SERIES = """
INSERT INTO core_numberseries (tenant_id, kind, year, next_number, last_date)
SELECT tenant_id, 'invoice', extract(year FROM issue_date), count(*) + 1, max(issue_date)
FROM invoices_invoice GROUP BY 1, 2, 3
"""


def add_issued_bills(tenant: Tenant, count: int, today: date) -> None:
    """Add bills of a new company, issued over two years up to today; most are paid in full."""
    add_drafts(tenant, count, state=InvoiceState.APPROVED, lines=1)
    times = {"first": today - timedelta(days=DAYS), "days": DAYS, "settled": SETTLED_PERCENT}
    for start in range(0, count, PORTION):
        with tenant_scope(tenant.pk):
            run_sql(_LABEL)
            run_sql(_CHOOSE, **times, **{"from": start + 1, "to": start + PORTION})
            for statement in (*_BILLS, *_RECEIPTS):
                run_sql(statement, address=ADDRESS)
        if not start:
            analyze()
    with tenant_scope(tenant.pk):
        run_sql(_SERIES)
