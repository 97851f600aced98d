"""Who looks after customers: whom one may choose, and the choices of a filter."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import pgettext

from core.models import Membership, User
from core.models.tenant import DataScope
from core.tenancy import active_tenant_id, active_viewer

NOBODY = "none"


def possible_owners() -> QuerySet[User]:
    """
    Return whom a customer may be given to: who works here.

    A viewer who sees the team's customers gives them to the team; one who sees their own alone
    gives none away.
    """
    members = Membership.objects.filter(
        tenant=active_tenant_id(), is_active=True, user__is_active=True
    )
    viewer = active_viewer()
    if viewer is not None:
        mine = Membership.objects.filter(
            tenant=active_tenant_id(), user=viewer, data_scope=DataScope.TEAM
        )
        members = members.filter(team__in=mine.values("team"))
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "email", "pk")


def may_assign() -> bool:
    """Test if whoever looks may give customers to somebody at all."""
    return active_viewer() is None or possible_owners().exists()


def owner_choices() -> list[tuple[str, str]]:
    """Return the choices of a filter: nobody, and everybody who is or was here."""
    people = User.objects.filter(memberships__tenant=active_tenant_id()).order_by(
        "name", "email", "pk"
    )
    return [(NOBODY, pgettext("owner", "Nobody")), *((str(one.pk), str(one)) for one in people)]
