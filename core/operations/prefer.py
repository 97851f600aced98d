"""How a person likes the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.models import User

PROFILE = (
    "name",
    "language",
    "time_zone",
    "date_style",
    "number_style",
    "theme",
    "density",
    "rows_per_page",
    "start_page",
    "single_keys",
)


def keep_profile(*, user: User, values: Mapping[str, Any]) -> User:
    """Keep what the person says on their own page, checked; not audited: it changes no books."""
    changed = [name for name in PROFILE if getattr(user, name) != values[name]]
    for name in changed:
        setattr(user, name, values[name])
    if changed:
        user.save(update_fields=changed)
    return user


def prefer(
    *,
    user: User,
    language: str | None = None,
    theme: str | None = None,
    single_keys: bool | None = None,
) -> User:
    """Keep the person's language, theme and keys, all checked; not audited: it changes no books."""
    chosen = {"language": language, "theme": theme, "single_keys": single_keys}
    changed = {name: value for name, value in chosen.items() if value is not None}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=list(changed))
    return user
