"""What is filled in only when a message leaves: links whose secret must not stand in a table.

A body contains ``[[name]]``; the message keeps ``{name: reference}``; the app that owns the secret
registers how a reference becomes text. The text exists in the transmitted bytes alone.

A mail that needs several of a kind numbers them: ``[[name_2]]`` is resolved as ``name`` is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

Resolver = Callable[[str], str]

_RESOLVERS: dict[str, Resolver] = {}
_MARK = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")
_NUMBER = re.compile(r"_[1-9][0-9]*$")


class UnknownPlaceholder(Exception):
    """Nobody has registered how to resolve this name."""


class Unresolvable(Exception):
    """The reference cannot be resolved any more (a revoked link); the message says why."""


def register(name: str, resolver: Resolver) -> None:
    """
    Say how a reference of this name becomes text; called from the owning app's ``ready()``.

    The resolver runs in the tenant's scope when the message leaves. It raises ``Unresolvable`` if
    the reference has ended; the message then fails, visibly.
    """
    if not _MARK.fullmatch(f"[[{name}]]") or _NUMBER.search(name):
        raise ValueError(f"{name!r} is no name for a placeholder.")
    _RESOLVERS[name] = resolver


def require_known(names: Mapping[str, str]) -> None:
    """
    Refuse a name that nobody registered.

    :raises UnknownPlaceholder: with the name
    """
    for name in names:
        if _kind(name) not in _RESOLVERS:
            raise UnknownPlaceholder(name)


def resolve(references: Mapping[str, str]) -> dict[str, str]:
    """
    Return the text for each name.

    :raises UnknownPlaceholder: if a name is not registered
    :raises Unresolvable: if a reference has ended
    """
    require_known(references)
    return {name: _RESOLVERS[_kind(name)](reference) for name, reference in references.items()}


def fill(body: str, texts: Mapping[str, str], *, is_html: bool = False) -> str:
    """Return the body with each ``[[name]]`` of ``texts`` replaced, once; others stay."""

    def text_for(mark: re.Match[str]) -> str:
        if mark[1] not in texts:
            return mark[0]
        return html.escape(texts[mark[1]]) if is_html else texts[mark[1]]

    return _MARK.sub(text_for, body)


def _kind(name: str) -> str:
    return _NUMBER.sub("", name)
