"""The active tenant: set in the transaction for PostgreSQL, in a context variable for Python.

Two walls. The managers here limit every query to the active tenant and refuse to run without one;
row-level security (``core.constraints.TenantPolicy``) does the same again in the database. A third
(``core.constraints.CustomerScope``) shows a person whose data scope is not the whole company the
customers of their own, or of their team's, alone: the viewer, who is set beside the tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection, models, transaction

from core import bulk

ModelT = TypeVar("ModelT", bound=models.Model)

_active_tenant_id: ContextVar[int | None] = ContextVar("active_tenant_id", default=None)
_remembered: ContextVar[dict[str, Any] | None] = ContextVar("remembered", default=None)
_viewer: ContextVar[int | None] = ContextVar("viewer", default=None)


class NoActiveTenant(RuntimeError):
    """A tenant's rows were asked for while no tenant was active."""


class WrongTenant(RuntimeError):
    """A row of one tenant was written, or another tenant was entered, while one was active."""


@contextmanager
def tenant_scope(tenant_id: int, *, viewer: int | None = None) -> Iterator[None]:
    """
    Make one tenant active for a transaction; the only door to a tenant's rows.

    ``viewer`` is the person whose customers alone are seen, None for the whole company; inside
    another scope it narrows what is seen, and None leaves it as it is.

    The setting is local to the transaction, so a pooled connection never carries it on. Entered
    inside an outer transaction, the scope checks deferred constraints before it leaves, while their
    rows can still be seen.

    :raises WrongTenant: inside the scope of another tenant
    """
    outer = _active_tenant_id.get()
    if outer is not None and outer != tenant_id:
        raise WrongTenant(f"Tenant {tenant_id} entered in the scope of {outer}.")
    if outer is not None and connection.in_atomic_block:
        with seen_by(viewer) if viewer is not None else transaction.atomic():
            yield
        return
    viewer = viewer or _viewer.get()
    token, forget = _active_tenant_id.set(tenant_id), _remembered.set({})
    seeing = _viewer.set(viewer)
    try:
        was_in_transaction = connection.in_atomic_block
        with transaction.atomic():
            _set_local(tenant_id, viewer)
            yield
            if was_in_transaction:
                with connection.cursor() as cursor:  # one round trip, at the end of every request
                    cursor.execute(_LEAVE)
    finally:
        _viewer.reset(seeing)
        _remembered.reset(forget)
        _active_tenant_id.reset(token)


_ENTER = (
    "SELECT set_config('app.tenant', %s, true), set_config('app.viewer', %s, true), "
    "set_config('app.owners', "
)
_EVERYBODY = "'', true)"
_SOME = "app.owners_seen_by(%s, %s), true)"
_LEAVE = (
    "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; "
    "SELECT set_config('app.tenant', '', true), set_config('app.viewer', '', true), "
    "set_config('app.owners', '', true)"
)


def _set_local(tenant_id: int, viewer: int | None) -> None:
    """Tell the database the tenant, and who looks, until the transaction ends."""
    with connection.cursor() as cursor:
        if viewer is None:
            cursor.execute(_ENTER + _EVERYBODY, [str(tenant_id), ""])
        else:
            cursor.execute(_ENTER + _SOME, [str(tenant_id), str(viewer), tenant_id, viewer])


@contextmanager
def seen_by(viewer: int | None) -> Iterator[None]:
    """
    See what this person sees, for a block inside ``tenant_scope``; None is the whole company.

    :raises NoActiveTenant: outside every ``tenant_scope``
    """
    tenant_id, before = active_tenant_id(), _viewer.get()
    if viewer == before:
        with transaction.atomic():
            yield
        return
    seeing, forget = _viewer.set(viewer), _remembered.set({})
    try:
        with transaction.atomic():  # undone, it takes the setting back, too
            _set_local(tenant_id, viewer)
            yield
            _set_local(tenant_id, before)
    finally:
        _remembered.reset(forget)
        _viewer.reset(seeing)


def whole_company() -> AbstractContextManager[None]:
    """
    See the whole company for a block: for rules that hold across all customers, such as numbers.

    What is read in it is not shown to anybody.
    """
    return seen_by(None)


def active_viewer() -> int | None:
    """Return the id of the person who sees the customers of some only, None for nobody such."""
    return _viewer.get()


def active_tenant_id() -> int:
    """
    Return the active tenant's id.

    :raises NoActiveTenant: outside every ``tenant_scope``
    """
    tenant_id = _active_tenant_id.get()
    if tenant_id is None:
        raise NoActiveTenant("Enter tenant_scope() first.")
    return tenant_id


def remembered() -> dict[str, Any]:
    """
    Return what this scope has read of the company's settings; it is forgotten with the scope.

    Whoever changes a setting forgets it here, too.

    :raises NoActiveTenant: outside every ``tenant_scope``
    """
    known = _remembered.get()
    if known is None:
        raise NoActiveTenant("Enter tenant_scope() first.")
    return known


class TenantManager(models.Manager[ModelT]):
    """Limits every query to the active tenant, and refuses to run without one."""

    def get_queryset(self) -> models.QuerySet[ModelT]:
        return super().get_queryset().filter(tenant_id=active_tenant_id())

    def bulk_create(self, objs: Iterable[ModelT]) -> list[ModelT]:  # type: ignore[override]
        """Stamp the rows with the active tenant, insert them, and give them their ids."""
        rows: list[Any] = list(objs)
        bulk.take_ids(rows)
        insert_many(rows)
        return rows


def insert_many(*batches: Sequence[TenantModel]) -> None:
    """
    Stamp the rows with the active tenant and insert them in order; see ``core.bulk.insert``.

    :raises WrongTenant: if a row belongs to another tenant
    """
    tenant_id = active_tenant_id()
    for batch in batches:
        for row in batch:
            if not row.tenant_id:
                row.tenant_id = tenant_id
            if row.tenant_id != tenant_id:
                raise WrongTenant(f"Row of tenant {row.tenant_id} written in {tenant_id}.")
    bulk.insert(*batches)


class TenantModel(models.Model):
    """A row that belongs to exactly one tenant."""

    tenant = models.ForeignKey(
        "core.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stamp a new row with the active tenant; refuse to write another tenant's row."""
        tenant_id = active_tenant_id()
        if self._state.adding and getattr(self, "tenant_id", None) is None:
            self.tenant_id = tenant_id
        if self.tenant_id != tenant_id:
            raise WrongTenant(f"Row of tenant {self.tenant_id} written in scope of {tenant_id}.")
        super().save(*args, **kwargs)


class TenantPart(TenantModel):
    """A row that hangs on another of its tenant, whose key holds the tenant's, too.

    So the tenant needs no foreign key of its own: written by the thousand, each would look the
    tenant up and lock its row.
    """

    tenant = models.ForeignKey(
        "core.Tenant",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        abstract = True
