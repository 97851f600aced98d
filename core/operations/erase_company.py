"""Removing a company with everything it ever wrote. For the operator: no page does this."""

from __future__ import annotations

import shutil
from graphlib import TopologicalSorter
from pathlib import Path

from django.conf import settings
from django.db import connection

from core.db import as_owner
from core.models import Tenant
from core.tenancy import tenant_scope

_TABLES = """
SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r'
  AND c.relnamespace = 'public'::regnamespace
"""
_LINKS = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid AND connamespace = 'public'::regnamespace
"""


def erase_company(*, tenant: Tenant) -> int:
    """
    Delete every row of the company and its files, as the owner of the tables; return the row count.

    The one place that may delete what is only added to elsewhere; the database checks by the
    setting ``app.erase`` and by the role. People stay: they may work in other companies.
    """
    with as_owner(), tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.erase', 'on', true)")
        count = 0
        for table in _children_first():
            cursor.execute(f'DELETE FROM "{table}" WHERE tenant_id = %s', [tenant.pk])  # noqa: S608 - a name from the catalogue
            count += cursor.rowcount
        cursor.execute("DELETE FROM core_tenant WHERE id = %s", [tenant.pk])
        cursor.execute("SELECT set_config('app.erase', '', true)")
    shutil.rmtree(Path(settings.MEDIA_ROOT) / str(tenant.pk), ignore_errors=True)
    return count + 1


def _children_first() -> list[str]:
    """Return the tables with companies' rows, each before the tables it points to."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        pointing: dict[str, set[str]] = {row[0]: set() for row in cursor.fetchall()}
        cursor.execute(_LINKS)
        for child, parent in cursor.fetchall():
            if child in pointing and parent in pointing:
                pointing[parent].add(child)
    return list(TopologicalSorter(pointing).static_order())
