"""Receipts, allocations, open items, bank accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import expansions, ids
from api.expansions import allocations
from api.filtering import Filters, currency, day, flag, id_of, one_of, read
from api.problems import at_field
from api.serializers.invoices import ReasonGiven
from api.serializers.money import (
    AllocationGiven,
    AllocationShown,
    BankAccountShown,
    OpenItemShown,
    ReceiptGiven,
    ReceiptShown,
)
from api.views.base import ApiView, does
from core.models import BankAccount
from ledger.enums import ItemKind
from ledger.models import OpenItem
from payments import operations, queries
from payments.filters import ReceiptFilter
from payments.models import Receipt
from payments.operations import ReceiptDraft

FILTERS = Filters(ReceiptFilter)
CUSTOMER, ITEM = id_of("customer", ids.CUSTOMER), id_of("item", ids.ITEM)
EXPANDS = (expansions.CUSTOMER, expansions.ALLOCATIONS)
RECEIPT = id_of("receipt", ids.RECEIPT)
OPEN, OVERDUE, KIND = flag("open"), flag("overdue"), one_of("kind", ItemKind.values)
CURRENCY, DUE_AFTER, DUE_BEFORE = currency(), day("due_after"), day("due_before")
RECEIPT_FIELDS = ("method", "bank_account", "payer_name", "reference", "note", "external_key")


class ReceiptView(ApiView):
    """What the views of receipts share."""

    tag, prefix = "receipts", ids.RECEIPT

    def told(self, pk: int, **kwargs: Any) -> Response:
        return self.shown(queries.for_list().get(pk=pk), ReceiptShown, **kwargs)


class Receipts(ReceiptView):
    @does(
        "receipts_list", "List receipts", scope="payments:read", returns=ReceiptShown,
        is_list=True, filters=FILTERS, expands=EXPANDS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(queries.for_list(), ReceiptShown, FILTERS)

    @does(
        "receipts_create", "Record money that came in, and what it settles",
        scope="payments:write", takes=ReceiptGiven, returns=ReceiptShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        given = self.body
        if given["received_on"] > self.day:
            raise at_field("/received_on", _("Money cannot have come in after today."))
        draft = ReceiptDraft(
            customer_id=given["customer"].pk,
            received_on=given["received_on"],
            currency=given["amount"].currency,
            amount=given["amount"].amount,
            **{name: given[name] for name in RECEIPT_FIELDS if name in given},
        )
        receipt = operations.receive(
            draft=draft,
            allocations={one["item"]: one["amount"].amount for one in given.get("allocations", [])},
            at=self.at,
            actor=self.actor,
        )
        where = reverse("api:receipt", args=[ids.written(ids.RECEIPT, receipt.pk)])
        return self.told(receipt.pk, status=201, location=where)


class ReceiptDetail(ReceiptView):
    @does(
        "receipts_read", "Read a receipt", scope="payments:read", returns=ReceiptShown,
        expands=EXPANDS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(queries.for_list()), ReceiptShown)


class ReverseReceipt(ReceiptView):
    @does(
        "receipts_reverse", "Take a receipt back that was recorded wrongly",
        scope="payments:write", takes=ReasonGiven, returns=ReceiptShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        receipt = operations.reverse_receipt(
            receipt=self.found(Receipt.objects.all()),
            reason=self.body["reason"],
            day=self.day,
            at=self.at,
            actor=self.actor,
        )
        return self.told(receipt.pk)


class Allocations(ApiView):
    tag = "allocations"

    @does(
        "allocations_list", "List allocations", scope="payments:read", returns=AllocationShown,
        is_list=True, parameters=(RECEIPT, ITEM),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = allocations()
        if chosen := read(request, RECEIPT):
            rows = rows.filter(credit_item__receipt=int(chosen[0]))
        if chosen := read(request, ITEM):
            rows = rows.filter(debit_item=int(chosen[0]))
        return self.page(rows, AllocationShown)

    @does(
        "allocations_create", "Allocate unused money of a receipt to an open item",
        scope="payments:write", takes=AllocationGiven, returns=AllocationShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        given = self.body
        [allocation] = operations.allocate_receipt(
            receipt=given["receipt"],
            amounts={given["item"]: given["amount"].amount},
            day=self.day,
            at=self.at,
            actor=self.actor,
        )
        where = reverse("api:allocation", args=[ids.written(ids.ALLOCATION, allocation.pk)])
        row = allocations().get(pk=allocation.pk)
        return self.shown(row, AllocationShown, status=201, location=where)


class AllocationDetail(ApiView):
    tag, prefix = "allocations", ids.ALLOCATION

    @does(
        "allocations_read", "Read an allocation", scope="payments:read", returns=AllocationShown,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(allocations()), AllocationShown)


class UndoAllocation(ApiView):
    tag, prefix = "allocations", ids.ALLOCATION

    @does(
        "allocations_undo", "Undo an allocation", scope="payments:write",
        returns=AllocationShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        allocation = self.found(allocations())
        operations.undo_allocation(
            allocation=allocation, day=self.day, at=self.at, actor=self.actor
        )
        return self.shown(allocations().get(pk=allocation.pk), AllocationShown)


class OpenItems(ApiView):
    tag = "open items"

    @does(
        "open_items_list", "List what is owed, and money not used", scope="payments:read",
        returns=OpenItemShown, is_list=True,
        parameters=(CUSTOMER, CURRENCY, KIND, OPEN, OVERDUE, DUE_AFTER, DUE_BEFORE),
        expands=(expansions.CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows: Any = OpenItem.objects.all()
        for parameter, narrow in self._narrowing():
            if chosen := read(request, parameter):
                rows = narrow(rows, chosen[0])
        return self.page(rows, OpenItemShown)

    def _narrowing(self) -> list[tuple[Any, Callable[[Any, str], Any]]]:
        return [
            (CUSTOMER, lambda rows, value: rows.filter(customer=int(value))),
            (CURRENCY, lambda rows, value: rows.filter(currency=value)),
            (KIND, lambda rows, value: rows.filter(kind=value)),
            (OPEN, lambda rows, value: rows.filter(closed_on__isnull=value == "true")),
            (OVERDUE, lambda rows, value: rows.overdue_on(self.day) if value == "true" else rows),
            (DUE_AFTER, lambda rows, value: rows.filter(due_date__gte=value)),
            (DUE_BEFORE, lambda rows, value: rows.filter(due_date__lte=value)),
        ]


class OpenItemDetail(ApiView):
    tag, prefix = "open items", ids.ITEM

    @does(
        "open_items_read", "Read an open item", scope="payments:read", returns=OpenItemShown,
        expands=(expansions.CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(OpenItem.objects.all()), OpenItemShown)


class BankAccounts(ApiView):
    tag = "bank accounts"

    @does(
        "bank_accounts_list", "List the company's bank accounts", scope="payments:read",
        returns=BankAccountShown, is_list=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(BankAccount.objects.all(), BankAccountShown)
