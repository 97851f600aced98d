"""Choosing and making companies."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from core import nav
from core.http import unprocessable
from core.limits import may_ask
from core.models import Membership, User
from core.models.tenant import TenantStatus
from core.operations import CompanyRefused, create_company
from core.pages.forms import NewCompanyForm
from core.roles import Role
from core.second_factor import has_second_factor, used_second_factor
from core.tenancy import tenant_scope
from core.urls_in import page_url
from core.views import PersonRequest, person_view, public_view

HOME = "home"
MOST_AN_HOUR = 10  # companies that one person tries to make
START_PERMISSIONS = {
    "home": "home.view",
    "invoices:list": "invoices.view",
    "invoices:review": "invoices.view",
    "customers:list": "customers.view",
    "payments:list": "payments.view",
    "reports:aging": "reports.view",
}


@public_view(reason="leads to the sign-in page or to the person's companies")
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Lead to where work begins."""
    return redirect("companies" if request.user.is_authenticated else "account_login")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the person's companies, and how much work waits for them there."""

    membership: Membership
    roles: list[str]
    url: str
    work: int


@person_view
@require_safe
def companies(request: PersonRequest) -> HttpResponse:
    """List the person's companies; who has one goes there at once, unless asked with ``?all``."""
    memberships = list(
        Membership.objects.filter(user=request.user, is_active=True)
        .select_related("tenant")
        .order_by("tenant__name", "pk")
    )
    active = [one for one in memberships if one.tenant.status == TenantStatus.ACTIVE]
    if len(memberships) == len(active) == 1 and "all" not in request.GET:
        return HttpResponseRedirect(_start(active[0], request.user))
    has_factor = has_second_factor(request.user) and used_second_factor(request)
    context = {
        "choices": [_choice(one, request.user, has_factor=has_factor) for one in memberships],
        "may_make": may_make_company(request.user),
    }
    return render(request, "core/companies.html", context)


def _start(membership: Membership, user: User) -> str:
    """Return where the person likes to begin, if the roles show it; else the home page."""
    page = user.start_page
    may = membership.allows(START_PERMISSIONS.get(page, ""))
    return page_url(membership.tenant, page if may else HOME)


def _choice(membership: Membership, user: User, *, has_factor: bool) -> Choice:
    tenant = membership.tenant
    is_open = tenant.status == TenantStatus.ACTIVE
    may_look = is_open and (has_factor or not tenant.needs_second_factor)
    return Choice(
        membership,
        [str(Role(role).label) for role in membership.roles],
        _start(membership, user) if is_open else "",
        _open_work(membership) if may_look else 0,
    )


def _open_work(membership: Membership) -> int:
    """Return what the company's navigation counts for this member."""
    probe = HttpRequest()
    probe.tenant, probe.membership = membership.tenant, membership  # type: ignore[attr-defined]
    with tenant_scope(membership.tenant_id, viewer=membership.viewer):
        items = nav.navigation(probe)
        return sum(one.count for item in items for one in (item, *item.children))


def may_make_company(user: User) -> bool:
    """Test if the person may make companies: where nobody signs up, operators make them."""
    return bool(settings.SIGN_UP_OPEN) or user.is_operator


@person_view
def company_new(request: PersonRequest) -> HttpResponse:
    """Make a company; whoever makes it is its admin."""
    if not may_make_company(request.user):
        raise Http404
    form = NewCompanyForm(request.POST or None)
    if request.method != "POST":
        return render(request, "core/company_new.html", {"form": form})
    if form.is_valid() and not may_ask({f"sign_up:company:{request.user.pk}": MOST_AN_HOUR}):
        form.add_error(None, gettext("Too many tries. Wait an hour, then try again."))
    if form.is_valid():
        try:
            with transaction.atomic():
                tenant = create_company(
                    **form.cleaned_data,
                    at=timezone.now(),
                    actor=request.user,
                    admin=request.user,
                )
        except CompanyRefused as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            return HttpResponseRedirect(page_url(tenant, "settings"))
    return unprocessable(request, "core/company_new.html", {"form": form})
