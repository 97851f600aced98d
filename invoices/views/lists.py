"""The list of bills, its tabs, and what is done to many at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core import jobs
from core.lists import Action, BulkAction, EmptyState, ListSpec, list_page, selection
from core.once import first_time
from core.views import StaffRequest, staff_view
from invoices.filters import VIEW_LABELS, InvoiceFilter
from invoices.queries.delivery import with_delivery
from invoices.queries.lists import View, counts_of_views, for_list, sums_by_currency
from invoices.tables import InvoiceTable, number_of
from invoices.views.common import today, url_of

MOST_ROWS = 20_000
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
    "customer__name",
)


def invoice_list_spec(request: StaffRequest) -> ListSpec:
    """Return the list of bills; also what a bulk action selects from."""
    day = today(request)
    new = Action(gettext_lazy("New invoice"), url_of(request, "invoices:new"), "plus")
    may_write = request.membership.allows("invoices.edit")
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
            actions=(new,) if may_write else (),
        ),
        actions=(new,) if may_write else (),
        bulk_actions=bulk_actions(request),
        context={"tabs": _tabs(request), "tabs_url": url_of(request, "invoices:tabs")},
        today=day,
        phone=("number", "customer", "due_date", "total_amount", "status"),
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


@staff_view(permission="invoices.view")
@require_GET
def invoice_list(request: StaffRequest) -> HttpResponseBase:
    """Show the bills."""
    return list_page(request, invoice_list_spec(request))


@staff_view(permission="invoices.view")
@require_GET
def invoice_tabs(request: StaffRequest) -> HttpResponse:
    """Show the tabs with their counts; the list loads them beside itself."""
    counts = counts_of_views(day=today(request))
    tabs = [tab | {"count": counts.get(tab["view"])} for tab in _tabs(request)]
    return render(request, "invoices/parts/tabs.html", {"tabs": tabs})


TITLES = {
    "submit_invoices": gettext_lazy("Submit invoices for review"),
    "approve_invoices": gettext_lazy("Approve invoices"),
    "issue_invoices": gettext_lazy("Issue invoices"),
}


def _start(request: StaffRequest, kind: str) -> HttpResponse:
    """Start a job on the selected rows and go to its page."""
    spec = invoice_list_spec(request)
    chosen = selection(request, spec)
    back = f"{url_of(request, 'invoices:list')}?{request.GET.urlencode()}"
    if chosen.is_stale:
        messages.error(request, _("The number of matching invoices has changed. Choose again."))
        return redirect(back)
    if not chosen.count:
        messages.error(request, _("Tick at least one invoice."))
        return redirect(back)
    if chosen.count > MOST_ROWS:
        messages.error(request, _("Choose at most 20,000 invoices at once."))
        return redirect(back)
    if not first_time(request):
        return redirect(url_of(request, "jobs"))
    invoices = list(chosen.queryset.order_by("pk"))
    rows = [(invoice.pk, f"{number_of(invoice)} {invoice.customer.name}") for invoice in invoices]
    job = jobs.start(
        kind=kind,
        title=str(TITLES[kind]),
        rows=rows,
        versions={invoice.pk: invoice.version for invoice in invoices},
        at=timezone.now(),
        actor=request.user,
        filter_text=request.GET.urlencode() if request.POST.get("matching") else "",
    )
    messages.success(
        request,
        ngettext("%(count)s invoice is worked on.", "%(count)s invoices are worked on.", len(rows))
        % {"count": len(rows)},
    )
    return redirect(url_of(request, "job", job.pk))


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


def _tabs(request: StaffRequest) -> list[dict[str, Any]]:
    asked = request.GET.get("view", "")
    url = url_of(request, "invoices:list")
    tabs = [{"view": "", "label": _("All"), "url": url, "is_active": not asked}]
    tabs += [
        {
            "view": view.value,
            "label": VIEW_LABELS[view],
            "url": f"{url}?view={view.value}",
            "is_active": asked == view.value,
        }
        for view in View
    ]
    return tabs
