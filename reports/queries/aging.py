"""Who owes how much since when, as of any day and as it was known at any moment.

An item counts with the sum of its entries that had taken effect by the day and were recorded by the
moment. An item of which no entry had is not there yet; a voided bill goes when its reversal takes
effect. Debts stand in a column by age, unused credit in a column of its own, and the sum of all
columns is the receivables control account (``reports.queries.control``), per currency.

How it is read, so that a day long past costs little more than today:

* nothing took effect after the day (the usual case, today): what is open now, from one covering
  index;
* a past day: items open now, or closed after the day; an item whose last entry took effect by
  then stands as it does now, only the others' entries are added up;
* a past moment: also items closed since, by when that was recorded, and entries are always added
  up. Knowledge only grows: entries of one item are recorded in order, give or take a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from core.money import ZERO
from core.tenancy import active_tenant_id
from reports.enums import DEBTS, OVERDUE, Basis, Bucket, GroupBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What is asked of the aging.

    :ivar as_of: a day of the tenant's: postings that took effect up to and including it count
    :ivar known: only what was recorded up to this instant counts; None is all that is known
    :ivar basis: age in days past the due date (0 on it: not due), or since the invoice date (the
        day itself is age 0 and stands in the first column of ages)
    :ivar by: one row per customer and currency, or per document
    """

    as_of: date
    known: datetime | None = None
    basis: Basis = Basis.DUE
    by: GroupBy = GroupBy.CUSTOMER
    currency: str | None = None
    customer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgingRow:
    """One row, in one currency; the item fields are empty where a row is a customer."""

    customer_id: int | None
    customer_code: str
    customer: str
    currency: str
    not_due: Decimal
    d1_30: Decimal
    d31_60: Decimal
    d61_90: Decimal
    d91_plus: Decimal
    unapplied: Decimal
    total: Decimal
    item_id: int | None = None
    number: str = ""
    bill_date: date | None = None
    due_date: date | None = None
    kind: str = ""

    def amount(self, bucket: Bucket) -> Decimal:
        """Return one column."""
        return getattr(self, bucket.value)  # type: ignore[no-any-return]

    @property
    def buckets(self) -> list[Decimal]:
        """The columns in order, without the total."""
        return [self.amount(bucket) for bucket in Bucket]

    @property
    def debts(self) -> Decimal:
        """What is owed, due or not."""
        return sum((self.amount(bucket) for bucket in DEBTS), ZERO)

    @property
    def overdue(self) -> Decimal:
        """What is past the first column."""
        return sum((self.amount(bucket) for bucket in OVERDUE), ZERO)


_ITEM = "id, customer_id, currency, amount, open_amount, issue_date, due_date, last_effective"
_MINE = "tenant_id = %(tenant)s {filters}"
_NOW = f"SELECT {_ITEM} FROM ledger_openitem WHERE {_MINE} AND closed_on IS NULL"  # noqa: S608 - constants
# OFFSET 0 keeps the entries from being added up once per column.
_PAST = f"""
SELECT id, customer_id, currency, amount, issue_date, due_date,
    CASE WHEN last_effective <= %(as_of)s THEN open_amount ELSE (
        SELECT sum(entry.amount) FROM ledger_entry entry
        WHERE entry.tenant_id = %(tenant)s AND entry.item_id = alive.id
          AND entry.effective_date <= %(as_of)s) END AS open_amount
FROM ({_NOW} UNION ALL
      SELECT {_ITEM} FROM ledger_openitem WHERE {_MINE} AND closed_on > %(as_of)s) AS alive
OFFSET 0
"""  # noqa: S608 - constants
_KNOWN = f"""
SELECT id, customer_id, currency, amount, issue_date, due_date, (
    SELECT sum(entry.amount) FROM ledger_entry entry
    WHERE entry.tenant_id = %(tenant)s AND entry.item_id = alive.id
      AND entry.effective_date <= %(as_of)s AND entry.recorded_at <= %(known)s) AS open_amount
FROM ({_NOW} UNION ALL
      SELECT {_ITEM} FROM ledger_openitem WHERE {_MINE}
          AND (closed_on > %(as_of)s OR closed_at > %(surely_known)s)) AS alive
OFFSET 0
"""  # noqa: S608 - constants

_BY_CUSTOMER = """
SELECT standing.customer_id, customer.code, customer.name, standing.currency, {sums}
FROM (SELECT currency, customer_id, {columns}, coalesce(sum(open_amount), 0) AS total
      FROM ({items}) AS item GROUP BY currency, customer_id) AS standing
JOIN customers_customer customer
    ON customer.tenant_id = %(tenant)s AND customer.id = standing.customer_id
WHERE {some}
ORDER BY customer.code COLLATE "C", standing.currency
"""
_BY_CURRENCY = """
SELECT NULL, '', '', currency, {columns}, coalesce(sum(open_amount), 0) AS total
FROM ({items}) AS item GROUP BY currency ORDER BY currency
"""
_BY_ITEM = """
SELECT * FROM (
    SELECT item.customer_id, customer.code, customer.name, item.currency, {columns},
        item.open_amount AS total, item.id, document.label, item.issue_date, item.due_date,
        document.kind,
        row_number() OVER (PARTITION BY item.currency ORDER BY
            customer.code COLLATE "C", item.due_date, document.label COLLATE "C", item.id) AS place
    FROM ({items}) AS item
    JOIN customers_customer customer
        ON customer.tenant_id = %(tenant)s AND customer.id = item.customer_id
    JOIN ledger_openitem document
        ON document.tenant_id = %(tenant)s AND document.id = item.id
    WHERE item.open_amount <> 0
) AS placed
WHERE place BETWEEN %(first)s AND %(last)s
ORDER BY code COLLATE "C", currency, place
"""
_EVERY_ROW = 2**31 - 1


def aging(question: Question, *, first: int = 1, last: int = _EVERY_ROW) -> list[AgingRow]:
    """
    Return the rows by customer code and currency, documents by due date and number.

    Rows with nothing in any column are left out. ``first`` and ``last`` pick documents by their
    place within a currency; rows of customers all come. Two statements, however many rows.
    """
    if question.by == GroupBy.CUSTOMER:
        return [_row(values) for values in _ask(question, _BY_CUSTOMER)]
    rows = _ask(question, _BY_ITEM, first=first, last=last)
    return [_row(values[:11], values[11:16]) for values in rows]


def totals_of(question: Question) -> list[AgingRow]:
    """Return one row per currency: the sums of all rows of the question."""
    rows = [_row(values) for values in _ask(question, _BY_CURRENCY)]
    return [row for row in rows if any(row.buckets)]


def nothing_in(currency: str) -> AgingRow:
    """Return a row of zeros."""
    zeros: dict[str, Any] = dict.fromkeys((*Bucket.values, "total"), ZERO)
    return AgingRow(customer_id=None, customer_code="", customer="", currency=currency, **zeros)


def added_up(rows: Iterable[AgingRow]) -> list[AgingRow]:
    """Return one row per currency, the sums of the rows."""
    sums: dict[str, AgingRow] = {}
    for row in rows:
        before = sums.get(row.currency)
        if before is None:
            before = nothing_in(row.currency)
        added: dict[str, Any] = {
            bucket.value: before.amount(bucket) + row.amount(bucket) for bucket in Bucket
        }
        sums[row.currency] = replace(before, **added, total=before.total + row.total)
    return [sums[currency] for currency in sorted(sums)]


def _ask(question: Question, select: str, **more: Any) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "tenant": active_tenant_id(),
        "as_of": question.as_of,
        "known": question.known,
        **_bounds(question),
        **more,
    }
    filters = ""
    if question.currency:
        filters += " AND currency = %(currency)s"
        params["currency"] = question.currency
    if question.customer_id is not None:
        filters += " AND customer_id = %(customer)s"
        params["customer"] = question.customer_id
    if question.known is not None:
        params["surely_known"] = question.known - timedelta(days=1)
    with connection.cursor() as cursor:
        items = _items(question, cursor).format(filters=filters)
        anchor = "issue_date" if question.basis == Basis.BILL else "due_date"
        columns = _columns(anchor, "" if select is _BY_ITEM else "sum")
        names = [bucket.value for bucket in Bucket]
        cursor.execute(
            select.format(
                items=items,
                columns=columns,
                sums=", ".join(f"standing.{name}" for name in (*names, "total")),
                some=" OR ".join(f"standing.{name} <> 0" for name in names),
            ),
            params,
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _items(question: Question, cursor: Any) -> str:
    """Return the statement that gives each item's standing, the cheapest that is exact."""
    # Compiling the statement would take longer than running it.
    cursor.execute(
        "SELECT set_config('jit', 'off', true), EXISTS ("
        "SELECT FROM ledger_entry WHERE tenant_id = %s AND effective_date > %s)",
        [active_tenant_id(), question.as_of],
    )
    if question.known is not None:
        return _KNOWN
    return _PAST if cursor.fetchone()[1] else _NOW


def _bounds(question: Question) -> dict[str, date]:
    """Return the first day of each column: what lies on or after it and before the next."""
    day = question.as_of
    return {
        "young": day if question.basis == Basis.DUE else day + timedelta(days=1),
        "d30": day - timedelta(days=30),
        "d60": day - timedelta(days=60),
        "d90": day - timedelta(days=90),
    }


def _columns(anchor: str, function: str) -> str:
    conditions = {
        Bucket.NOT_DUE: f"item.amount > 0 AND item.{anchor} >= %(young)s",
        Bucket.DAYS_1_30: f"item.amount > 0 AND item.{anchor} < %(young)s"
        f" AND item.{anchor} >= %(d30)s",
        Bucket.DAYS_31_60: f"item.amount > 0 AND item.{anchor} < %(d30)s"
        f" AND item.{anchor} >= %(d60)s",
        Bucket.DAYS_61_90: f"item.amount > 0 AND item.{anchor} < %(d60)s"
        f" AND item.{anchor} >= %(d90)s",
        Bucket.DAYS_91_PLUS: f"item.amount > 0 AND item.{anchor} < %(d90)s",
        Bucket.UNAPPLIED: "item.amount < 0",
    }
    if function:
        return ", ".join(
            f"coalesce(sum(item.open_amount) FILTER (WHERE {condition}), 0) AS {bucket.value}"
            for bucket, condition in conditions.items()
        )
    return ", ".join(
        f"CASE WHEN {condition} THEN item.open_amount ELSE 0 END AS {bucket.value}"
        for bucket, condition in conditions.items()
    )


def _row(values: tuple[Any, ...], item: tuple[Any, ...] = ()) -> AgingRow:
    customer_id, code, name, currency, *amounts = values
    extra = dict(zip(("item_id", "number", "bill_date", "due_date", "kind"), item, strict=False))
    columns = dict(zip([bucket.value for bucket in Bucket], amounts[:-1], strict=True))
    return AgingRow(
        customer_id=customer_id,
        customer_code=code,
        customer=name,
        currency=currency,
        **columns,
        total=amounts[-1],
        **extra,
    )
