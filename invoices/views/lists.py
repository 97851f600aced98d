"""The list of bills, its tabs, and what is done to many at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import jobs
from core.import_offer import import_action
from core.lists import (
    Action,
    BulkAction,
    EmptyState,
    ListSpec,
    Tab,
    filter_text,
    list_view,
    question_about,
    selection,
)
from core.once import earlier_result, first_time, remember_result
from core.views import StaffRequest, staff_view
from invoices.bulk import TITLES
from invoices.filters import VIEW_LABELS, InvoiceFilter
from invoices.queries.delivery import with_delivery
from invoices.queries.lists import View, counts_of_views, for_list, sums_by_currency
from invoices.tables import InvoiceTable, number_of
from invoices.views.common import today, url_of

MOST_ROWS = 20_000
UNSEEN = 0  # the version of a bill of which none was shown; no bill has it
TABS = (
    Tab("", gettext_lazy("All")),
    *(Tab(view.value, VIEW_LABELS[view], f"view={view.value}") for view in View),
)
USUAL = (
    "number", "customer", "issue_date", "due_date", "total_amount", "open_amount", "status",
    "delivery",
)  # fmt: skip
# What the list, its files and its jobs show or send on; a bill's texts and parties stay unread.
SHOWN = (
    "number",
    "state",
    "source",
    "currency",
    "issue_date",
    "due_date",
    "total_amount",
    "version",
    "po_number",
    "reference",
    "created_at",
    "customer__name",
)


def invoice_list_spec(request: StaffRequest) -> ListSpec:
    """Return the list of bills; also what a bulk action selects from."""
    day = today(request)
    url = url_of(request, "invoices:new")
    new = Action(gettext_lazy("New invoice"), url, "plus", "invoices.edit")
    return ListSpec(
        title=gettext_lazy("Invoices"),
        queryset=with_delivery(for_list()).only(*SHOWN),
        table=InvoiceTable,
        filterset=InvoiceFilter,
        orderings={
            "number": ("number", "pk"),
            "customer": ("customer__name", "pk"),
            "issue_date": ("issue_date", "pk"),
            "due_date": ("due_date", "pk"),
            "total_amount": ("total_amount", "pk"),
            "newest": ("pk",),
        },
        default_ordering="-newest",
        sums={"total_amount": gettext_lazy("Total"), "open_amount": gettext_lazy("Open")},
        sums_of=sums_by_currency,
        export_name="invoices",
        template="invoices/list.html",
        empty=EmptyState(
            title=gettext_lazy("Create the first invoice"),
            text=gettext_lazy(
                "An invoice is written as a draft, approved by a colleague, issued and sent."
            ),
            icon="file-invoice",
            actions=(new, import_action(request, "bills")),
        ),
        actions=(new,),
        bulk_actions=bulk_actions(request),
        today=day,
        usual=USUAL,
        tabs=TABS,
        tab_counts=lambda: counts_of_views(day=day),
        phone=("number", "customer", "due_date", "total_amount", "status"),
        version="version",
    )


def bulk_actions(request: StaffRequest) -> tuple[BulkAction, ...]:
    """Return what may be done to the ticked bills."""
    return (
        BulkAction(
            label=gettext_lazy("Submit for review"),
            url=url_of(request, "invoices:submit_many"),
            icon="eye",
            permission="invoices.edit",
        ),
        BulkAction(
            label=gettext_lazy("Approve"),
            url=url_of(request, "invoices:approve_many"),
            icon="check",
            permission="invoices.approve",
        ),
        BulkAction(
            label=gettext_lazy("Issue"),
            url=url_of(request, "invoices:issue_many"),
            icon="file-check",
            permission="invoices.issue",
            confirm=gettext_lazy("Issue the selected invoices? They cannot be changed afterwards."),
        ),
        BulkAction(
            label=gettext_lazy("Send"),
            url=url_of(request, "invoices:send_many"),
            icon="send",
            permission="invoices.send",
        ),
    )


invoice_list = list_view(
    "invoices", permission="invoices.view", label=gettext_lazy("Invoices"), page="invoices:list"
)(invoice_list_spec)


def _start(request: StaffRequest, kind: str) -> HttpResponse:
    """Start a job on the selected rows, as they were shown, and go to its page."""
    if started := earlier_result(request, ""):
        return _started_before(request, started)
    spec = invoice_list_spec(request)
    chosen = selection(request, spec)
    title, back = str(TITLES[kind]), url_of(request, "invoices:list")
    if answer := question_about(request, spec, chosen, back=back, action=title):
        return answer
    if not first_time(request):
        return _started_before(request, earlier_result(request, url_of(request, "jobs")))
    invoices = list(chosen.queryset.order_by("pk"))
    rows = [(invoice.pk, f"{number_of(invoice)} {invoice.customer.name}") for invoice in invoices]
    job = jobs.start(
        kind=kind,
        title=title,
        rows=rows,
        versions={one.pk: chosen.versions.get(one.pk, UNSEEN) for one in invoices},
        at=timezone.now(),
        actor=request.user,
        params={"back": f"{back}?{request.GET.urlencode()}"},
        filter_text=filter_text(request, spec) if chosen.is_all else "",
    )
    messages.success(
        request,
        ngettext("%(count)s invoice is worked on.", "%(count)s invoices are worked on.", len(rows))
        % {"count": len(rows)},
    )
    url = url_of(request, "job", job.pk)
    remember_result(request, url)
    return redirect(url)


def _started_before(request: StaffRequest, url: str) -> HttpResponse:
    """Go to what the same form started, and say so: its page may have been gone back to."""
    text = gettext("This was sent before, and here it is. To choose anew, load the list again.")
    messages.info(request, text)
    return redirect(url)


@staff_view(permission="invoices.edit")
@require_POST
def submit_many(request: StaffRequest) -> HttpResponse:
    """Submit the ticked bills."""
    return _start(request, "submit_invoices")


@staff_view(permission="invoices.approve")
@require_POST
def approve_many(request: StaffRequest) -> HttpResponse:
    """Approve the ticked bills."""
    return _start(request, "approve_invoices")


@staff_view(permission="invoices.issue")
@require_POST
def issue_ticked(request: StaffRequest) -> HttpResponse:
    """Issue the ticked bills."""
    return _start(request, "issue_invoices")
