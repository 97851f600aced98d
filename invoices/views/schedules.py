"""Schedules: list, new, edit, what comes next; pause, resume, end, skip."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit import subject_of
from core.http import UNPROCESSABLE
from core.lists import Action, EmptyState, ListSpec, list_view
from core.models import AuditEntry
from core.once import first_time
from core.seen import CONFLICT, Conflict, Difference, conflict_of, sides
from core.views import StaffRequest, staff_view
from invoices import operations
from invoices.calculations import AmountTooLarge
from invoices.enums import ScheduleState
from invoices.filters import ScheduleFilter
from invoices.forms.catalogue import ScheduleForm, initial_of_schedule
from invoices.forms.fields import Catalogue
from invoices.forms.lines import ScheduleLineForm, line_formset, schedule_line_drafts
from invoices.models import Schedule, ScheduledPeriod
from invoices.presentation import SCHEDULE_KINDS
from invoices.queries.schedules import coming, with_upcoming
from invoices.tables import ScheduleTable
from invoices.views.common import today, try_to, url_of
from invoices.views.conflict import rows_in_words
from invoices.views.editor_page import MORE, with_rows


class UpcomingTable(ScheduleTable):
    """The list's table; what comes next is worked out once for the rows of the page."""

    def __init__(self, *args: Any, data: Any = (), **kwargs: Any) -> None:
        rows = list(data)
        with_upcoming(rows, tax_mode=kwargs.pop("tax_mode", "DOCUMENT"))
        super().__init__(*args, data=rows, **kwargs)


@list_view(
    "schedules",
    permission="invoices.view",
    label=gettext_lazy("Recurring schedules"),
    page="invoices:schedules",
)
def schedule_list(request: StaffRequest) -> ListSpec:
    """Show the schedules."""
    url = url_of(request, "invoices:schedule_new")
    actions = (Action(gettext_lazy("New schedule"), url, "plus", "invoices.edit"),)
    return ListSpec(
        title=gettext_lazy("Recurring schedules"),
        queryset=Schedule.objects.select_related("customer"),
        table=UpcomingTable,
        filterset=ScheduleFilter,
        orderings={
            "name": ("name", "pk"),
            "customer": ("customer__name", "pk"),
            "newest": ("pk",),
        },
        default_ordering="-newest",
        export_name="schedules",
        empty=EmptyState(
            title=gettext_lazy("No schedules yet"),
            text=gettext_lazy("A schedule makes one draft per period by itself, and never two."),
            icon="repeat",
            actions=actions,
        ),
        actions=actions,
        today=today(request),
        phone=("name", "customer", "next_day", "next_amount", "state"),
    )


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: StaffRequest) -> HttpResponse:
    """Write a schedule; ``?customer=`` chooses whose."""
    return _edit(request, None)


@staff_view(permission="invoices.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_edit(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Change a schedule."""
    return _edit(request, _schedule_or_404(pk))


def _edit(request: StaffRequest, schedule: Schedule | None) -> HttpResponse:
    bound: QueryDict | None = request.POST if request.method == "POST" else None
    if bound is not None and MORE in bound:
        bound = with_rows(bound)
    catalogue = Catalogue(saved=schedule.lines.all() if schedule else None)
    if schedule:
        initial, rows = initial_of_schedule(schedule), _initial_lines(schedule)
    else:
        initial, rows = {"customer": request.GET.get("customer", "")[:18]}, []
    form = ScheduleForm(bound, initial=initial, tenant=request.tenant)
    currency = schedule.currency if schedule else ""
    if form.is_bound and form.is_valid():
        currency = form.cleaned_data["currency"]
    lines = line_formset(ScheduleLineForm, extra=1 if rows else 2)(
        bound,
        initial=rows,
        prefix="lines",
        form_kwargs={"catalogue": catalogue, "currency": currency},
    )
    context: dict[str, Any] = {
        "schedule": schedule,
        "form": form,
        "lines": lines,
        "catalogue": catalogue,
    }
    if bound is None or MORE in bound:
        return render(request, "invoices/schedule_form.html", context)
    at = timezone.now()
    try:
        saved = _save(request, schedule, form, lines, at)
    except operations.ScheduleEditedMeanwhile:
        if schedule is None:  # a new one has no other editor
            raise
        conflict = _conflict(request, _schedule_or_404(schedule.pk), form, lines, at)
        context |= {"conflict": conflict}
        return render(request, "invoices/schedule_form.html", context, status=CONFLICT)
    if saved is None:
        return render(request, "invoices/schedule_form.html", context, status=UNPROCESSABLE)
    return redirect(url_of(request, "invoices:schedule", saved.pk))


def _save(
    request: StaffRequest, schedule: Schedule | None, form: ScheduleForm, lines: Any, at: datetime
) -> Schedule | None:
    if not all([form.is_valid(), lines.is_valid()]):
        return None
    drafts = schedule_line_drafts(lines.used())
    if not drafts:
        form.add_error(None, _("Write at least one line."))
        return None
    try:
        saved = operations.save_schedule(
            schedule=schedule,
            draft=form.draft(),
            lines=drafts,
            version=form.cleaned_data["version"] if schedule else None,
            at=at,
            actor=request.user,
        )
    except operations.ScheduleEditedMeanwhile:
        raise
    except operations.InvoiceRefusal as refused:
        form.add_error(None, str(refused.message))
        return None
    messages.success(request, _("Schedule saved."))
    return saved


def _conflict(
    request: StaffRequest, current: Schedule, form: ScheduleForm, lines: Any, at: datetime
) -> Conflict:
    """Return what stands now and what was typed; sending the form again means to overwrite."""
    form.data = request.POST.copy()
    form.data["version"] = str(current.version)
    form.initial = initial_of_schedule(current)
    differences = sides(form, [field.name for field in form.visible_fields()])
    theirs = line_formset(ScheduleLineForm, extra=0)(
        initial=_initial_lines(current),
        prefix="lines",
        form_kwargs={
            "catalogue": Catalogue(saved=current.lines.all()),
            "currency": current.currency,
        },
    )
    both = zip_longest(rows_in_words(theirs), rows_in_words(lines), fillvalue="")
    differences += [
        Difference(_("Line %(line)s") % {"line": place}, stands, typed)
        for place, (stands, typed) in enumerate(both, start=1)
        if stands != typed
    ]
    entries = AuditEntry.objects.filter(subject=subject_of(current))
    return conflict_of(request, differences, entries, at=at)


def _initial_lines(schedule: Schedule) -> list[dict[str, Any]]:
    names = ("position", "product", "description", "quantity", "unit", "unit_price")
    return [
        {name: getattr(line, name) for name in names}
        | {
            "line_id": line.pk,
            "tax_code": line.tax_code_id,
            "discount_percent": line.discount_percent or None,
        }
        for line in schedule.lines.select_related("product").order_by("position")
    ]


@staff_view(permission="invoices.view")
@require_safe
def schedule_detail(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Show a schedule: its lines, the next twelve bills, what was made so far."""
    schedule = _schedule_or_404(pk)
    lines = list(schedule.lines.select_related("tax_code", "product").order_by("position"))
    is_over = schedule.state == ScheduleState.ENDED
    try:
        bills = [] if is_over else coming(schedule, lines, tax_mode=request.tenant.tax_mode)
    except AmountTooLarge:
        bills = []
    periods = (
        ScheduledPeriod.objects.filter(schedule=schedule)
        .select_related("invoice")
        .order_by("-index")[:50]
    )
    history = AuditEntry.objects.filter(subject=subject_of(schedule)).select_related("actor")
    context = {
        "schedule": schedule,
        "state_kind": SCHEDULE_KINDS[ScheduleState(schedule.state)],
        "lines": lines,
        "bills": bills,
        "periods": list(periods),
        "history": list(history.order_by("-pk")[:50]),
        "today": today(request),
    }
    return render(request, "invoices/schedule.html", context)


@staff_view(permission="invoices.edit")
@require_POST
def schedule_state(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Pause, resume or end a schedule."""
    schedule = _schedule_or_404(pk)
    wanted = request.POST.get("state", "")
    if wanted in ScheduleState.values:
        try_to(
            request,
            lambda at: operations.set_schedule_state(
                schedule=schedule, state=ScheduleState(wanted), at=at, actor=request.user
            ),
            done=_("Schedule saved."),
        )
    return redirect(url_of(request, "invoices:schedule", pk))


@staff_view(permission="invoices.edit")
@require_POST
def schedule_skip(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Leave the next period unbilled."""
    schedule = _schedule_or_404(pk)
    index = request.POST.get("index", "")
    if index.isascii() and index.isdigit() and len(index) < 9 and first_time(request):  # noqa: PLR2004
        try_to(
            request,
            lambda at: operations.skip_period(
                schedule=schedule, index=int(index), at=at, actor=request.user
            ),
            done=_("The period is skipped."),
        )
    return redirect(url_of(request, "invoices:schedule", pk))


def _schedule_or_404(pk: int) -> Schedule:
    return get_object_or_404(Schedule.objects.select_related("customer", "created_by"), pk=pk)
