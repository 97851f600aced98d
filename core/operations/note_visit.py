"""What a person looks at."""

from __future__ import annotations

from django.db import connection

from core.models import User
from core.tenancy import active_tenant_id

KEPT = 12  # a few more than are shown: some may be gone by then

_NOTE = """
INSERT INTO core_recent AS recent (tenant_id, user_id, things)
VALUES (%(tenant)s, %(user)s, ARRAY[%(thing)s])
ON CONFLICT (tenant_id, user_id) DO UPDATE
SET things = (array_prepend(%(thing)s, array_remove(recent.things, %(thing)s)))[1:%(kept)s]
WHERE recent.things[1] IS DISTINCT FROM %(thing)s
"""


def note_visit(*, user: User, kind: str, pk: int) -> None:
    """
    Put a thing first among the person's recent ones of the company; one statement.

    Looked at again, nothing is written. Not audited: it changes no books.
    """
    values: dict[str, str | int] = {
        "tenant": active_tenant_id(),
        "user": user.pk,
        "thing": f"{kind}:{pk}",
        "kept": KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
