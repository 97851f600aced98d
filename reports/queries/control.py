"""The receivables control account, added up from the journals: what the aging must agree with."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from core.money import ZERO
from core.tenancy import active_tenant_id

# All legs, less those that took effect later: the usual day is near the end.
_ALL = """
SELECT currency, sum(amount) FROM ledger_journalline
WHERE tenant_id = %(tenant)s AND account = 'RECEIVABLE' GROUP BY currency
"""
_LATER = """
SELECT line.currency, -sum(line.amount) FROM ledger_journal journal
JOIN ledger_journalline line ON line.tenant_id = %(tenant)s AND line.journal_id = journal.id
WHERE journal.tenant_id = %(tenant)s AND journal.effective_date > %(as_of)s
  AND line.account = 'RECEIVABLE' GROUP BY line.currency
"""
_KNOWN = """
SELECT line.currency, sum(line.amount) FROM ledger_journal journal
JOIN ledger_journalline line ON line.tenant_id = %(tenant)s AND line.journal_id = journal.id
WHERE journal.tenant_id = %(tenant)s AND journal.effective_date <= %(as_of)s
  AND journal.recorded_at <= %(known)s AND line.account = 'RECEIVABLE' GROUP BY line.currency
"""


def control_balances(*, as_of: date, known: datetime | None) -> dict[str, Decimal]:
    """
    Return the balance of the receivables account per currency, in document currency.

    From journal lines effective up to the tenant's day and recorded up to the instant (None: all).
    Allocations do not move it: they change which items make it up. Currencies at zero are left out.
    """
    select = f"{_ALL} UNION ALL {_LATER}" if known is None else _KNOWN
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")
        cursor.execute(select, {"tenant": active_tenant_id(), "as_of": as_of, "known": known})
        rows = cursor.fetchall()
    balances: dict[str, Decimal] = {}
    for currency, amount in rows:
        balances[currency] = balances.get(currency, ZERO) + amount
    return {currency: amount for currency, amount in sorted(balances.items()) if amount}
