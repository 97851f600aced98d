"""Whose customers somebody sees, in words."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext, pgettext

from core.models import Membership
from core.models.tenant import DataScope


class _HasScope(Protocol):
    data_scope: str

    @property
    def team(self) -> object: ...


def sees_text(one: _HasScope) -> str:
    """Return whose customers a member, or somebody invited, sees."""
    if one.data_scope == DataScope.TEAM:
        return gettext("Customers of the team %(team)s") % {"team": one.team}
    return str(DataScope(one.data_scope).label)


def part_seen(membership: Membership | None) -> str:
    """
    Return which part of the company the member sees, "" for all of it.

    Every sum that is shown to them, printed or exported is of that part alone.
    """
    if membership is None or membership.data_scope == DataScope.ALL:
        return ""
    if membership.data_scope == DataScope.TEAM:
        return pgettext("part seen", "Your team's customers")
    return pgettext("part seen", "Your customers only")
