"""Answers that views give besides the page that was asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

UNPROCESSABLE = 422


def unprocessable(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None
) -> HttpResponse:
    """Show the form again with its messages: status 422, which htmx swaps in too."""
    return render(request, template, context, status=UNPROCESSABLE)


def safe_next(request: HttpRequest, default: str, name: str = "next") -> str:
    """Return the address the person came from, if it is one of ours; the default otherwise."""
    url = request.POST.get(name) or request.GET.get(name) or ""
    ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if ours and "\x00" not in url else default
