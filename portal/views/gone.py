"""One page for every link that does not open: cut, guessed, ended, revoked, suspended."""

from __future__ import annotations

import logging

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from invoices.models import PublicLink
from portal.operations import renew_link

logger = logging.getLogger(__name__)

ASKS_AN_HOUR = 20  # per address of the network
HOUR = 3600
NOT_FOUND = 404


def gone(request: HttpRequest) -> HttpResponse:
    """Say that the link does not open anything, and offer to ask for a new one."""
    if request.method == "POST":
        return asked_for_new_link(request, None)
    return render(request, "portal/gone.html", status=NOT_FOUND)


def asked_for_new_link(request: HttpRequest, link: PublicLink | None) -> HttpResponse:
    """Mail a new link if there is somebody to mail it to; the answer is always the same."""
    if link is not None and _may_ask(request):
        renew_link(link=link, at=timezone.now())
    return render(request, "portal/asked.html")


def _may_ask(request: HttpRequest) -> bool:
    """Count the asking; without the cache the limit per bill in the database is left."""
    key = f"portal-asks:{_client(request)}"
    try:
        cache.add(key, 0, timeout=HOUR)
        return cache.incr(key) <= ASKS_AN_HOUR
    except ValueError:  # ended between the two
        return True
    except Exception:
        logger.exception("The cache did not count who asks for new links")
        return True


def _client(request: HttpRequest) -> str:
    """Return the client's address, behind as many proxies as the site trusts."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:  # none, or no address
        return str(request.META.get("REMOTE_ADDR", ""))
