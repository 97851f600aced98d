"""The days' runs, and what each decided and why."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.lists import Action, EmptyState, ListSpec, list_view
from core.presentation import day_text
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from dunning import operations
from dunning.filters import DecisionFilter
from dunning.models import Decision, Run
from dunning.queries import active_policy, runs_with_counts, summary_of
from dunning.tables import DecisionTable, RunTable


@list_view(
    "reminder_runs", permission="collections.view", label=_("Reminders"), page="collections:runs"
)
def run_list(request: StaffRequest) -> ListSpec:
    """Show the runs, the newest first."""
    today = request.tenant.day_of(timezone.now())
    run = Run.objects.filter(run_date=today).first()
    policy = Action(_("Policy"), page_url(request.tenant, "collections:policy"), "settings")
    return ListSpec(
        title=_("Reminders"),
        queryset=runs_with_counts(),
        table=RunTable,
        orderings={"run_date": ("run_date", "pk")},
        default_ordering="-run_date",
        export_name="reminder-runs",
        template="collections/runs.html",
        empty=EmptyState(
            _("No reminders yet"),
            _(
                "Once a day, at the hour the policy names, customers are reminded of what falls "
                "due and what is late. Each decision is kept here, with its reason."
            ),
            "bell",
            (policy,),
        ),
        context={"today": today, "run_today": run, "has_policy": active_policy() is not None},
        today=today,
        phone=("run_date", "finished_at", "sent_count", "held_items"),
    )


@list_view("reminders", permission="collections.view", label=_("Reminders of a day"))
def run_detail(request: StaffRequest, pk: int) -> ListSpec:
    """Show what a run decided, document by document."""
    run = get_object_or_404(Run.objects.select_related("policy", "started_by"), pk=pk)
    decisions = Decision.objects.filter(run=run).select_related("customer", "item", "notice")
    return ListSpec(
        title=gettext("Reminders of %(day)s") % {"day": day_text(run.run_date)},
        queryset=decisions,
        table=DecisionTable,
        filterset=DecisionFilter,
        orderings={
            "customer": ("customer__name", "pk"),
            "due_date": ("item__due_date", "pk"),
            "offset_days": ("offset_days", "pk"),
            "open_amount": ("open_amount", "pk"),
        },
        default_ordering="customer",
        sums={"open_amount": _("Open")},
        export_name=f"reminders-{run.run_date}",
        template="collections/run.html",
        empty=EmptyState(
            _("Nothing was due"),
            _("On this day no document had come to a step of the policy."),
            "circle-check",
        ),
        context={"run": run, "summary": summary_of(run)},
        phone=("customer", "item", "open_amount", "outcome", "held_because"),
    )


@staff_view(permission="collections.edit")
@require_POST
def run_now(request: StaffRequest) -> HttpResponseBase:
    """Begin today's run now; it is today's only one, whatever the hour of sending."""
    at = timezone.now()
    today = request.tenant.day_of(at)
    try:
        run = operations.request_run(day=today, at=at, actor=request.user)
    except operations.NoPolicy:
        messages.error(request, gettext("There is no reminder policy yet. Write one first."))
        return redirect(page_url(request.tenant, "collections:policy"))
    if run.finished_at is None:
        messages.success(
            request, gettext("Today's run has begun. This page shows what it has decided so far.")
        )
    else:
        messages.info(request, gettext("Today's run is finished already; there is one a day."))
    return redirect(page_url(request.tenant, "collections:run", run.pk))
