"""The operator's pages: numbers and kinds; none shows what companies bill, or to whom."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_site.platform import queries
from billing_site.watch.health import PARTS, SECONDS, ask_all
from core import audit, jobs
from core.http import UNPROCESSABLE
from core.models import Tenant
from core.models.tenant import TenantStatus
from core.operations.suspend import ReasonMissing, set_suspended
from core.tenancy import tenant_scope
from core.views import PersonRequest, platform_view

LONGEST_ID = 18
PART_LABELS = {
    "database": gettext_lazy("Database"),
    "broker": gettext_lazy("Broker"),
    "cache": gettext_lazy("Cache"),
    "media": gettext_lazy("Files"),
    "mail": gettext_lazy("Mail server"),
}


@platform_view
@require_safe
def platform(request: PersonRequest) -> HttpResponse:
    """Show companies, queues and health."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) <= LONGEST_ID
    found, more = queries.companies(text=text, before=int(before) if is_id else None)
    at = timezone.now()
    context = {
        "at": at,
        "companies": found,
        "more": more,
        "text": text,
        "is_later_page": is_id,
        "waiting": queries.work_waiting(at),
        "parts": [(PART_LABELS[name], fine) for name, fine in ask_all(PARTS, SECONDS).items()],
        "count": Tenant.objects.count(),
    }
    return render(request, "platform/companies.html", context)


@platform_view
@require_http_methods(["GET", "HEAD", "POST"])
def platform_company(request: PersonRequest, slug: str) -> HttpResponse:
    """Suspend a company or let it work again, with a reason that the company reads."""
    tenant = get_object_or_404(Tenant, slug=slug)
    is_active = tenant.status == TenantStatus.ACTIVE
    context = {"company": tenant, "is_active": is_active}
    wish = request.POST.get("suspend", "")
    if request.method != "POST" or wish not in {"0", "1"}:
        return render(request, "platform/company.html", context)
    is_to_be_suspended = wish == "1"
    try:
        changed = set_suspended(
            tenant=tenant,
            is_suspended=is_to_be_suspended,
            reason=request.POST.get("reason", "").replace("\x00", ""),
            at=timezone.now(),
            actor=request.user,
        )
    except ReasonMissing as refused:
        context["error"] = str(refused.message)
        return render(request, "platform/company.html", context, status=UNPROCESSABLE)
    if changed:
        words = {"company": tenant.name}
        text = (
            gettext("%(company)s is suspended.")
            if is_to_be_suspended
            else gettext("%(company)s is open.")
        )
        messages.success(request, text % words)
    return redirect("platform")


@platform_view
@require_POST
def platform_retry(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Try the failed rows of a company's job again, in its starter's name; its history tells it."""
    tenant, at = get_object_or_404(Tenant, slug=slug, status=TenantStatus.ACTIVE), timezone.now()
    with tenant_scope(tenant.pk):
        job = queries.job_of(tenant, pk)
        if job is None:
            raise Http404
        done = jobs.retry_failed(job=job, at=at)
        changes = {"rows": done.count}
        audit.record(
            event="job.retried_by_operator",
            subject=job,
            actor=request.user,
            at=at,
            changes=changes,
        )
    messages.success(request, gettext("%(count)s rows are tried again.") % {"count": done.count})
    return redirect("platform")
