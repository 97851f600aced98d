"""Telling other programs, once for each bill, that the day it was due has passed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from core.companies import active_tenant
from core.tenancy import active_tenant_id
from messaging.enums import EventType
from messaging.operations import announce

LATE = timedelta(days=7)  # how long after the day it is still told, should nobody have worked

# The unique index decides between two who come at the same time: the second waits for the first
# to commit, and then has nothing left to tell. What was due before it was posted never becomes
# overdue: it came so, from another system.
_FIND = """
INSERT INTO invoices_overduebill (tenant_id, invoice_id, day)
SELECT DISTINCT bill.tenant_id, bill.id, %(day)s::date
FROM ledger_openitem item
JOIN invoices_instalment part ON part.item_id = item.id AND part.tenant_id = item.tenant_id
JOIN invoices_invoice bill ON bill.id = part.invoice_id AND bill.tenant_id = part.tenant_id
WHERE item.tenant_id = %(tenant)s AND item.closed_on IS NULL AND item.amount > 0
  AND item.due_date >= %(first)s AND item.due_date < %(day)s
  AND bill.state = 'ISSUED'
  AND item.due_date >= (bill.issued_at AT TIME ZONE %(zone)s)::date
ORDER BY 2
ON CONFLICT (tenant_id, invoice_id) DO NOTHING
RETURNING invoice_id
"""


@transaction.atomic
def tell_overdue(*, day: date, at: datetime) -> int:
    """
    Announce the active company's bills that became overdue by this day of its; return how many.

    Each once for ever, whether anybody listens or not; safe to run twice, or beside itself.
    """
    params: dict[str, int | str | date] = {
        "tenant": active_tenant_id(),
        "day": day,
        "first": day - LATE,
        "zone": active_tenant().time_zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, params)
        ids = sorted(row[0] for row in cursor.fetchall())
    announce(EventType.INVOICE_OVERDUE, ids, at=at)
    return len(ids)
