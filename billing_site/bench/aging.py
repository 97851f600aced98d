"""How fast the aging is asked: now, as of a past day, as known then; beside the bare query."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from billing_site.bench.company import add_customers, add_open_items, analyze, scratch_company
from billing_site.bench.timing import Figure, median_of, milliseconds, ratio
from core.tenancy import tenant_scope
from reports.queries.aging import Question, aging

BARE = """
SELECT customer_id, currency,
    sum(open_amount) FILTER (WHERE due_date >= %(day)s),
    sum(open_amount) FILTER (WHERE %(day)s::date - due_date BETWEEN 1 AND 30),
    sum(open_amount) FILTER (WHERE %(day)s::date - due_date BETWEEN 31 AND 60),
    sum(open_amount) FILTER (WHERE %(day)s::date - due_date BETWEEN 61 AND 90),
    sum(open_amount) FILTER (WHERE %(day)s::date - due_date > 90)
FROM ledger_openitem WHERE tenant_id = %(tenant)s AND closed_on IS NULL
GROUP BY customer_id, currency
"""


def bench_aging(n: int, at: datetime) -> list[Figure]:
    """Ask the aging of ``n`` open items of a thousand customers."""
    today = at.date()
    with scratch_company(at) as tenant:
        add_customers(tenant, 1000)
        add_open_items(tenant, n, today)
        analyze()
        with tenant_scope(tenant.pk), connection.cursor() as cursor:

            def bare() -> None:
                cursor.execute(BARE, {"day": today, "tenant": tenant.pk})
                cursor.fetchall()

            limit = median_of(bare)
            now = median_of(lambda: aging(Question(as_of=today)))
            past = median_of(lambda: aging(Question(as_of=today - timedelta(days=60))), runs=3)
            known = median_of(
                lambda: aging(Question(as_of=today - timedelta(days=60), known=at)), runs=3
            )
    return [
        milliseconds("aging_bare_query", limit),
        milliseconds("aging_now", now),
        ratio("aging_now_over_bare", now, limit),
        milliseconds("aging_past_day", past),
        ratio("aging_past_day_over_bare", past, limit),
        milliseconds("aging_past_day_as_known", known),
    ]
