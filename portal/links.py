"""Whose link it is, and whether the person at hand holds it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from core.models import Tenant
from invoices.enums import FROZEN
from invoices.models import PublicLink
from invoices.operations.links import hash_of

COOKIE = "bill"
COOKIE_LASTS = timedelta(days=7)
_SALT = "portal.bill"


def tenant_of_token(request: HttpRequest, token: str, **_kwargs: Any) -> Tenant | None:
    """Return whose bill the token opens, whatever state its link is in."""
    return _tenant("SELECT app.tenant_of_link(%s)", hash_of(token))


def tenant_of_public_id(
    request: HttpRequest, public_id: uuid.UUID, **_kwargs: Any
) -> Tenant | None:
    """Return whose bill the clean address names."""
    return _tenant("SELECT app.tenant_of_public_id(%s)", public_id)


def _tenant(statement: str, value: str | uuid.UUID) -> Tenant | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        [tenant_id] = cursor.fetchone()
    return Tenant.objects.filter(pk=tenant_id).first() if tenant_id else None


def link_of_token(token: str) -> PublicLink | None:
    """Return the active company's link with this token."""
    links = PublicLink.objects.select_related("invoice__document", "invoice__customer")
    return links.filter(token_hash=hash_of(token)).first()


def link_of_public_id(public_id: uuid.UUID) -> PublicLink | None:
    """Return the active company's link with this id."""
    links = PublicLink.objects.select_related("invoice__document", "invoice__customer")
    return links.filter(public_id=public_id).first()


def is_alive(link: PublicLink, at: datetime) -> bool:
    """Test if the link opens its bill: not ended, not revoked, and the bill was issued."""
    return link.revoked_at is None and at < link.expires_at and link.invoice.state in FROZEN


def hand_over(response: HttpResponse, link: PublicLink) -> None:
    """Give the browser the right to the clean address, and to that one alone."""
    response.set_cookie(
        COOKIE,
        signing.dumps(str(link.public_id), salt=_SALT),
        max_age=COOKIE_LASTS,
        path=f"/b/v/{link.public_id}/",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def holds(request: HttpRequest, link: PublicLink) -> bool:
    """Test if the browser came through the link itself."""
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_LASTS)
    except signing.BadSignature:
        return False
    return bool(held == str(link.public_id))
