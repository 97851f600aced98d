"""Which tables were written to: for tests of what must write nothing."""

from __future__ import annotations

from django.db import connection

# What a page that is only looked at may write: the session, and what was looked at last.
NOTED = ("django_session", "core_recent", "usersessions_usersession")


def written() -> dict[str, int]:
    """Return how many rows of each table this transaction wrote so far, the undone ones too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return {name: count for name, count in cursor.fetchall() if name not in NOTED}
