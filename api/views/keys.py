"""The page of the settings on which keys are made and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from api import operations, queries
from api.enums import Scope
from api.forms import KeyForm
from api.models import ApiKey
from core.dates import instant_of
from core.http import unprocessable
from core.once import first_time
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

SECTION = "api"


@staff_view(permission="api.keys")
@require_safe
def key_list(request: StaffRequest) -> HttpResponse:
    """Show the company's keys."""
    lines = queries.keys(tenant=request.tenant, at=timezone.now())
    context = {"section": SECTION, "lines": lines, "address": _address(request)}
    return render(request, "api/keys.html", context)


@staff_view(permission="api.keys")
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def key_new(request: StaffRequest) -> HttpResponseBase:
    """Ask for a new key, make it, and show its secret, this once."""
    at = timezone.now()
    form = KeyForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        today=request.tenant.day_of(at),
    )
    context: dict[str, Any] = {"form": form, "section": SECTION}
    if request.method != "POST":
        return render(request, "api/key_new.html", context)
    if not form.is_valid():
        return unprocessable(request, "api/key_new.html", context)
    with transaction.atomic():
        if not first_time(request):
            messages.error(
                request,
                gettext("This key was made already. If you did not copy it, revoke it."),
            )
            return redirect(page_url(request.tenant, "api_settings:keys"))
        made = operations.create_key(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=_end(request, form),
            at=at,
            actor=request.user,
        )
    example = f'curl -H "Authorization: Bearer $DUEBOOK_KEY" {_address(request)}key/'
    context |= {"made": made, "labels": labels_of(made.key), "example": example}
    return render(request, "api/key_made.html", context)


@staff_view(permission="api.keys")
@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show a key and what revoking does, and revoke it."""
    key = get_object_or_404(ApiKey.objects.select_related("created_by"), pk=pk)
    if request.method == "POST":
        operations.revoke_key(key=key, at=timezone.now(), actor=request.user)
        messages.success(request, gettext("The key “%(name)s” was revoked.") % {"name": key})
        return redirect(page_url(request.tenant, "api_settings:keys"))
    context = {"key": key, "labels": labels_of(key), "section": SECTION}
    return render(request, "api/key_revoke.html", context)


def labels_of(key: ApiKey) -> list[str]:
    """Return what the key may do, in words, in the order of the form."""
    return [str(scope.label) for scope in Scope if scope.value in key.scopes]


def _end(request: StaffRequest, form: KeyForm) -> Any:
    day = form.cleaned_data["expires_on"]
    if day is None:
        return None
    return instant_of(day + timedelta(days=1), 0, request.tenant.time_zone)


def _address(request: StaffRequest) -> str:
    return request.build_absolute_uri(reverse("api:root"))
