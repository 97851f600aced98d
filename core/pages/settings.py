"""Settings: what the company says of itself, its bank accounts, numbers and exchange rates."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2
from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core.countries import country_name
from core.http import unprocessable
from core.lists import (
    Action,
    DayColumn,
    DayRangeFilter,
    EmptyState,
    HouseFilterSet,
    ListSpec,
    TextColumn,
    list_view,
)
from core.models import BankAccount, ExchangeRate, NumberFormat, NumberSeries, Tenant
from core.models.numbering import NumberKind
from core.notices import tell_admins_of_account
from core.numbering import DEFAULT_PATTERNS, BadPattern, checked_pattern
from core.operations import (
    BankAccountTaken,
    RateRefused,
    save_bank_account,
    save_number_formats,
    set_rate,
    update_company,
)
from core.operations.second_person import ask_second_person
from core.pages.forms import BankAccountForm, NumberFormatsForm, ProfileForm, RateForm
from core.presentation import number_html
from core.seen import Seen, hold, hold_company, refused
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

FORM_TEMPLATE = "core/settings_form.html"


@staff_view(permission="settings.view")
@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """Show what the company says of itself, and what is still missing."""
    accounts = BankAccount.objects.filter(is_active=True)
    context = {
        "section": "company",
        "country": country_name(request.tenant.country),
        "language": dict(settings.LANGUAGES).get(request.tenant.language),
        "missing": _missing(request.tenant, accounts),
    }
    return render(request, "core/settings.html", context)


def _missing(tenant: Tenant, accounts: QuerySet[BankAccount]) -> list[tuple[Any, str]]:
    """Return what documents still lack, each with the page where it is given."""
    found = []
    facts = (
        (tenant.address, _("Your address is printed on every document.")),
        (tenant.tax_id, _("Your tax id is printed on every document.")),
        (tenant.email, _("Customers need an address to answer to.")),
    )
    found = [(text, page_url(tenant, "company_profile")) for value, text in facts if not value]
    if not accounts.filter(currency=tenant.currency).exists():
        text = _("Add the bank account your customers shall pay into.")
        found.append((text, page_url(tenant, "bank_accounts")))
    return found


@staff_view(permission="settings.edit")
def company_profile(request: StaffRequest) -> HttpResponse:
    """Change what the company says of itself."""
    at = timezone.now()
    hold_company(request)
    # A row of its own: a refused form must not rename the company in the page's head.
    company = Tenant.objects.get(pk=request.tenant.pk)
    form = ProfileForm(request.POST or None, instance=company)
    seen = Seen(request, form, company, at=at, events=["company.changed"])
    context = {
        "form": form,
        "seen": seen,
        "title": _("Company profile"),
        "section": "company",
        "cancel_url": page_url(request.tenant, "settings"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if not (form.is_valid() and seen.is_current()):
        return refused(request, FORM_TEMPLATE, context)
    update_company(tenant=request.tenant, values=form.cleaned_data, at=at, actor=request.user)
    return _saved(request, "settings")


@staff_view(permission="settings.edit")
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def second_person(request: StaffRequest) -> HttpResponse:
    """Have a second person approve, or let authors do it; only a plain "no" lets them."""
    ask_second_person(
        tenant=request.tenant,
        is_needed=request.POST.get("needed") != "no",
        at=timezone.now(),
        actor=request.user,
    )
    return _saved(request, "settings")


class RateTable(django_tables2.Table):
    """Exchange rates, the newest first."""

    day = DayColumn()
    currency = TextColumn()
    rate = TextColumn(attrs={"td": {"class": "num"}})

    class Meta:
        model = ExchangeRate
        fields = ("day", "currency", "rate")

    def render_rate(self, value: Any) -> Any:
        return number_html(value)

    def value_rate(self, value: Any) -> Any:
        return value.normalize()


class RateFilter(HouseFilterSet):
    """By currency and days."""

    currency = django_filters.CharFilter(label=_("Currency"), lookup_expr="iexact", max_length=3)
    day = DayRangeFilter(label=pgettext_lazy("exchange", "From"))

    class Meta(HouseFilterSet.Meta):
        model = ExchangeRate
        fields = ("currency", "day")


@list_view("rates", permission="settings.view", label=_("Exchange rates"), page="exchange_rates")
def exchange_rates(request: StaffRequest) -> ListSpec:
    """List the rates that were entered."""
    url = page_url(request.tenant, "exchange_rate_new")
    actions = (Action(_("Add a rate"), url, "plus", "settings.edit"),)
    return ListSpec(
        title=_("Exchange rates"),
        queryset=ExchangeRate.objects.all(),
        table=RateTable,
        filterset=RateFilter,
        orderings={"day": ("day", "pk"), "currency": ("currency", "day", "pk")},
        default_ordering="-day",
        export_name="exchange-rates",
        template="core/settings_list.html",
        context={"section": "rates"},
        actions=actions,
        empty=EmptyState(
            _("No exchange rate yet"),
            _("With a rate, invoices in other currencies are also counted in yours."),
            "currency",
            actions,
        ),
    )


@staff_view(permission="settings.edit")
def exchange_rate_new(request: StaffRequest) -> HttpResponse:
    """Add a rate, or replace the one of the same day."""
    at = timezone.now()
    form = RateForm(
        request.POST or None,
        base_currency=request.tenant.currency,
        initial={"day": request.tenant.day_of(at)},
    )
    context = {
        "form": form,
        "title": _("Add a rate"),
        "section": "rates",
        "cancel_url": page_url(request.tenant, "exchange_rates"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid():
        try:
            set_rate(tenant=request.tenant, **form.cleaned_data, at=at, actor=request.user)
        except RateRefused as wrong:
            form.add_error(wrong.field, str(wrong.message))
        else:
            return _saved(request, "exchange_rates")
    return unprocessable(request, FORM_TEMPLATE, context)


@staff_view(permission="settings.view")
@require_safe
def bank_accounts(request: StaffRequest) -> HttpResponse:
    """List the company's own accounts, those in use first; of a changed one, from when."""
    at = timezone.now()
    accounts = BankAccount.objects.order_by("-is_active", "currency", "pk")
    context = {"accounts": [(one, one.waits(at)) for one in accounts], "section": "bank"}
    return render(request, "core/bank_accounts.html", context)


@staff_view(permission="settings.edit")
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_account_new(request: StaffRequest) -> HttpResponse:
    """Add an account."""
    return _bank_account_form(request, None)


@staff_view(permission="settings.edit")
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_account(request: StaffRequest, pk: int) -> HttpResponse:
    """Change an account, or take it out of use."""
    rows = hold(request, BankAccount.objects.all())
    return _bank_account_form(request, get_object_or_404(rows, pk=pk))


def _bank_account_form(request: StaffRequest, account: BankAccount | None) -> HttpResponse:
    tenant, at = request.tenant, timezone.now()
    initial = {} if account else {"currency": tenant.currency, "holder": tenant.name}
    form = BankAccountForm(request.POST or None, instance=account, initial=initial)
    seen = Seen(request, form, account, at=at) if account else None
    context = {
        "form": form,
        "seen": seen,
        "title": _("Bank account") if account else _("New bank account"),
        "section": "bank",
        "cancel_url": page_url(tenant, "bank_accounts"),
    }
    if request.method != "POST":
        return render(request, FORM_TEMPLATE, context)
    if form.is_valid() and (seen is None or seen.is_current()):
        try:
            saved = save_bank_account(
                account=account, values=form.cleaned_data, at=at, actor=request.user
            )
        except BankAccountTaken as taken:
            form.add_error(taken.field, taken.message)
        else:
            if form.has_changed():
                tell_admins_of_account(tenant=tenant, account=saved, at=at, actor=request.user)
            return _saved(request, "bank_accounts")
    return refused(request, FORM_TEMPLATE, context)


@staff_view(permission="settings.edit")
def number_formats(request: StaffRequest) -> HttpResponse:
    """Change how documents are numbered; the next number of each kind is shown."""
    at = timezone.now()
    hold_company(request)
    patterns = DEFAULT_PATTERNS | dict(NumberFormat.objects.values_list("kind", "pattern"))
    form = NumberFormatsForm(request.POST or None, initial=patterns)
    seen = Seen(request, form, request.tenant, at=at, events=["numbers.changed"])
    context: dict[str, Any] = {"form": form, "seen": seen, "section": "numbers"}
    if request.method == "POST" and form.is_valid() and seen.is_current():
        save_number_formats(
            tenant=request.tenant, patterns=form.cleaned_data, at=at, actor=request.user
        )
        return _saved(request, "number_formats")
    context["rows"] = _next_numbers(form, request.tenant.day_of(at).year)
    if request.method == "POST":
        return refused(request, "core/number_formats.html", context)
    return render(request, "core/number_formats.html", context)


def _next_numbers(form: NumberFormatsForm, year: int) -> list[tuple[forms.BoundField, str]]:
    """Return each field with the number its kind's next document would get."""
    counts = dict(NumberSeries.objects.filter(year=year).values_list("kind", "next_number"))
    rows = []
    for kind in NumberKind:
        field = form[kind.value]
        try:
            pattern = checked_pattern(str(field.value() or ""))
        except BadPattern:
            rows.append((field, ""))
        else:
            rows.append((field, pattern.format(year=year, number=counts.get(kind.value, 1))))
    return rows


def _saved(request: StaffRequest, page: str) -> HttpResponseRedirect:
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(page_url(request.tenant, page))
