"""Every list of the site by its key, for what happens to a list away from its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import get_resolver

from core.lists.spec import ListSpec, Text


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list: what its view asks for, and how it is made for a request.

    ``page`` names its address, if that takes no argument; ``label`` is what it is called
    elsewhere.
    """

    key: str
    permission: str
    make: Callable[..., ListSpec]
    page: str = ""
    label: Text = ""

    def spec(self, request: HttpRequest, kwargs: Mapping[str, Any]) -> ListSpec:
        """Return the list as this request sees it."""
        spec = self.make(request, **kwargs)
        spec.key, spec.permission = self.key, self.permission
        return spec


LISTS: dict[str, ListEntry] = {}


def entry_of(key: str) -> ListEntry | None:
    """Return the list of that key; a worker knows none before it has read the addresses."""
    if key not in LISTS:
        _ = get_resolver().url_patterns  # imports the views, and these register their lists
    return LISTS.get(key)
