"""The list of customers, and choosing one while typing."""

from __future__ import annotations

from django.db.models import F
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.import_offer import import_action
from core.lists import Action, BulkAction, EmptyState, ListSpec, Tab, list_view
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers import queries
from customers.enums import CustomerStatus
from customers.filters import CustomerFilter
from customers.models import Customer
from customers.owners import may_assign
from customers.tables import CustomerTable, OneCurrencyTable

MAX_QUERY = 100
USUAL = (
    "name", "code", "balance", "overdue", "oldest_due_date", "others", "credit_limit",
    "credit_used", "last_payment", "status",
)  # fmt: skip
TABS = (
    Tab("all", _("All")),
    Tab("overdue", _("Overdue"), "overdue=on"),
    Tab("over_limit", _("Over credit limit"), "over_limit=on"),
    Tab("on_hold", _("On hold"), "status=ON_HOLD"),
    Tab("no_email", _("No e-mail for invoices"), "no_email=on"),
    Tab("bounced", _("Mail bounced"), "bounced=on"),
)


def customer_list_spec(request: StaffRequest) -> ListSpec:
    """Show the customers with what they owe; archived ones only when they are asked for."""
    day = request.tenant.day_of(timezone.now())
    customers = queries.for_list(day=day)
    if CustomerStatus.ARCHIVED not in request.GET.getlist("status"):
        customers = customers.exclude(status=CustomerStatus.ARCHIVED)
    new = page_url(request.tenant, "customers:new")
    create = Action(_("New customer"), new, "user-plus", "customers.edit")
    actions = (create, import_action(request, "customers"))
    return ListSpec(
        title=_("Customers"),
        queryset=customers,
        table=CustomerTable if _has_other_currencies() else OneCurrencyTable,
        filterset=CustomerFilter,
        orderings={
            "name": ("name", "pk"),
            "code": ("code", "pk"),
            "balance": ("balance", "pk"),
            "overdue": ("overdue", "pk"),
            "oldest_due_date": ("-oldest_due_date", "pk"),
            "credit_limit": ("credit_limit", "pk"),
            "last_payment": ("last_payment", "pk"),
            "owner": ("owner__name", "pk"),
        },
        default_ordering="name",
        sums={"balance": _("Balance"), "overdue": _("Overdue")},
        sums_of=lambda chosen: queries.totals(chosen, day=day),
        sums_of_rows=queries.totals_of_rows,
        export_name="customers",
        empty=EmptyState(
            _("No customers yet"),
            _("Customers are who your invoices go to. Add the first one, or import a file."),
            "users",
            actions,
        ),
        actions=actions,
        template="customers/list.html",
        today=day,
        phone=("name", "balance", "others", "overdue", "status"),
        usual=(*USUAL, "owner") if queries.have_owners() else USUAL,
        tabs=TABS,
        bulk_actions=_bulk_actions(request),
    )


customer_list = list_view(
    "customers", permission="customers.view", label=_("Customers"), page="customers:list"
)(customer_list_spec)


def _bulk_actions(request: StaffRequest) -> tuple[BulkAction, ...]:
    if not may_assign():
        return ()
    return (
        BulkAction(
            label=_("Assign owner"),
            url=page_url(request.tenant, "customers:assign_many"),
            icon="user-check",
            permission="customers.edit",
        ),
    )


@staff_view(permission="customers.view")
def customer_search(request: StaffRequest) -> HttpResponseBase:
    """Return customers to choose from, as JSON for a searchable select."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    return JsonResponse(
        {
            "results": [
                {
                    "value": customer.pk,
                    "text": f"{customer.name} ({customer.code})",
                    "search": f"{text} {customer.short_name} {customer.tax_id}",
                    "id": customer.pk,
                    "name": customer.name,
                    "code": customer.code,
                    "currency": customer.currency,
                    "terms": customer.terms.name if customer.terms else "",
                    "hold": customer.status == CustomerStatus.ON_HOLD,
                }
                for customer in queries.choices(text)
            ]
        }
    )


def _has_other_currencies() -> bool:
    """Test if anything is open in another currency than its customer's."""
    items = queries.open_item_model().objects.open()
    [*open_in] = items.order_by().values_list("currency", flat=True).distinct()[:2]
    if len(open_in) == 1 and not Customer.objects.exclude(currency=open_in[0]).exists():
        return False  # the usual case, without looking at each item's customer
    return bool(items.exclude(currency=F("customer__currency")).exists())
