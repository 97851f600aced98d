"""The company a benchmark runs on: made for it, filled by plain SQL, and removed after it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max

from core.db import as_owner
from core.models import Membership, Tenant, User
from core.operations import create_company, erase_company
from core.roles import Role
from core.tenancy import tenant_scope
from invoices.models import Invoice

# Generated in portions: a plan made for an empty table must not serve a hundred thousand rows.
PORTION = 10_000
LISTED = (
    *("customers_customer", "invoices_invoice", "invoices_instalment"),
    *("ledger_openitem", "payments_receipt"),
)


@contextmanager
def scratch_company(at: datetime) -> Iterator[Tenant]:
    """Make a company of its own for the block, and remove it with everything in it."""
    tenant = create_company(
        slug=f"bench-{secrets.token_hex(4)}",
        name="Benchmark 测试有限公司",
        currency="CNY",
        time_zone="Asia/Shanghai",
        country="CN",
        language="zh-hans",
        at=at,
        actor=None,
    )
    people: list[User] = []
    try:
        for role in (Role.ADMIN, Role.APPROVER):
            person = User.objects.create_user(f"{role.lower()}@{tenant.slug}.invalid")
            Membership.objects.create(tenant=tenant, user=person, roles=[role])
            people.append(person)
        yield tenant
    finally:
        erase_company(tenant=tenant)
        User.objects.filter(pk__in=[person.pk for person in people]).delete()


def people_of(tenant: Tenant) -> tuple[User, User]:
    """Return the company's admin and its approver."""
    members = Membership.objects.filter(tenant=tenant).order_by("pk").select_related("user")
    admin, approver = (member.user for member in members)
    return admin, approver


def run_sql(statement: str, **values: Any) -> None:
    """Run one statement with named values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def add_customers(tenant: Tenant, count: int) -> None:
    """Add customers with a contact each."""
    with tenant_scope(tenant.pk):
        run_sql(
            """
            INSERT INTO customers_customer (tenant_id, code, name, short_name, kind, status, tax_id,
                country, language, currency, terms_id, payment_method, channel, po_required,
                reminders_paused, reminders_paused_reason, note, external_key, version, created_at)
            SELECT %(tenant)s, 'B' || lpad(n::text, 6, '0'), '上海测试客户' || n || '有限公司', '',
                'COMPANY', 'ACTIVE', '91310000MA1FL0' || lpad((n %% 9999)::text, 4, '0'), 'CN',
                'zh-hans', 'CNY',
                (SELECT id FROM customers_paymentterm WHERE is_default), 'TRANSFER', 'EMAIL', false,
                false, '', '', '', 1, now()
            FROM generate_series(1, %(count)s) n
            """,
            tenant=tenant.pk,
            count=count,
        )
        run_sql(
            """
            INSERT INTO customers_contact (tenant_id, customer_id, name, email, phone, roles,
                is_active)
            SELECT tenant_id, id, '李娜', 'ap' || id || '@customer.invalid', '',
                ARRAY['BILLING', 'PAYER'], true
            FROM customers_customer
            """
        )


def add_drafts(tenant: Tenant, count: int, *, state: str, lines: int = 3) -> None:
    """Add bills with lines and tax, approved by somebody who did not write them, or drafts."""
    admin, approver = people_of(tenant)
    with tenant_scope(tenant.pk):
        before = Invoice.objects.aggregate(last=Max("pk"))["last"] or 0
        run_sql(
            """
            INSERT INTO invoices_invoice (tenant_id, customer_id, state, source, number, currency,
                tax_mode, language, terms_id, po_number, reference, note, internal_note,
                lines_amount, discount_amount, net_amount, tax_amount, total_amount, parties,
                author_id, edited_by_id, submitted_by_id, submitted_at, approved_by_id, approved_at,
                return_reason, return_comment, void_reason, version, external_key, created_at)
            SELECT %(tenant)s, customer.id, %(state)s, 'MANUAL', '', 'CNY', 'DOCUMENT', 'zh-hans',
                customer.terms_id, 'PO-' || n, '', '', '', %(lines)s * (100 + n %% 900), 0,
                %(lines)s * (100 + n %% 900), round(%(lines)s * (100 + n %% 900) * 0.13, 2),
                %(lines)s * (100 + n %% 900) + round(%(lines)s * (100 + n %% 900) * 0.13, 2),
                '{}', %(author)s, %(author)s, %(author)s, now(),
                CASE WHEN %(state)s = 'APPROVED' THEN %(approver)s::bigint END, now(), '', '', '',
                1, '', now()
            FROM generate_series(1, %(count)s) n
            JOIN (SELECT id, terms_id, row_number() OVER (ORDER BY id) - 1 AS place
                  FROM customers_customer) customer
                ON customer.place = n %% (SELECT count(*) FROM customers_customer)
            """,
            tenant=tenant.pk,
            state=state,
            count=count,
            lines=lines,
            author=admin.pk,
            approver=approver.pk,
        )
        _add_lines(lines, before)


def _add_lines(lines: int, before: int) -> None:
    """Add lines and tax to the bills whose ids come after one."""
    run_sql(
        """
        INSERT INTO invoices_invoiceline (tenant_id, invoice_id, position, description, quantity,
            unit, unit_price, discount_percent, tax_code_id, tax_category, tax_rate, net_amount,
            tax_amount)
        SELECT bill.tenant_id, bill.id, n, '技术服务费 ' || n, 1, '月',
            bill.lines_amount / %(lines)s, 0, code.id, 'S', code.rate,
            bill.lines_amount / %(lines)s,
            round(bill.lines_amount / %(lines)s * code.rate, 2)
        FROM invoices_invoice bill, generate_series(1, %(lines)s) n,
            (SELECT id, rate FROM invoices_taxcode WHERE rate = 0.13 LIMIT 1) code
        WHERE bill.id > %(before)s
        """,
        lines=lines,
        before=before,
    )
    run_sql(
        """
        INSERT INTO invoices_invoicetax (tenant_id, invoice_id, category, rate, base_amount,
            tax_amount)
        SELECT bill.tenant_id, bill.id, 'S', 0.13, bill.net_amount, bill.tax_amount
        FROM invoices_invoice bill
        WHERE bill.id > %(before)s
        """,
        before=before,
    )


def add_open_items(tenant: Tenant, count: int, today: date) -> None:
    """Add open items, each of a journal of its own, due over half a year around today."""
    for start in range(0, count, PORTION):
        _add_portion(tenant, start + 1, min(start + PORTION, count), today)
        if not start:
            analyze()


def _add_portion(tenant: Tenant, first: int, last: int, today: date) -> None:
    with tenant_scope(tenant.pk):
        run_sql(
            """
            WITH wanted AS (
                SELECT n, nextval('ledger_journal_id_seq') AS journal_id,
                       nextval('ledger_openitem_id_seq') AS item_id, customer.tenant_id,
                       customer.id AS customer_id, 100 + n %% 900 AS amount,
                       %(first)s::date + (n %% 160)::int AS day
                FROM generate_series(%(from)s, %(to)s) n
                JOIN (SELECT id, tenant_id, row_number() OVER (ORDER BY id) - 1 AS place
                      FROM customers_customer) customer
                    ON customer.place = n %% (SELECT count(*) FROM customers_customer)
            ), header AS (
                INSERT INTO ledger_journal (id, tenant_id, kind, customer_id, reference,
                    effective_date, recorded_at, reason)
                SELECT journal_id, tenant_id, 'INVOICE', customer_id, 'GEN-' || n, day, now(), ''
                FROM wanted
            ), item AS (
                INSERT INTO ledger_openitem (id, tenant_id, customer_id, kind, label, currency,
                    amount, open_amount, issue_date, due_date)
                SELECT item_id, tenant_id, customer_id, 'INSTALMENT', 'GEN-' || n, 'CNY', amount,
                    0, day, day + 30 FROM wanted
            ), legs AS (
                INSERT INTO ledger_journalline (tenant_id, journal_id, account, currency, amount)
                SELECT tenant_id, journal_id, leg.account, 'CNY', leg.sign * amount
                FROM wanted, (VALUES ('RECEIVABLE', 1), ('REVENUE', -1)) AS leg (account, sign)
            )
            INSERT INTO ledger_entry (tenant_id, item_id, journal_id, amount, base_amount,
                effective_date, recorded_at)
            SELECT tenant_id, item_id, journal_id, amount, amount, day, now() FROM wanted
            """,
            **{"from": first, "to": last, "first": today - timedelta(days=180)},
        )


def analyze() -> None:
    """Let the planner see what was generated, as a night's vacuum would."""
    with as_owner():
        run_sql("ANALYZE")


def vacuum() -> None:
    """Do what autovacuum does soon after so many rows came to the tables of the lists."""
    with as_owner():
        for table in LISTED:
            run_sql(f"VACUUM (ANALYZE) {table}")
        run_sql("ANALYZE")


def take_space_back() -> None:
    """
    Shrink what grew: erased rows and the indexes to them.

    The next measurement would find indexes ten times as long as its own rows.
    """
    with as_owner():
        run_sql("VACUUM")
        run_sql("REINDEX SCHEMA public")
