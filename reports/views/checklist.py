"""What a person says of the first steps: looked at, nothing to do, enough of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from core.models import Mark
from core.operations.checklist import mark_step, unmark_step
from core.urls_in import page_url
from core.views import StaffRequest, staff_view


@staff_view(permission="settings.edit")
@require_POST
def checklist_mark(request: StaffRequest) -> HttpResponse:
    """Keep or take back one of ``core.models.Mark``; what is none of them changes nothing."""
    wanted = request.POST.get("mark", "")
    if wanted in Mark.values:
        mark, at = Mark(wanted), timezone.now()
        act = unmark_step if "undo" in request.POST else mark_step
        act(tenant=request.tenant, mark=mark, at=at, actor=request.user)
        if mark is Mark.PUT_AWAY and act is mark_step:
            messages.success(request, gettext("Put away. The history of changes says by whom."))
    return HttpResponseRedirect(page_url(request.tenant, "home"))
