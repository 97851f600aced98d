"""What a new company starts with. Each app registers its own part when it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.models import Tenant

# Called inside the new company's scope, with its document language active.
Callback = Callable[[Tenant, datetime], None]
_callbacks: list[Callback] = []


def on_company_created(callback: Callback) -> None:
    """Register what an app lays down for every new company; call it in ``AppConfig.ready``."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def fill(tenant: Tenant, at: datetime) -> None:
    """Let every app lay down its part, in the order of registration."""
    for callback in _callbacks:
        callback(tenant, at)
