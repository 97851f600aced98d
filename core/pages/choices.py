"""Choices that several pages' filters offer."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from core.models import User


def people_of(request: HttpRequest | None) -> QuerySet[User]:
    """Return the people of the request's company, also those who left."""
    tenant = getattr(request, "tenant", None)
    if tenant is None:
        return User.objects.none()
    return User.objects.filter(memberships__tenant=tenant).order_by("name", "email")
