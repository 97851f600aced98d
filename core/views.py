"""What every view is wrapped in: who may come in, and whose rows they see."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from core import kept_forms
from core.models import Membership, Tenant, User
from core.models.tenant import TenantStatus
from core.roles import PERMISSIONS
from core.second_factor import has_second_factor, takes_only_passkeys, used_second_factor
from core.tenancy import tenant_scope

NOT_ALLOWED = 405
METHODS = ("GET", "HEAD", "POST")  # what any page may be asked by; most take fewer


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a view. The access-matrix test is derived from these.

    ``audience`` is staff, portal, public, person (anybody signed in) or platform (the operator);
    ``permission`` is for staff; ``reason`` says why a public view may be public.
    """

    audience: str
    permission: str = ""
    reason: str = ""


class StaffRequest(HttpRequest):
    """A request of a signed-in member of a tenant."""

    user: User
    tenant: Tenant
    membership: Membership
    htmx: Any


class PersonRequest(HttpRequest):
    """A request of somebody signed in, outside every tenant."""

    user: User


View = Callable[..., HttpResponseBase]


def staff_view(*, permission: str) -> Callable[[View], View]:
    """Admit members of the URL's tenant who hold the permission; a stranger gets 404."""
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission} is not in core.roles.PERMISSIONS")

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, tenant_slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            membership = (
                Membership.objects.select_related("tenant")
                .filter(tenant__slug=tenant_slug, user=request.user, is_active=True)
                .first()
            )
            if membership is None:
                raise Http404
            staff_request = cast("StaffRequest", request)
            staff_request.tenant, staff_request.membership = membership.tenant, membership
            refusal = _refusal(staff_request, permission)
            if refusal is not None:
                return refusal
            zone = staff_request.user.time_zone or membership.tenant.time_zone
            with (
                tenant_scope(membership.tenant_id, viewer=membership.viewer),
                timezone.override(zone),
            ):
                return _answered(request, view(staff_request, **kwargs))

        wrapper.policy = Policy("staff", permission)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _refusal(request: StaffRequest, permission: str) -> HttpResponse | None:
    """Return what a member gets instead of the page, if anything stands in the way."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.tenant.status != TenantStatus.ACTIVE:
        return render(request, "core/suspended.html", status=403)
    if not request.membership.allows(permission):
        raise PermissionDenied
    if request.tenant.needs_second_factor:
        if not has_second_factor(request.user):
            return _led_to(request, reverse("mfa_index"))
        if not used_second_factor(request):
            return _to_confirm(request)
    return None


def person_view(view: View) -> View:
    """Admit anybody who is signed in; the view sees no tenant's rows."""

    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        with timezone.override(_zone_of(request.user)):
            return _answered(request, view(request, **kwargs))

    wrapper.policy = Policy("person")  # type: ignore[attr-defined]
    return wrapper


def public_view(*, reason: str) -> Callable[[View], View]:
    """Admit everybody; the reason is read by the access-matrix test's reviewer."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return _answered(request, view(request, **kwargs))

        wrapper.policy = Policy("public", reason=reason)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def platform_view(view: View) -> View:
    """Admit the operator of the platform; everybody else gets 404. No tenant's rows are seen."""

    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if not request.user.is_operator:
            raise Http404
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return _answered(request, view(request, **kwargs))

    wrapper.policy = Policy("platform")  # type: ignore[attr-defined]
    return wrapper


def portal_view(*, find_tenant: Callable[..., Tenant | None], gone: View) -> Callable[[View], View]:
    """
    Admit the holder of a link: ``find_tenant`` returns whose rows the link may show.

    Without one, or when that company is suspended, ``gone`` answers: one page for every reason.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            tenant = find_tenant(request, **kwargs)
            if tenant is None or tenant.status != TenantStatus.ACTIVE:
                return _private(_rendered(gone(request)))
            request.tenant = tenant  # type: ignore[attr-defined]
            with (
                tenant_scope(tenant.pk),
                timezone.override(tenant.time_zone),
                translation.override(translation.get_language()),
            ):
                return _private(_answered(request, view(request, **kwargs)))

        wrapper.policy = Policy("portal")  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in and back; a form that was sent waits behind it."""
    is_kept = kept_forms.keep(request)
    return redirect_to_login(reverse("kept_form") if is_kept else request.get_full_path())


def _answered(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the rendered answer; a browser at an address that only takes forms goes above it."""
    is_browsing = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if response.status_code == NOT_ALLOWED and is_browsing:
        return redirect(_page_above(request.path_info))
    return _rendered(response)


def _zone_of(user: User) -> str:
    """Return the person's time zone: the one they chose, or that of their oldest company."""
    membership = Membership.objects.select_related("tenant").filter(user=user, is_active=True)
    first = None if user.time_zone else membership.order_by("pk").first()
    return user.time_zone or (first.tenant.time_zone if first else "UTC")


def _to_confirm(request: StaffRequest) -> HttpResponse:
    """Lead a session that came by a password alone to where it shows the second factor."""
    by_passkey = takes_only_passkeys(request.user)
    url = reverse("mfa_reauthenticate_webauthn" if by_passkey else "mfa_reauthenticate")
    is_part = "HX-Request" in request.headers
    back = reverse("home", args=[request.tenant.slug]) if is_part else request.get_full_path()
    return _led_to(request, f"{url}?{urlencode({REDIRECT_FIELD_NAME: back})}")


def _led_to(request: StaffRequest, url: str) -> HttpResponse:
    """Lead elsewhere; nothing of the company is done or shown."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _page_above(path: str) -> str:
    """Return the nearest address above the path: the page that a form there stands on."""
    while path := path.rstrip("/").rpartition("/")[0]:
        with suppress(Resolver404):
            resolve(f"{path}/")
            return f"{path}/"
    return "/"


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        return cast("HttpResponse", response.render())
    return response


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
