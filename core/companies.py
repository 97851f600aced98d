"""The active company's own row, read once in a scope."""

from __future__ import annotations

from core.models import Logo, Tenant
from core.tenancy import active_tenant_id, remembered

_KEY = "company"
_LOGO = "logo"


def active_tenant() -> Tenant:
    """Return the active company as it was when its scope first asked."""
    known: Tenant | None = remembered().get(_KEY)
    if known is None:
        known = remembered()[_KEY] = Tenant.objects.get(pk=active_tenant_id())
    return known


def forget_tenant() -> None:
    """Have the next question read the company again: something of it was changed."""
    remembered().pop(_KEY, None)
    remembered().pop(_LOGO, None)


def active_logo() -> str:
    """Return the SHA-256 of the logo the active company uses now; nothing without one."""
    known = remembered()
    if _LOGO not in known:
        digests = Logo.objects.filter(is_current=True).values_list("file__sha256", flat=True)
        known[_LOGO] = digests.first() or ""
    return str(known[_LOGO])
