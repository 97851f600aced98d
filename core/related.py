"""Links that apps above offer at the things of apps below, which do not know them.

The page of a bill shows what can be done with its open items; who sends reminders adds to that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from core.lists.spec import Action
from core.views import StaffRequest

Offer = Callable[[StaffRequest, Sequence[int]], dict[int, Action]]
OfferT = TypeVar("OfferT", bound=Offer)

_OFFERS: dict[str, list[Offer]] = {}


def offer_links(kind: str) -> Callable[[OfferT], OfferT]:
    """
    Offer links at things of the kind (``"open_item"``); called when the site starts.

    The function gets the request and the things' ids, and returns the link of each id that has
    one: none for what the member may not do.
    """

    def decorate(offer: OfferT) -> OfferT:
        _OFFERS.setdefault(kind, []).append(offer)
        return offer

    return decorate


def links_at(kind: str, request: StaffRequest, ids: Sequence[int]) -> dict[int, list[Action]]:
    """Return the links at each of the things, in the order the apps offered them."""
    found: dict[int, list[Action]] = {pk: [] for pk in ids}
    for offer in _OFFERS.get(kind, ()):
        for pk, link in offer(request, ids).items():
            found[pk].append(link)
    return found
