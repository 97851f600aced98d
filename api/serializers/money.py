"""Receipts, allocations, open items and the aging, as the API writes and reads them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import ids
from api.fields import AmountGiven, Choice, Day, Id, Moment, MoneyOf, Strict, Text
from core.models import BankAccount
from customers.enums import PaymentMethod
from customers.models import Customer
from ledger.enums import ItemKind
from ledger.models import OpenItem
from payments.enums import ReceiptState
from payments.models import Receipt
from payments.queries import Use
from reports.enums import Bucket

MOST_ALLOCATIONS = 200


class ShareGiven(Strict):
    """An amount of a receipt for one open item."""

    item = Id(ids.ITEM)
    amount = AmountGiven()


class ReceiptGiven(Strict):
    """Money that came in, and what it settles; what is left stays as unused credit."""

    customer = Id(ids.CUSTOMER, Customer.objects.all)
    received_on = Day()
    amount = AmountGiven()
    method = Choice(choices=PaymentMethod.choices, required=False)
    bank_account = Id(ids.BANK_ACCOUNT, BankAccount.objects.all, required=False, allow_null=True)
    payer_name = Text(required=False, max_length=200)
    reference = Text(required=False, max_length=140)
    note = Text(required=False, max_length=1000, lines=True)
    external_key = Text(required=False, max_length=80)
    allocations = ShareGiven(many=True, required=False, max_length=MOST_ALLOCATIONS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        shares = attrs.get("allocations", [])
        require_debts(
            [(one["item"], f"allocations.{index}.item") for index, one in enumerate(shares)]
        )
        for index, one in enumerate(shares):
            if one["amount"].currency != attrs["amount"].currency:
                text = _("The receipt is in another currency.")
                raise _nested(f"allocations.{index}.amount.currency", text)
        return attrs


class AllocationGiven(Strict):
    """Unused money of a receipt for one open item."""

    receipt = Id(ids.RECEIPT, Receipt.objects.all)
    item = Id(ids.ITEM)
    amount = AmountGiven()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        require_debts([(attrs["item"], "item")])
        if attrs["amount"].currency != attrs["receipt"].currency:
            raise _nested("amount.currency", _("The receipt is in another currency."))
        return attrs


def require_debts(named: list[tuple[int, str]]) -> None:
    """
    Refuse items that the company does not have, or that come twice; one statement.

    :raises ValidationError: at the first that cannot be
    """
    wanted = [pk for pk, _path in named]
    known = set(OpenItem.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for index, (pk, path) in enumerate(named):
        if pk not in known:
            raise _nested(path, _("There is nothing with this id."))
        if pk in wanted[:index]:
            raise _nested(path, _("This comes more than once."))


def _nested(path: str, text: Any) -> ValidationError:
    detail: Any = [text]
    for name in reversed(path.split(".")):
        detail = {name: detail}
    return ValidationError(detail)


class ReceiptShown(serializers.Serializer):
    """A receipt and what is left of it; ``item`` is its credit among the open items."""

    id = Id(ids.RECEIPT)
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ReceiptState.choices)
    use = serializers.ChoiceField(choices=Use.choices)
    customer = Id(ids.CUSTOMER, source="customer_id")
    received_on = Day()
    amount = MoneyOf("amount")
    allocated = MoneyOf("allocated")
    unused = MoneyOf("unused")
    method = serializers.ChoiceField(choices=PaymentMethod.choices)
    bank_account = Id(ids.BANK_ACCOUNT, source="bank_account_id", allow_null=True)
    payer_name = serializers.CharField()
    reference = serializers.CharField()
    note = serializers.CharField()
    item = Id(ids.ITEM, source="item_id")
    reversal_reason = serializers.CharField()
    external_key = serializers.CharField()
    created_at = Moment()


class AllocationShown(serializers.Serializer):
    """An amount of a receipt that settles an open item; ``undone_on`` once it was taken back."""

    id = Id(ids.ALLOCATION)
    receipt = Id(ids.RECEIPT, source="credit_item.receipt.pk")
    item = Id(ids.ITEM, source="debit_item_id")
    amount = MoneyOf("amount", currency="credit_item.currency")
    effective_date = Day()
    undone_on = Day(allow_null=True)
    recorded_at = Moment()


class OpenItemShown(serializers.Serializer):
    """One thing that is owed; negative, money received or credited and not used."""

    id = Id(ids.ITEM)
    kind = serializers.ChoiceField(choices=ItemKind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    customer = Id(ids.CUSTOMER, source="customer_id")
    amount = MoneyOf("amount")
    open = MoneyOf("open_amount")
    issue_date = Day()
    due_date = Day()
    closed_on = Day(allow_null=True)


class BankAccountShown(serializers.Serializer):
    """One of the company's own accounts, which receipts name."""

    id = Id(ids.BANK_ACCOUNT)
    currency = serializers.CharField()
    holder = serializers.CharField()
    bank = serializers.CharField()
    number = serializers.CharField()
    is_active = serializers.BooleanField()


class AgingTotalShown(serializers.Serializer):
    """What is owed in one currency, by age; unapplied is what was received and not used."""

    currency = serializers.CharField()
    not_due = MoneyOf(Bucket.NOT_DUE.value)
    d1_30 = MoneyOf(Bucket.DAYS_1_30.value)
    d31_60 = MoneyOf(Bucket.DAYS_31_60.value)
    d61_90 = MoneyOf(Bucket.DAYS_61_90.value)
    d91_plus = MoneyOf(Bucket.DAYS_91_PLUS.value)
    unapplied = MoneyOf(Bucket.UNAPPLIED.value)
    total = MoneyOf("total")


class AgingRowShown(AgingTotalShown):
    """One customer, or one document, in one currency."""

    customer = Id(ids.CUSTOMER, source="customer_id")
    customer_code = serializers.CharField()
    customer_name = serializers.CharField(source="customer")
    item = Id(ids.ITEM, source="item_id", allow_null=True)
    number = serializers.CharField()
    issue_date = Day(source="bill_date", allow_null=True)
    due_date = Day(allow_null=True)


class AgingShown(serializers.Serializer):
    """The aging that was asked for: the sums per currency and one page of its rows."""

    as_of = Day()
    known = Moment(allow_null=True)
    basis = serializers.CharField()
    by = serializers.CharField()
    totals = AgingTotalShown(many=True)
    rows = AgingRowShown(many=True)
    next = serializers.CharField(allow_null=True)
