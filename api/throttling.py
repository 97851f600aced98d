"""How many requests a key may make in a minute. Counted in the cache, in one step."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

WINDOW = 60  # seconds
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a key's minute; ``reset`` in seconds."""

    limit: int
    used: int
    reset: int

    @property
    def is_used_up(self) -> bool:
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return what every answer says of it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }


def count_request(*, tenant_id: int, key_id: int, at: datetime) -> Allowance:
    """
    Count a request against its key's minute and return what is left.

    Without the cache nobody is held up: the limit is about fairness, not about safety.
    """
    limit: int = settings.API_REQUESTS_PER_MINUTE
    window, second = divmod(int(at.timestamp()), WINDOW)
    name = f"api-rate:{tenant_id}:{key_id}:{window}"
    try:
        cache.add(name, 0, timeout=2 * WINDOW)
        used = cache.incr(name)
    except (RedisError, OSError, ValueError) as error:
        logger.warning("Cache not reached, a request is not counted: %s", error)
        used = 0
    return Allowance(limit, used, WINDOW - second)
