"""What must always be true of the books. Apps register their invariants in their ``books.py``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.module_loading import autodiscover_modules

from core.models import StoredFile
from core.tenancy import active_tenant_id

# SQL selects the offending rows of the active tenant; a function counts them.
Check = str | Callable[[], int]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise; ``per_company`` is false for those about the database itself."""

    name: str
    check: Check
    per_company: bool = True

    def count_broken(self) -> int:
        """Return how many rows break the promise, of the active tenant."""
        if callable(self.check):
            return self.check()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self.check}) AS offending")  # noqa: S608 - SQL of ours
            return int(cursor.fetchone()[0])


_invariants: dict[str, Invariant] = {}


def invariant(name: str, check: Check, *, per_company: bool = True) -> None:
    """
    Register a promise, named ``app.what_is_true``.

    :raises ValueError: if another promise has the name
    """
    if name in _invariants:
        raise ValueError(f"There are two invariants {name}.")
    _invariants[name] = Invariant(name, check, per_company)


def invariants() -> list[Invariant]:
    """Return every promise of every app, by name."""
    autodiscover_modules("books")
    return [_invariants[name] for name in sorted(_invariants)]


# Membership is read at sign-in, before any company is active.
_TABLES_WITHOUT_SECOND_WALL = "('core_membership')"

invariant(
    "core.every_tenant_table_is_walled",
    f"""
    SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
      AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN {_TABLES_WITHOUT_SECOND_WALL}
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
          SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive
            AND pg_get_expr(p.polqual, c.oid) LIKE '%app.tenant()%'
            AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%app.tenant()%'))
    """,  # noqa: S608 - a constant
    per_company=False,
)
invariant(
    "core.no_policy_opens_a_table_to_the_app",
    """
    SELECT p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE c.relnamespace = 'public'::regnamespace AND p.polpermissive
      AND pg_get_expr(p.polqual, c.oid) NOT LIKE '%app.tenant()%'
      AND p.polroles <> ARRAY[c.relowner]
    """,
    per_company=False,
)
invariant(
    "core.jobs_done_leave_no_row_waiting",
    """
    SELECT row.id FROM core_jobrow row JOIN core_job job
        ON job.tenant_id = row.tenant_id AND job.id = row.job_id
    WHERE job.state = 'DONE' AND row.state = 'PENDING'
    """,
)


def _damaged_files() -> int:
    """Count stored files whose bytes are gone, cut short or changed."""
    folder = Path(settings.MEDIA_ROOT) / str(active_tenant_id())
    rows = StoredFile.objects.order_by("pk").values_list("sha256", "size")
    return sum(
        not _is_whole(folder / sha256[:2] / sha256, sha256, size)
        for sha256, size in rows.iterator(chunk_size=2000)
    )


def _is_whole(path: Path, sha256: str, size: int) -> bool:
    try:
        if path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


invariant("core.stored_files_are_whole", _damaged_files)
