"""The outermost layer: every request gets an id, a line in the log and its figures."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing_site.watch import figures, health
from core.context import Work, begin_work, current_work, end_work
from core.models.audit import Via

logger = logging.getLogger("duebook.request")

HEADER = "X-Request-ID"
# As long as the trail of changes keeps it: a UUID fits, with and without its dashes.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,35}", re.ASCII)
NOWHERE = "none"  # the route of an address that is none
STATIC = "static"
QUIET = frozenset({"healthz", "readyz", "metrics", STATIC})
_WATCHED: dict[str, Callable[..., Any]] = {
    "/healthz": health.alive,
    "/readyz": health.ready,
    "/metrics": figures.metrics,
}


class WatchMiddleware:
    """Names the request, answers the operator's addresses, and tells what came of the others.

    The operator's addresses are answered here, before host names, sessions and the database are
    looked at: a probe comes over plain HTTP to an inner address, and must work when they do not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id = id_of(request)
        work = begin_work(request_id, Work(kind="request", route=NOWHERE, via=Via.PAGE))
        status = 500
        try:
            watched = _WATCHED.get(request.path_info)
            if watched is not None:
                work.route = request.path_info.strip("/")
                response: HttpResponse = watched(request)
            else:
                if request.path_info.startswith(settings.STATIC_URL):  # no view is found for it
                    work.route = STATIC
                response = self.get_response(request)
            status = response.status_code
            response[HEADER] = request_id
            return response
        finally:
            self._tell(request, work, status, time.perf_counter() - began)
            end_work()

    def process_view(self, request: HttpRequest, view: Any, _args: Any, kwargs: Any) -> None:
        """Keep which address was found, which company it names, and if it is a customer's."""
        work, match = current_work(), request.resolver_match
        if match is not None:
            work.route = match.view_name or match.route or NOWHERE
        work.tenant = str(kwargs.get("tenant_slug", ""))
        if getattr(getattr(view, "policy", None), "audience", "") == "portal":
            work.via = Via.LINK

    @staticmethod
    def _tell(request: HttpRequest, work: Work, status: int, seconds: float) -> None:
        if tenant := getattr(request, "tenant", None):  # a key's or a link's
            work.tenant = tenant.slug
        figures.count_request(work.route, request.method or "", status, seconds)
        logger.log(
            logging.DEBUG if work.route in QUIET else logging.INFO,
            "%s %s %s",
            request.method,
            work.route,
            status,
            extra={
                "method": request.method,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
            },
        )


def id_of(request: HttpRequest) -> str:
    """Return the id the caller gave the request, if it is one, or a new one."""
    given = request.headers.get(HEADER, "")
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
