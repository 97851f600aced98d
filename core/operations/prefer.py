"""How a person likes the pages."""

from __future__ import annotations

from core.models import User


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
