"""Who is to be reminded of what today, and what stands against it: one statement, every guard.

The same statement plans a run for all customers, shows the dry run, and is asked again for one
customer under its lock, in the transaction that sends. What it says of an item:

* its step is the highest whose day has come (``calculations.reached_step``), and neither that step
  nor a later one was ever sent;
* the first guard that holds, in the order of ``GUARDS``; none: it is to be sent.

Amounts are what is open, per currency. The minimum is in the company's currency: an item in another
one counts with what it was booked at, or with its own figure where no rate was known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from core.tenancy import active_tenant_id
from dunning.calculations import Terms
from dunning.enums import HoldReason

# A notice whose mail is in one of these states is not known to have reached the mail server.
NOT_KNOWN_AS_SENT = ("QUEUED", "CLAIMED", "TRANSMITTING", "UNCONFIRMED", "HELD")
# These never reached the customer, and do not start the days of quiet.
NEVER_ARRIVED = ("FAILED", "BOUNCED", "CANCELLED")

_REACHED = """
reached AS MATERIALIZED (
    SELECT * FROM (
        SELECT item.id AS item_id, item.customer_id, item.currency, item.open_amount,
               item.base_open, item.due_date, %(day)s::date - item.due_date AS days,
               CASE {cases} END AS offset_days
        FROM ledger_openitem item
        WHERE item.tenant_id = %(tenant)s AND item.closed_on IS NULL AND item.amount > 0
          AND item.due_date <= %(day)s::date - %(first)s {customers}
    ) item
    WHERE offset_days IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM collections_decision decision
        WHERE decision.tenant_id = %(tenant)s AND decision.item_id = item.item_id
          AND decision.outcome = 'SENT' AND decision.offset_days >= item.offset_days)
      AND NOT EXISTS (
        SELECT FROM collections_decision decision
        WHERE decision.tenant_id = %(tenant)s AND decision.run_id = %(run)s
          AND decision.item_id = item.item_id AND decision.offset_days = item.offset_days)
)"""

_GUARDS = """
concerned AS (SELECT DISTINCT customer_id FROM reached),
item_hold AS (
    SELECT item_id FROM collections_itemhold
    WHERE tenant_id = %(tenant)s AND (until IS NULL OR until >= %(day)s)
),
credit AS (
    SELECT customer_id, currency, -sum(open_amount) AS amount FROM ledger_openitem
    WHERE tenant_id = %(tenant)s AND closed_on IS NULL AND amount < 0
      AND customer_id IN (SELECT customer_id FROM concerned) GROUP BY customer_id, currency
),
asked AS (
    SELECT customer_id, currency, sum(open_amount) AS amount,
           CASE WHEN count(base_open) = count(*) THEN sum(base_open)
                ELSE sum(open_amount) END AS compared
    FROM reached WHERE item_id NOT IN (SELECT item_id FROM item_hold)
    GROUP BY customer_id, currency
),
last_notice AS (
    SELECT DISTINCT ON (notice.customer_id) notice.customer_id,
           message.state = ANY(%(not_known)s)
               OR message.state = 'FAILED' AND message.resolved_at IS NULL AS is_unconfirmed
    FROM collections_notice notice
    JOIN messaging_outboundmessage message
        ON message.tenant_id = notice.tenant_id AND message.id = notice.message_id
    WHERE notice.tenant_id = %(tenant)s
      AND notice.customer_id IN (SELECT customer_id FROM concerned)
    ORDER BY notice.customer_id, notice.id DESC
),
quiet AS (
    SELECT DISTINCT notice.customer_id
    FROM collections_notice notice
    JOIN collections_run run ON run.tenant_id = notice.tenant_id AND run.id = notice.run_id
        AND run.run_date > %(day)s::date - %(quiet_days)s
    JOIN messaging_outboundmessage message
        ON message.tenant_id = notice.tenant_id AND message.id = notice.message_id
    WHERE notice.tenant_id = %(tenant)s AND message.state <> ALL(%(never_arrived)s)
),
reachable AS (
    SELECT DISTINCT customer_id FROM customers_contact
    WHERE tenant_id = %(tenant)s AND is_active AND email <> '' AND bounced_at IS NULL
      AND customer_id IN (SELECT customer_id FROM concerned)
),
due AS MATERIALIZED (
    SELECT reached.*,
        CASE WHEN customer.status = 'ARCHIVED' THEN 'CUSTOMER_HOLD'
             WHEN customer.reminders_paused AND (customer.reminders_paused_until IS NULL
                  OR customer.reminders_paused_until >= %(day)s) THEN 'PAUSED'
             WHEN item_hold.item_id IS NOT NULL THEN 'ITEM_HOLD'
             WHEN credit.amount >= asked.amount THEN 'UNUSED_CREDIT'
             WHEN asked.compared < %(minimum)s THEN 'BELOW_MINIMUM'
             WHEN last_notice.is_unconfirmed THEN 'UNCONFIRMED'
             WHEN quiet.customer_id IS NOT NULL THEN 'TOO_SOON'
             WHEN reachable.customer_id IS NULL THEN 'NO_ADDRESS'
             ELSE '' END AS held_because
    FROM reached
    JOIN customers_customer customer
        ON customer.tenant_id = %(tenant)s AND customer.id = reached.customer_id
    LEFT JOIN item_hold ON item_hold.item_id = reached.item_id
    LEFT JOIN credit ON credit.customer_id = reached.customer_id
        AND credit.currency = reached.currency
    LEFT JOIN asked ON asked.customer_id = reached.customer_id
        AND asked.currency = reached.currency
    LEFT JOIN last_notice ON last_notice.customer_id = reached.customer_id
    LEFT JOIN quiet ON quiet.customer_id = reached.customer_id
    LEFT JOIN reachable ON reachable.customer_id = reached.customer_id
)"""

# The order in which guards are asked; the first one that holds is the reason that is kept.
GUARDS = (
    HoldReason.CUSTOMER_HOLD,
    HoldReason.PAUSED,
    HoldReason.ITEM_HOLD,
    HoldReason.UNUSED_CREDIT,
    HoldReason.BELOW_MINIMUM,
    HoldReason.UNCONFIRMED,
    HoldReason.TOO_SOON,
    HoldReason.NO_ADDRESS,
)


@dataclass(frozen=True, slots=True)
class Due:
    """One item that has come to a step; ``held_because`` is empty where nothing is against it."""

    item_id: int
    customer_id: int
    currency: str
    open_amount: Decimal
    due_date: date
    offset_days: int
    held_because: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do with the items of one currency and one reason (empty: send)."""

    currency: str
    held_because: str
    items: int
    customers: int
    amount: Decimal


def due_items(
    *,
    terms: Terms,
    day: date,
    run_id: int | None = None,
    customer_ids: Iterable[int] | None = None,
) -> list[Due]:
    """
    Return what is due to be reminded on the tenant's ``day``, held or not, by customer.

    What ``run_id`` has decided already is left out. One statement.
    """
    select = (
        "SELECT item_id, customer_id, currency, open_amount, due_date, offset_days, held_because "
        "FROM due ORDER BY customer_id, currency, due_date, item_id"
    )
    rows = ask(select, terms=terms, day=day, run_id=run_id, customer_ids=customer_ids)
    return [Due(*row) for row in rows]


def forecast(*, terms: Terms, day: date) -> list[Forecast]:
    """Return what a run with these terms would do on the day, added up per currency and reason."""
    select = (
        "SELECT currency, held_because, count(*), count(DISTINCT customer_id), sum(open_amount) "
        "FROM due GROUP BY currency, held_because ORDER BY currency, held_because"
    )
    return [Forecast(*row) for row in ask(select, terms=terms, day=day)]


def customers_to_remind(
    *, terms: Terms, day: date, run_id: int | None = None
) -> dict[int, list[Due]]:
    """Return the customers with something to be sent, with all their items that are due."""
    select = (
        "SELECT item_id, customer_id, currency, open_amount, due_date, offset_days, held_because "
        "FROM (SELECT due.*, bool_or(held_because = '') OVER (PARTITION BY customer_id) AS any_sent "
        "FROM due) due WHERE any_sent ORDER BY customer_id, currency, due_date, item_id"
    )
    plan: dict[int, list[Due]] = defaultdict(list)
    for row in ask(select, terms=terms, day=day, run_id=run_id):
        plan[row[1]].append(Due(*row))
    return dict(plan)


def ask(
    select: str,
    *,
    terms: Terms,
    day: date,
    run_id: int | None = None,
    customer_ids: Iterable[int] | None = None,
    **more: Any,
) -> list[tuple[Any, ...]]:
    """Run a statement that reads ``due``; ``more`` are its own parameters."""
    if not terms.steps:
        return []
    params: dict[str, Any] = {
        "tenant": active_tenant_id(),
        "day": day,
        "run": run_id,
        "first": min(step.offset_days for step in terms.steps),
        "quiet_days": terms.quiet_days,
        "minimum": terms.minimum_amount,
        "not_known": list(NOT_KNOWN_AS_SENT),
        "never_arrived": list(NEVER_ARRIVED),
        **more,
    }
    customers = ""
    if customer_ids is not None:
        customers = "AND item.customer_id = ANY(%(customers)s)"
        params["customers"] = list(customer_ids)
    reached = _REACHED.format(cases=_cases(terms), customers=customers)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {reached}, {_GUARDS} {select}", params)  # noqa: S608 - whole numbers and SQL of ours
        return cursor.fetchall()


def _cases(terms: Terms) -> str:
    """Return ``reached_step`` as SQL over ``due_date``: the latest step whose day has come."""
    lines = []
    for step in sorted(terms.steps, key=lambda step: -step.offset_days):
        offset = int(step.offset_days)
        if offset > 0:
            lines.append(f"WHEN %(day)s::date - item.due_date >= {offset} THEN {offset}")
        else:
            lines.append(
                f"WHEN %(day)s::date - item.due_date BETWEEN {offset} AND 0 THEN {offset}"
            )
    return " ".join(lines)
