"""Opening pages as the browser does, without the network: through middleware, view and template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from billing_site.bench.company import people_of
from billing_site.bench.timing import Figure, percentiles, seconds
from core.models import Tenant

REQUESTS = 40
FINE = (200, 201)
FILES = "django.core.files.storage.FileSystemStorage"
STATIC_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"


@contextmanager
def signed_in(tenant: Tenant, headers: dict[str, str] | None = None) -> Iterator[Client]:
    """Give a client of the company's admin; static files need not be collected for it."""
    with override_settings(
        ALLOWED_HOSTS=["testserver"],
        SECURE_SSL_REDIRECT=False,
        STORAGES={"default": {"BACKEND": FILES}, "staticfiles": {"BACKEND": STATIC_FILES}},
    ):
        client = Client(headers=headers)
        client.force_login(people_of(tenant)[0])
        yield client


def ask(
    client: Client, name: str, address: str, query: dict[str, str] | None = None
) -> list[Figure]:
    """Open a page many times: its time on the server, its queries, its size before compression."""
    return measured(name, partial(client.get, address, query), "html")


def measured(name: str, request: Callable[[], Any], kind: str) -> list[Figure]:
    """Return the same of any request, whose answer is of a kind: ``html``, ``json``."""
    answer = request()
    assert answer.status_code in FINE, answer.content[:300]  # noqa: S101
    times = [seconds(request)[1] for _run in range(REQUESTS)]
    with CaptureQueriesContext(connection) as captured:
        size = len(request().content)
    return [
        *percentiles(name, times),
        Figure(f"{name}_queries", len(captured), "queries"),
        Figure(f"{name}_{kind}", size // 1024, "KB"),
    ]
