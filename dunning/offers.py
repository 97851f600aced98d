"""What reminders offer on the pages of apps below."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from core.lists.spec import Action
from core.urls_in import page_url
from core.views import StaffRequest
from dunning.models import ItemHold
from ledger.models import OpenItem


def hold_links(request: StaffRequest, item_ids: Sequence[int]) -> dict[int, Action]:
    """Return for each open debt the page that pauses its reminders, or changes the pause."""
    if not request.membership.allows("collections.edit"):
        return {}
    day = request.tenant.day_of(timezone.now())  # noqa: TID251 - it is a part of a page
    holds = ItemHold.objects.filter(item__in=item_ids)
    lasting = holds.filter(Q(until__isnull=True) | Q(until__gte=day))
    held = set(lasting.values_list("item_id", flat=True))
    debts = OpenItem.objects.open().debts().filter(pk__in=item_ids)
    return {
        pk: Action(
            gettext("Reminders are paused") if pk in held else gettext("Pause reminders"),
            page_url(request.tenant, "collections:hold_item", pk),
            "player-pause" if pk in held else "bell-off",
        )
        for pk in debts.values_list("pk", flat=True)
    }
