"""Rows without a key: told apart by what they say and their place among those that say the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import Any

PRINT = "f:"  # begins the key of what a file gave no key


def fingerprints(keys: Iterable[tuple[Any, ...]]) -> list[str]:
    """
    Return a name per key that is the same whenever the same file comes again.

    Equal keys of one file are told apart by their order, so that true twins survive.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    names = []
    for key in keys:
        seen[key] += 1
        names.append(_fingerprint(key, seen[key]))
    return names


def _fingerprint(key: tuple[Any, ...], place: int) -> str:
    text = "\x1f".join([*(str(part) for part in key), str(place)])
    return PRINT + hashlib.sha256(text.encode()).hexdigest()[:40]


def twin_key(key: tuple[Any, ...]) -> str:
    """Return what all rows with this key have in common; see ``fingerprints``."""
    return _fingerprint(key, 1)


def keys_among_twins(rows: Iterable[tuple[str, tuple[Any, ...]]]) -> list[str]:
    """
    Return each row's key, for those without one its fingerprint; ``rows`` are (key, identity).

    A row that was given a fingerprint for its key counts as a twin of those that have none.
    """
    chosen = list(rows)
    made = iter(fingerprints(said for key, said in chosen if not key or key.startswith(PRINT)))
    prints = [next(made) if not key or key.startswith(PRINT) else "" for key, _said in chosen]
    return [key or name for (key, _said), name in zip(chosen, prints, strict=True)]


def shared_keys(key: str, said: tuple[Any, ...]) -> tuple[str, ...]:
    """Return what a row shares with its twins: its key, or what all that say the same have."""
    own = (key,) if key else ()
    return own if key and not key.startswith(PRINT) else (*own, twin_key(said))


def free_fingerprint(
    said: tuple[Any, ...], taken: Collection[str], known: Callable[[list[str]], Iterable[str]]
) -> str:
    """Return the first fingerprint that nothing has; ``known`` picks those that are there."""
    for start in count(1, 50):
        names = [_fingerprint(said, place) for place in range(start, start + 50)]
        used = {*taken, *known(names)}
        for name in names:
            if name not in used:
                return name
    raise AssertionError("count never ends")
