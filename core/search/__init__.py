"""One box for everything: numbers, names, pinyin and initials, tax ids, references, amounts.

Apps register what can be found of theirs (``register``); ``answer`` asks those the member may see.
"""

from core.search.conditions import beginning, best_of, by_amount
from core.search.keys import key_of
from core.search.registry import (
    SHOWN,
    Asked,
    Rank,
    Ranked,
    Shown,
    Source,
    ThingAction,
    offer_action,
    rank_of,
    register,
)

__all__ = [
    "SHOWN",
    "Asked",
    "Rank",
    "Ranked",
    "Shown",
    "Source",
    "ThingAction",
    "beginning",
    "best_of",
    "by_amount",
    "key_of",
    "offer_action",
    "rank_of",
    "register",
]
