"""Whose customers somebody sees, in words."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext, pgettext

from core.models import Membership
from core.models.tenant import DataScope
from core.tenancy import active_tenant_id, active_viewer, remembered

_KEY = "part seen"


class _HasScope(Protocol):
    data_scope: str

    @property
    def team(self) -> object: ...


def sees_text(one: _HasScope) -> str:
    """Return whose customers a member, or somebody invited, sees."""
    if one.data_scope == DataScope.TEAM:
        return gettext("Customers of the team %(team)s") % {"team": one.team}
    return str(DataScope(one.data_scope).label)


def part_seen() -> str:
    """
    Return in words which part of the company the viewer of this scope sees; "" for all of it.

    Every sum that is shown, printed or exported is of that part alone.

    :raises NoActiveTenant: outside every ``tenant_scope``
    """
    viewer = active_viewer()
    if viewer is None:
        return ""
    known = remembered()
    if _KEY not in known:
        known[_KEY] = (
            Membership.objects.filter(tenant=active_tenant_id(), user=viewer)
            .values_list("data_scope", flat=True)
            .first()
        )
    if known[_KEY] == DataScope.TEAM:
        return pgettext("part seen", "Your team's customers")
    return pgettext("part seen", "Your customers only")
