"""The list of receipts."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.import_offer import import_action
from core.lists import Action, EmptyState, ListSpec, list_view
from core.urls_in import page_url
from core.views import StaffRequest
from payments import queries
from payments.filters import ReceiptFilter
from payments.models import Receipt
from payments.tables import ReceiptTable


@list_view("receipts", permission="payments.view", label=_("Receipts"), page="payments:list")
def receipt_list(request: StaffRequest) -> ListSpec:
    """Show what came in, the newest first, and what is left of it."""
    new = page_url(request.tenant, "payments:new")
    receive = Action(_("Receive payment"), new, "cash", "payments.edit")
    return ListSpec(
        title=_("Receipts"),
        queryset=queries.for_list(),
        counted=Receipt.objects.all(),
        table=ReceiptTable,
        filterset=ReceiptFilter,
        orderings={
            "number": ("number", "pk"),
            "received_on": ("received_on", "pk"),
            "customer": ("customer__name", "pk"),
            "amount": ("amount", "pk"),
            "allocated": ("allocated", "pk"),
            "unused": ("unused", "pk"),
        },
        default_ordering="-received_on",
        sums={"amount": _("Amount"), "unused": _("Unused")},
        sums_of=queries.sums_by_currency,
        export_name="receipts",
        template="payments/list.html",
        empty=EmptyState(
            _("No receipts yet"),
            _("Money that customers paid is recorded here and settles their invoices."),
            "cash",
            (receive, import_action(request, "receipts")),
        ),
        actions=(receive,),
        today=request.tenant.day_of(timezone.now()),
        phone=("number", "received_on", "customer", "amount", "unused", "use"),
    )
