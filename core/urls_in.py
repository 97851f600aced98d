"""Addresses inside a company's part of the site."""

from __future__ import annotations

from collections.abc import Mapping
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
