"""Addresses inside a company's part of the site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from core.models import Tenant


def page_url(tenant: Tenant, name: str, *args: Any, query: Mapping[str, Any] | None = None) -> str:
    """
    Return the address of a page of the company: ``page_url(tenant, "invoices:detail", 7)``.

    :raises NoReverseMatch: for a name no page has
    """
    url = reverse(name, args=[tenant.slug, *args])
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def address_maker(tenant: Tenant, name: str) -> Callable[[Any], str]:
    """
    Return ``page_url`` for many rows of one page, each address made from the first one's pattern.

    :raises NoReverseMatch: at the call, for a name no page has
    """
    ends: list[str] = []

    def address(argument: Any) -> str:
        if type(argument) is not int or argument < 0:
            return page_url(tenant, name, argument)
        if not ends:
            ends.extend(page_url(tenant, name, _MARK).rsplit(str(_MARK), 1))
        return f"{ends[0]}{argument}{ends[1]}"

    return address


_MARK = 987_654_321_987_654_321  # stands for an id, and in no company's address
