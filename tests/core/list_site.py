"""A site with one list more: customers, with their credit limits as amounts."""

from typing import Any

import django_filters
import django_tables2
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import path

from billing_site import urls as site
from core.lists import (
    Action,
    AmountColumn,
    AmountRangeFilter,
    BulkAction,
    ChipColumn,
    DayRangeFilter,
    DueColumn,
    EmptyState,
    HouseFilterSet,
    ListSpec,
    MomentColumn,
    PageLinkColumn,
    list_view,
    selection,
)
from core.views import staff_view
from customers.models import Customer


class CustomerTable(django_tables2.Table):
    code = PageLinkColumn("demo_row")
    name = django_tables2.Column()
    status = ChipColumn(kind={"ACTIVE": "ok", "BLOCKED": "overdue"})
    paused = DueColumn(accessor="reminders_paused_until", verbose_name="Paused until")
    terms = django_tables2.Column(accessor="terms__name", verbose_name="Terms")
    credit_limit = AmountColumn(verbose_name="Credit limit")
    created_at = MomentColumn(verbose_name="Since")

    class Meta:
        row_attrs = {"class": lambda record: "is-demo" if record.name == "Marked" else ""}


class CustomerFilter(HouseFilterSet):
    currency = django_filters.CharFilter(label="Currency", max_length=3)
    status = django_filters.ChoiceFilter(choices=[("ACTIVE", "Active"), ("BLOCKED", "Blocked")])
    credit_limit = AmountRangeFilter(label="Credit limit")
    reminders_paused_until = DayRangeFilter(label="Paused until")
    po_required = django_filters.BooleanFilter(label="Needs a number")
    pk = django_filters.ModelChoiceFilter(
        label="Row", queryset=lambda _request: Customer.objects.all(), widget=forms.TextInput
    )

    def search(self, queryset: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        return queryset.filter(Q(name__icontains=value) | Q(code__istartswith=value))


def spec_of(request: Any) -> ListSpec:
    return ListSpec(
        title="Customers",
        queryset=Customer.objects.select_related("terms"),
        table=CustomerTable,
        filterset=CustomerFilter,
        orderings={
            "code": ("code", "pk"),
            "name": ("name", "code", "pk"),
            "paused": ("reminders_paused_until", "-name", "pk"),
            "terms": ("terms__name", "pk"),
            "credit_limit": ("credit_limit", "pk"),
            "created_at": ("-created_at",),
        },
        default_ordering="code",
        sums={"credit_limit": "Credit"},
        export_name="customers",
        actions=(Action("New customer", "/new/", "plus"),),
        bulk_actions=(
            BulkAction("Pause", f"/t/{request.tenant.slug}/demo/bulk/", "bell-off"),
            BulkAction("Approve", "/x/", permission="invoices.approve"),
        ),
        empty=EmptyState(
            "Nobody yet", "Here is who owes you.", "users", (Action("New customer", "/new/"),)
        ),
        phone=("code", "name", "status", "credit_limit"),
        today=request.tenant.day_of(request.tenant.created_at),
    )


demo = list_view("demo", permission="customers.view", label="Demo", page="demo")(spec_of)


@staff_view(permission="customers.view")
def bulk(request: Any) -> HttpResponse:
    chosen = selection(request, spec_of(request))
    codes = ",".join(chosen.queryset.order_by("code").values_list("code", flat=True))
    return HttpResponse(f"{chosen.count} {chosen.is_stale} {codes}")


@staff_view(permission="customers.view")
def row(request: Any, pk: int) -> HttpResponse:
    return HttpResponse(str(pk))


urlpatterns = [
    path("t/<slug:tenant_slug>/demo/", demo, name="demo"),
    path("t/<slug:tenant_slug>/demo/bulk/", bulk, name="demo_bulk"),
    path("t/<slug:tenant_slug>/demo/<int:pk>/", row, name="demo_row"),
    *site.urlpatterns,
]
