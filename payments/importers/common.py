"""What the files of bills and of receipts have in common."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.companies import active_tenant
from core.imports import Column, Holds, NotUndone, Row
from core.models import User
from ledger.models import Period
from ledger.operations import PeriodClosed
from payments.models import Receipt
from payments.operations import ReceiptInUse, take_back_receipt

CUSTOMER_CODE = Column(
    "customer_code",
    ("customer code", "customer", "customer no", "客户编码", "客户代码", "客户编号"),
    required=True,
    example=("C-1001", "C-1001"),
)
AMOUNT = Column(
    "amount",
    ("total", "total amount", "金额", "总金额", "价税合计"),
    required=True,
    holds=Holds.AMOUNT,
    example=("1130.00", "1130.00"),
)
CURRENCY = Column(
    "currency",
    ("币种", "币别"),
    holds=Holds.CURRENCY,
    note=gettext_lazy("Empty: the company's own."),
)


def today_of(at: datetime) -> date:
    """Return the company's day of the instant."""
    return active_tenant().day_of(at)


class WithCurrency:
    """An importer that asks for the company's base currency once in its run."""

    @cached_property
    def base_currency(self) -> str:
        """The code of the company's base currency."""
        return active_tenant().currency


class ClosedDays:
    """The closed accounting periods, read once."""

    def __init__(self) -> None:
        self._spans = list(
            Period.objects.filter(is_closed=True).values_list("first_day", "last_day")
        )

    def refuse(self, row: Row, column: str, *days: date) -> None:
        """
        Refuse the cell if something would be posted on a closed day.

        :raises RowError: if one of the days lies in a closed period
        """
        if any(first <= day <= last for day in days for first, last in self._spans):
            raise row.error(column, _("lies in a closed accounting period"))


def take_back(receipt: Receipt, *, reason: str, at: datetime, actor: User | None) -> None:
    """
    Take back a receipt that an import brought.

    :raises NotUndone: if it was used since, or one of its days is closed by now
    """
    try:
        take_back_receipt(receipt=receipt, reason=reason, at=at, actor=actor)
    except ReceiptInUse as used:
        raise NotUndone(
            _("Money of receipt %(number)s was used since. Reverse it there, with a reason.")
            % {"number": receipt.number}
        ) from used
    except PeriodClosed as closed:
        raise NotUndone(_("The accounting period of this day is closed.")) from closed
