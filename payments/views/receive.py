"""Receiving money: one page from the customer to what it settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from core import once
from core.http import unprocessable
from core.models import BankAccount
from core.money import ZERO
from core.presentation import shown_amount, typed_amount
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers.enums import PaymentMethod
from customers.models import Customer
from ledger.models import OpenItem
from ledger.operations import PeriodClosed
from payments import operations
from payments.forms import ReceiptForm, chosen_customer
from payments.models import Receipt
from payments.queries import read_id
from payments.views.apply import ACTIONS, REFRESH, ApplyPart, apply_part
from payments.views.common import REFUSALS, sentence_for, today

TEMPLATE = "payments/new.html"
SAVE, SAVE_AND_NEXT = "save", "next"
MOST_NAMED = 100  # items an address may name


@dataclass(slots=True)
class Page:
    """The receipt as it stands on the page, and what it is applied to once that is known."""

    form: ReceiptForm
    customer: Customer | None
    apply: ApplyPart | None
    day: date

    @property
    def may_be_saved(self) -> bool:
        """Test if everything typed can be carried out, and was seen before."""
        applies = self.apply is None or not (self.apply.has_errors or self.apply.is_unseen)
        return self.form.is_valid() and applies

    def context(self) -> dict[str, Any]:
        """Return what the template shows."""
        return {
            "form": self.form,
            "customer": self.customer,
            "apply": self.apply,
            "today": self.day,
        }


@staff_view(permission="payments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_new(request: StaffRequest) -> HttpResponseBase:
    """
    Ask for a receipt and what it settles, and record it.

    GET takes ``customer``, or ``item``: the id of a debt, or of several of one customer and
    currency, to start from. POST takes ``action``: one of ``ACTIONS`` shows the page again with
    another proposal, ``save`` and ``next`` record.
    """
    day = today(request)
    if request.method != "POST":
        return render(request, TEMPLATE, _opened(request, day).context())
    action = request.POST.get("action", SAVE)
    page = _sent(request, day, action)
    if action in ACTIONS:
        page.form.forgive_what_is_empty()
        if page.form.errors:
            return unprocessable(request, TEMPLATE, page.context())
        return render(request, TEMPLATE, page.context())
    if not page.may_be_saved:
        return unprocessable(request, TEMPLATE, page.context())
    return _save(request, day, page, is_next=action == SAVE_AND_NEXT)


def _save(request: StaffRequest, day: date, page: Page, *, is_next: bool) -> HttpResponseBase:
    new_url = page_url(request.tenant, "payments:new")
    try:
        with transaction.atomic():
            if not once.first_time(request):
                return redirect(once.earlier_result(request, new_url))
            receipt = operations.receive(
                draft=page.form.draft(),
                allocations=page.apply.form.amounts() if page.apply else {},
                at=timezone.now(),
                actor=request.user,
            )
            url = page_url(request.tenant, "payments:detail", receipt.pk)
            once.remember_result(request, url)
    except REFUSALS as refused:
        page = _sent(request, day, SAVE)
        page.form.add_error(
            "received_on" if isinstance(refused, PeriodClosed) else None, sentence_for(refused)
        )
        return unprocessable(request, TEMPLATE, page.context())
    messages.success(request, _done(receipt))
    return redirect(_next_url(request, receipt) if is_next else url)


def _opened(request: StaffRequest, day: date) -> Page:
    """Return the page as it is first opened."""
    asked = request.GET
    debts = _debts(asked.getlist("item"))
    customer = chosen_customer({"customer": asked.get("customer")})[0]
    if debts and customer is None:
        customer = debts[0].customer
    debts = [
        item
        for item in debts
        if customer and (item.customer_id, item.currency) == (customer.pk, debts[0].currency)
    ]
    amount = sum((item.open_amount for item in debts), ZERO) if debts else None
    initial: dict[str, Any] = {
        "customer": customer and customer.pk,
        "received_on": _kept_day(asked.get("received_on"), day),
        "method": _kept_method(asked.get("method"), customer),
    }
    if amount is not None:
        currency = debts[0].currency
        initial |= {"currency": currency, "amount": typed_amount(amount, currency)}
    form = ReceiptForm(initial=initial, tenant=request.tenant, day=day, customer=customer)
    form.initial["bank_account"] = _usual_account(form, asked.get("bank_account"))
    apply = customer and apply_part(
        request.tenant,
        customer_id=customer.pk,
        currency=form.in_currency,
        amount=amount,
        data={},
        action=REFRESH,
        preset={item.pk: item.open_amount for item in debts} or None,
    )
    return Page(form, customer, apply or None, day)


def _sent(request: StaffRequest, day: date, action: str) -> Page:
    """Return the page as it was sent, with the proposal that was asked for."""
    customer, is_unknown = chosen_customer(request.POST)
    data = request.POST.copy()
    if customer is not None:
        data["customer"], data["customer_code"] = str(customer.pk), ""
    form = ReceiptForm(
        data, tenant=request.tenant, day=day, customer=customer, is_unknown=is_unknown
    )
    if action in ACTIONS:
        account = read_id(data.get("bank_account"))
        if account is None or not form.accounts.filter(pk=account).exists():
            usual = _usual_account(form, None)
            data["bank_account"] = str(usual.pk) if usual else ""
    form.is_valid()
    apply = customer and apply_part(
        request.tenant,
        customer_id=customer.pk,
        currency=form.in_currency,
        amount=form.cleaned_data.get("amount"),
        data=data,
        action=action,
    )
    return Page(form, customer, apply or None, day)


def _debts(texts: Sequence[str]) -> list[OpenItem]:
    """Return the open debts an address names, the earliest due first; what is none is left out."""
    named = {pk for text in texts[:MOST_NAMED] if (pk := read_id(text)) is not None}
    if not named:
        return []
    debts = OpenItem.objects.open().debts().select_related("customer")
    return list(debts.filter(pk__in=named).order_by("due_date", "pk"))


def _kept_day(text: str | None, day: date) -> date:
    try:
        kept = date.fromisoformat(text or "")
    except ValueError:
        return day
    return min(kept, day)


def _kept_method(text: str | None, customer: Customer | None) -> str:
    if text in PaymentMethod.values:
        return str(text)
    return customer.payment_method if customer else PaymentMethod.TRANSFER


def _usual_account(form: ReceiptForm, asked: object) -> BankAccount | None:
    """Return the account that was asked for, or the only one of the currency."""
    accounts = list(form.accounts[:20])
    chosen = [account for account in accounts if account.pk == read_id(asked)]
    if chosen:
        return chosen[0]
    return accounts[0] if len(accounts) == 1 else None


def _next_url(request: StaffRequest, receipt: Receipt) -> str:
    """Return the page for the next receipt of the same day, method and account."""
    kept = {
        "received_on": receipt.received_on.isoformat(),
        "method": receipt.method,
        "bank_account": receipt.bank_account_id or "",
    }
    return page_url(request.tenant, "payments:new", query=kept)


def _done(receipt: Receipt) -> str:
    left = -OpenItem.objects.get(pk=receipt.item_id).open_amount
    words = {
        "number": receipt.number,
        "amount": f"{receipt.currency} {shown_amount(receipt.amount, receipt.currency)}",
        "left": f"{receipt.currency} {shown_amount(left, receipt.currency)}",
    }
    if left:
        return gettext("Receipt %(number)s of %(amount)s was recorded; %(left)s is unused.") % words
    return gettext("Receipt %(number)s of %(amount)s was recorded and used up.") % words
