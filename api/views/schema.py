"""The schema, and the page on which people read and try it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator

from core.views import public_view


@lru_cache(maxsize=1)
def schema_text() -> str:
    """Return the schema as JSON, in English; made once in a process."""
    with translation.override("en"):
        made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return json.dumps(made, indent=1, default=str)


def _tag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(schema_text().encode()).hexdigest()[:32]}"'


@public_view(reason="tells what the API takes, and nothing of any company")
@require_safe
@condition(etag_func=_tag)
def schema(request: HttpRequest) -> HttpResponse:
    """Hand out the OpenAPI 3.1 schema."""
    return HttpResponse(schema_text(), content_type="application/json")


@csp_update({"style-src": ["'unsafe-inline'"]})
@public_view(reason="shows the schema, which is public")
@require_safe
def docs(request: HttpRequest) -> HttpResponseBase:
    """Show the schema as a page."""
    return render(request, "api/docs.html")
