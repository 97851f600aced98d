"""A customer's account on a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.exports import CSV_TYPE, csv_lines
from core.forms import DayField, HouseForm
from core.money import q
from core.views import StaffRequest, staff_view
from customers.models import Customer
from customers.timeline import item_url
from ledger.enums import JournalKind
from ledger.queries.account import AccountView, account, account_currencies

SIZE = 60  # postings of one page; the latest has what is left over as well


class AccountForm(HouseForm):
    """Which account, from when to when; ``last`` is the day it is shown as of."""

    currency = forms.ChoiceField(label=_("Currency"), required=False)
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("As of"), required=False)

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["currency"])
        field.choices = [(code, code) for code in currencies]

    def clean_last(self) -> date | None:
        first: date | None = self.cleaned_data.get("first")
        last: date | None = self.cleaned_data["last"]
        if first and last and last < first:
            raise ValidationError(_("The last day is before the first."))
        return last


@staff_view(permission="customers.view")
def customer_account(request: StaffRequest, pk: int) -> HttpResponseBase:
    """
    Show every posted document of a customer with the balance after it; ``export=csv``.

    A long account has pages, from the earliest to the latest, which is shown unless ``page`` asks
    for another.
    """
    customer = get_object_or_404(Customer, pk=pk)
    today = request.tenant.day_of(timezone.now())
    currencies = account_currencies(customer.pk)
    if customer.currency in currencies or not currencies:
        currencies = [customer.currency, *(c for c in currencies if c != customer.currency)]
    form = AccountForm(request.GET, currencies=currencies)
    asked = form.cleaned_data if form.is_valid() else {}
    shown = account(
        customer.pk,
        asked.get("currency") or currencies[0],
        asked.get("first"),
        asked.get("last") or today,
    )
    if request.GET.get("export") == "csv" and form.is_valid():
        response = HttpResponse("".join(_csv(shown)), content_type=CSV_TYPE)
        response["Content-Disposition"] = 'attachment; filename="account.csv"'
        return response
    pages = Paginator(shown.movements, SIZE, orphans=SIZE - 1)
    page = pages.get_page(request.GET.get("page", pages.num_pages))
    context = {
        "customer": customer,
        "form": form,
        "account": shown,
        "page": page,
        "carried": page.object_list[0].balance - page.object_list[0].amount if page else None,
        "movements": [
            {
                "movement": movement,
                "kind": JournalKind(movement.kind).label,
                "url": item_url(request.tenant, movement.item_kind, movement.item_id),
            }
            for movement in page
        ],
        "first": asked.get("first"),
        "last": asked.get("last") or today,
        "csv_query": _query(request, export="csv"),
        "earlier": _query(request, page=page.number - 1),
        "later": _query(request, page=page.number + 1),
    }
    return render(request, "customers/account.html", context)


def _query(request: StaffRequest, **changed: object) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changed.items():
        query[name] = str(value)
    return query.urlencode()


def _csv(shown: AccountView) -> Iterator[str]:
    header = [
        gettext("Date"),
        gettext("Kind"),
        gettext("Document"),
        gettext("Reason"),
        gettext("Amount"),
        gettext("Balance"),
        gettext("Currency"),
    ]
    rows: list[list[Any]] = [
        [
            "",
            gettext("Opening balance"),
            "",
            "",
            None,
            q(shown.opening, shown.currency),
            shown.currency,
        ],
        *(
            [
                one.effective_date,
                str(JournalKind(one.kind).label),
                one.reference,
                one.reason,
                q(one.amount, shown.currency),
                q(one.balance, shown.currency),
                shown.currency,
            ]
            for one in shown.movements
        ),
        [
            "",
            gettext("Closing balance"),
            "",
            "",
            None,
            q(shown.closing, shown.currency),
            shown.currency,
        ],
    ]
    return csv_lines(header, rows)
