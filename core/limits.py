"""How often something may be asked for in an hour, by whatever it is counted by."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.cache import cache

HOUR = 3600


def may_ask(counted: Mapping[str, int]) -> bool:
    """
    Count a try under each key and test if all stay within their most an hour.

    All are counted, also once one is beyond. Without the cache it fails, and nothing is done.
    """
    allowed = True
    for key, most in counted.items():
        cache.add(key, 0, timeout=HOUR)
        allowed = cache.incr(key) <= most and allowed
    return allowed
