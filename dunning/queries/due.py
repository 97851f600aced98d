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
from dunning.calculations import MIN_OFFSET, Terms
from dunning.enums import HoldReason

# A notice whose mail is in one of these states has not reached the mail server yet.
NOT_YET_SENT = ("QUEUED", "CLAIMED", "TRANSMITTING", "HELD")
# Of these a person has to decide what to do; until then nothing steps on.
TO_BE_DECIDED = ("UNCONFIRMED", "FAILED")
# These never reached the customer, and do not start the days of quiet.
NEVER_ARRIVED = ("FAILED", "BOUNCED", "CANCELLED")

_REACHED = """
reached AS MATERIALIZED (
    SELECT * FROM (
        SELECT item.id AS item_id, item.customer_id, item.currency, item.open_amount,
               item.base_open, item.due_date, CASE {cases} END AS offset_days
        FROM ledger_openitem item
        WHERE item.tenant_id = %(tenant)s AND item.closed_on IS NULL AND item.amount > 0
          AND item.due_date <= %(day)s::date - %(first)s {customers}
    ) item
    WHERE offset_days IS NOT NULL AND {not_said_before}
)"""

# Neither this step nor a later one was sent. Over everybody one set is taken from another; for one
# customer each item is looked up, however many reminders the company ever sent.
_NOT_SAID_TO_ANYBODY = """
NOT EXISTS (
    SELECT FROM collections_decision decision
    WHERE decision.tenant_id = %(tenant)s AND decision.item_id = item.item_id
      AND decision.outcome = 'SENT' AND decision.offset_days >= item.offset_days)
AND NOT EXISTS (
    SELECT FROM collections_decision decision
    WHERE decision.tenant_id = %(tenant)s AND decision.run_id = %(run)s
      AND decision.item_id = item.item_id AND decision.offset_days = item.offset_days)
"""
_NOT_SAID_TO_ONE = """
coalesce((
    SELECT max(decision.offset_days) FROM collections_decision decision
    WHERE decision.tenant_id = %(tenant)s AND decision.item_id = item.item_id
      AND decision.outcome = 'SENT'), %(lowest)s) < item.offset_days
AND (item.item_id, item.offset_days) NOT IN (
    SELECT decision.item_id, decision.offset_days FROM collections_decision decision
    WHERE decision.tenant_id = %(tenant)s AND decision.run_id = %(run)s
      AND decision.customer_id = ANY(%(customers)s))
"""

_GUARDS = """
item_hold AS (
    SELECT item_id FROM collections_itemhold
    WHERE tenant_id = %(tenant)s AND (until IS NULL OR until >= %(day)s)
),
credit AS MATERIALIZED (
    SELECT customer_id, currency, -sum(open_amount) AS amount FROM ledger_openitem item
    WHERE tenant_id = %(tenant)s AND closed_on IS NULL AND amount < 0 {customers}
    GROUP BY customer_id, currency
),
asked AS MATERIALIZED (
    SELECT customer_id, currency, sum(open_amount) AS amount,
           CASE WHEN count(base_open) = count(*) THEN sum(base_open)
                ELSE sum(open_amount) END AS compared
    FROM reached WHERE item_id NOT IN (SELECT item_id FROM item_hold)
    GROUP BY customer_id, currency
),
notices AS MATERIALIZED (
    SELECT item.customer_id, item.id, run.run_date, message.state, message.resolved_at
    FROM collections_notice item
    JOIN collections_run run ON run.tenant_id = item.tenant_id AND run.id = item.run_id
    JOIN messaging_outboundmessage message
        ON message.tenant_id = item.tenant_id AND message.id = item.message_id
    WHERE item.tenant_id = %(tenant)s {customers}
),
last_notice AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id) customer_id,
        state = ANY(%(not_yet_sent)s)
            OR state = ANY(%(to_be_decided)s) AND resolved_at IS NULL AS is_unconfirmed
    FROM notices ORDER BY customer_id, id DESC
),
quiet AS MATERIALIZED (
    SELECT DISTINCT customer_id FROM notices
    WHERE run_date > %(day)s::date - %(quiet_days)s AND state <> ALL(%(never_arrived)s)
),
reachable AS MATERIALIZED (
    SELECT DISTINCT customer_id FROM customers_contact item
    WHERE tenant_id = %(tenant)s AND is_active AND email <> '' AND bounced_at IS NULL {customers}
),
guard AS MATERIALIZED (
    SELECT item.id AS customer_id,
        item.status = 'ARCHIVED' AS is_archived,
        item.reminders_paused AND (item.reminders_paused_until IS NULL
            OR item.reminders_paused_until >= %(day)s) AS is_paused,
        coalesce(last_notice.is_unconfirmed, false) AS is_unconfirmed,
        quiet.customer_id IS NOT NULL AS is_too_soon,
        reachable.customer_id IS NULL AS is_unreachable
    FROM customers_customer item
    LEFT JOIN last_notice ON last_notice.customer_id = item.id
    LEFT JOIN quiet ON quiet.customer_id = item.id
    LEFT JOIN reachable ON reachable.customer_id = item.id
    WHERE item.tenant_id = %(tenant)s AND item.id IN (SELECT customer_id FROM reached)
),
due AS MATERIALIZED (
    SELECT reached.item_id, reached.customer_id, reached.currency, reached.open_amount,
        reached.due_date, reached.offset_days,
        CASE WHEN guard.is_archived THEN 'CUSTOMER_HOLD'
             WHEN guard.is_paused THEN 'PAUSED'
             WHEN item_hold.item_id IS NOT NULL THEN 'ITEM_HOLD'
             WHEN credit.amount >= asked.amount THEN 'UNUSED_CREDIT'
             WHEN asked.compared < %(minimum)s THEN 'BELOW_MINIMUM'
             WHEN guard.is_unconfirmed THEN 'UNCONFIRMED'
             WHEN guard.is_too_soon THEN 'TOO_SOON'
             WHEN guard.is_unreachable THEN 'NO_ADDRESS'
             ELSE '' END AS held_because
    FROM reached
    JOIN guard ON guard.customer_id = reached.customer_id
    LEFT JOIN item_hold ON item_hold.item_id = reached.item_id
    LEFT JOIN credit ON credit.customer_id = reached.customer_id
        AND credit.currency = reached.currency
    LEFT JOIN asked ON asked.customer_id = reached.customer_id
        AND asked.currency = reached.currency
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
        "SELECT item_id, customer_id, currency, open_amount, due_date, offset_days, held_because"
        " FROM (SELECT due.*, "
        "bool_or(held_because = '') OVER (PARTITION BY customer_id) AS any_sent FROM due) due "
        "WHERE any_sent ORDER BY customer_id, currency, due_date, item_id"
    )
    plan: dict[int, list[Due]] = defaultdict(list)
    for row in ask(select, terms=terms, day=day, run_id=run_id):
        plan[row[1]].append(Due(*row))
    return dict(plan)


def first_customer_to_remind(*, terms: Terms, day: date) -> int | None:
    """Return the id of one customer something would be sent to; None if nobody."""
    select = "SELECT min(customer_id) FROM due WHERE held_because = ''"
    rows = ask(select, terms=terms, day=day)
    return rows[0][0] if rows else None


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
        "lowest": MIN_OFFSET - 1,
        "quiet_days": terms.quiet_days,
        "minimum": terms.minimum_amount,
        "not_yet_sent": list(NOT_YET_SENT),
        "to_be_decided": list(TO_BE_DECIDED),
        "never_arrived": list(NEVER_ARRIVED),
        **more,
    }
    customers, not_said = "", _NOT_SAID_TO_ANYBODY
    if customer_ids is not None:
        customers, not_said = "AND item.customer_id = ANY(%(customers)s)", _NOT_SAID_TO_ONE
        params["customers"] = list(customer_ids)
    with_clause = f"WITH {_REACHED}, {_GUARDS}".format(
        cases=_cases(terms), customers=customers, not_said_before=not_said
    )
    with connection.cursor() as cursor:
        # Of fresh rows the planner knows nothing yet. Over everybody it must never loop over two
        # large sets; for one customer it may. Compiling takes longer than either.
        cursor.execute(
            "SELECT set_config('jit', 'off', true), set_config('enable_nestloop', %s, true)",
            ["off" if customer_ids is None else "on"],
        )
        cursor.execute(f"{with_clause} {select}", params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    return rows


def _cases(terms: Terms) -> str:
    """Return ``reached_step`` as SQL over ``due_date``: the latest step whose day has come."""
    lines = []
    for step in sorted(terms.steps, key=lambda step: -step.offset_days):
        offset = int(step.offset_days)
        if offset > 0:
            lines.append(f"WHEN %(day)s::date - item.due_date >= {offset} THEN {offset}")
        else:
            lines.append(f"WHEN %(day)s::date - item.due_date BETWEEN {offset} AND 0 THEN {offset}")
    return " ".join(lines)
