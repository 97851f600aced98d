"""Locking what a page is about to compare and then to change."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import QuerySet

from core.models import Tenant

Row = TypeVar("Row", bound=models.Model)


def held(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows, each locked by its reading until the transaction ends."""
    return rows.select_for_update(no_key=True, of=("self",))


def hold_settings(tenant: Tenant) -> None:
    """Lock what the company's settings are changed under, until the transaction ends."""
    held(Tenant.objects.all()).get(pk=tenant.pk)
