"""Changing a message only while it is one sender's own: state and event in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from psycopg import sql

from core.tenancy import active_tenant_id
from messaging.answers import FenceLost
from messaging.enums import NEXT_STATES, MessageState
from messaging.models import MessageEvent, OutboundMessage

_STATEMENT = sql.SQL("""
    WITH moved AS (
        UPDATE {message} SET {assignments}
        WHERE tenant_id = %s AND id = %s AND state = %s AND worker = %s
        RETURNING tenant_id, id, state
    )
    INSERT INTO {event} (tenant_id, message_id, state, happened_at, detail)
    SELECT tenant_id, id, state, %s, %s FROM moved
""")


@cache
def _statement(names: tuple[str, ...]) -> str:
    """Return the statement that sets these columns."""
    assignments = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names]
    return _STATEMENT.format(
        message=sql.Identifier(OutboundMessage._meta.db_table),
        event=sql.Identifier(MessageEvent._meta.db_table),
        assignments=sql.SQL(", ").join(assignments),
    ).as_string(None)


def move_own(
    message: OutboundMessage,
    *,
    worker: str,
    expected: MessageState,
    state: MessageState,
    detail: str,
    at: datetime,
    fields: Mapping[str, Any],
) -> None:
    """
    Move the message from the expected state if it is still the worker's, and write the event.

    ``fields`` are set beside the state. This happens twice for every mail: one statement.

    :raises FenceLost: if it is in another state, or another's
    """
    if state not in NEXT_STATES[expected]:
        raise FenceLost(f"Message {message.pk} cannot become {state} after {expected}.")
    values = {"state": state.value, **fields}
    parameters = [
        *values.values(),
        active_tenant_id(),
        message.pk,
        expected.value,
        worker,
        at,
        detail,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(values)), parameters)
        if not cursor.rowcount:
            raise FenceLost(f"Message {message.pk} is no longer held by {worker}.")
