"""Columns of the customer list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_tables2
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.lists import AmountColumn, ChipColumn, DayColumn, PageLinkColumn, TextColumn
from core.presentation import money_html, plain_amount
from customers.enums import CustomerStatus
from customers.models import Customer

STATUS_CHIPS = {
    CustomerStatus.ACTIVE: "ok",
    CustomerStatus.ON_HOLD: "overdue",
    CustomerStatus.ARCHIVED: "draft",
}


class OtherCurrenciesColumn(django_tables2.Column):
    """The balances in currencies other than the customer's own, each for itself."""

    def render(self, record: Customer) -> SafeString:
        return format_html_join(
            " ",
            '<div class="{}">{}</div>',
            (
                (
                    "text-late" if Decimal(one["overdue"]) else "",
                    money_html(balance, code, code=True),
                )
                for one, code, balance in _others(record)
            ),
        )

    def value(self, record: Customer) -> str:
        return "; ".join(
            f"{code} {plain_amount(amount, code)}" for _, code, amount in _others(record)
        )


class DaysLateColumn(django_tables2.Column):
    """How many days the oldest open item is late."""

    def render(self, value: date, table: Any) -> SafeString:
        return format_html('<span class="num text-late">{}</span>', (table.today - value).days)

    def value(self, value: date, table: Any) -> int:
        return int((table.today - value).days)


class CreditUsedColumn(django_tables2.Column):
    """How much of the credit limit is used, as a bar with its figure."""

    def render(self, record: Customer) -> SafeString | str:
        percent = _percent_used(record)
        if percent is None:
            return ""
        css = "text-late" if percent > 100 else ""  # noqa: PLR2004 - per cent
        return format_html(
            '<meter class="credit-meter" min="0" max="100" high="80" value="{}" aria-hidden="true">'
            '</meter> <span class="num {}">{} %</span>',
            min(max(percent, 0), 100),
            css,
            percent,
        )

    def value(self, record: Customer) -> int | None:
        return _percent_used(record)


class CustomerTable(django_tables2.Table):
    """A customer a row; amounts are in its own currency, the others beside them."""

    name = PageLinkColumn("customers:detail", verbose_name=_("Name"))
    code = TextColumn(verbose_name=_("Code"))
    balance = AmountColumn(verbose_name=_("Balance"), code=True)
    overdue = AmountColumn(verbose_name=_("Overdue"), code=False)
    oldest_due_date = DaysLateColumn(
        verbose_name=_("Days late"), attrs={"td": {"class": "text-end"}}
    )
    others = OtherCurrenciesColumn(
        verbose_name=_("Others"),
        empty_values=(),
        attrs={"td": {"class": "text-end"}},
    )
    credit_limit = AmountColumn(verbose_name=_("Credit limit"), code=False)
    credit_used = CreditUsedColumn(
        verbose_name=_("Credit used"), empty_values=(), attrs={"td": {"class": "text-end"}}
    )
    last_payment = DayColumn(verbose_name=_("Last payment"))
    status = ChipColumn(verbose_name=_("Status"), kind=STATUS_CHIPS)
    owner = TextColumn(verbose_name=pgettext_lazy("customer", "Owner"))

    class Meta:
        model = Customer
        fields = ()


class OneCurrencyTable(CustomerTable):
    """The same where nobody has an account in a second currency."""

    others = None  # type: ignore[assignment] # how django-tables2 takes a column away


def _others(record: Customer) -> list[tuple[dict[str, str], str, Decimal]]:
    return [
        (account, account["currency"], Decimal(account["balance"]))
        for account in record.accounts  # type: ignore[attr-defined]
        if account["currency"] != record.currency
    ]


def _percent_used(record: Customer) -> int | None:
    if not record.credit_limit:
        return None
    share = record.balance / record.credit_limit  # type: ignore[attr-defined]
    return int((share * 100).to_integral_value())
