"""Working as the owner of the tables: migrations, and removing a whole company."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def as_owner() -> Iterator[None]:
    """
    Run the block with the owner's connection; the web and worker processes never do.

    Where the connection only assumed the app role (the tests), it goes back to the role it logged
    in with; else the owner's own address, DATABASE_OWNER_URL, is connected to.
    """
    options = connection.settings_dict.get("OPTIONS", {})
    role = options.get("assume_role")
    if role:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        options.pop("assume_role")
        try:
            yield
        finally:
            options["assume_role"] = role
            if connection.connection is not None:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET ROLE {role}")
        return
    kept = dict(connection.settings_dict)
    connection.close()
    owner = settings.DATABASE_OWNER
    if owner.get("NAME"):
        connection.settings_dict.update(
            {key: owner[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        )
        connection.settings_dict["OPTIONS"] = owner.get("OPTIONS", {})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)
