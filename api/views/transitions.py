"""The steps of a bill, each a POST below it. The state decides; the operations refuse."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.operations.transitions import step
from api.problems import NothingWaits
from api.serializers.invoices import (
    DeliveriesShown,
    InvoiceWithLinesShown,
    ReasonGiven,
    ReturnGiven,
    SendGiven,
)
from api.views.base import does
from api.views.invoices import InvoiceView, deliveries_of
from invoices import operations
from invoices.operations.send import cancel_sending, send


class Submit(InvoiceView):
    @does(
        "invoices_submit", "Submit for review", scope="invoices:write",
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = step(
            operations.submit,
            invoice=self.invoice(),
            version=self.version,
            at=self.at,
            actor=self.actor,
        )
        return self.told(invoice.pk)


class Withdraw(InvoiceView):
    @does(
        "invoices_withdraw", "Take back from review", scope="invoices:write",
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = step(
            operations.withdraw,
            invoice=self.invoice(),
            version=self.version,
            at=self.at,
            actor=self.actor,
        )
        return self.told(invoice.pk)


class Approve(InvoiceView):
    @does(
        "invoices_approve", "Approve; nobody approves their own work", scope="invoices:approve",
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = operations.approve(
            invoice=self.invoice(), version=self.version, at=self.at, actor=self.actor
        )
        return self.told(invoice.pk)


class Return(InvoiceView):
    @does(
        "invoices_return", "Return to the author", scope="invoices:approve", takes=ReturnGiven,
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = step(
            operations.return_,
            invoice=self.invoice(),
            version=self.version,
            at=self.at,
            actor=self.actor,
            reason=self.body["reason"],
            comment=self.body.get("comment", ""),
        )
        return self.told(invoice.pk)


class Issue(InvoiceView):
    @does(
        "invoices_issue", "Issue: number, date, frozen from then on", scope="invoices:issue",
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = step(
            operations.issue,
            invoice=self.invoice(),
            version=self.version,
            at=self.at,
            actor=self.actor,
        )
        return self.told(invoice.pk)


class Void(InvoiceView):
    @does(
        "invoices_void", "Void an issued invoice of which nothing is settled",
        scope="invoices:approve", takes=ReasonGiven, returns=InvoiceWithLinesShown,
        has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = step(
            operations.void,
            invoice=self.invoice(),
            version=self.version,
            at=self.at,
            actor=self.actor,
            reason=self.body["reason"],
        )
        return self.told(invoice.pk)


class Send(InvoiceView):
    @does(
        "invoices_send", "Send by e-mail, with PDF and link", scope="invoices:send",
        takes=SendGiven, returns=DeliveriesShown, status=202,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice, people = self.invoice(), self.body.get("recipients")
        send(
            invoice=invoice,
            recipients=None
            if people is None
            else [(one.get("name", ""), one["email"]) for one in people],
            at=self.at,
            actor=self.actor,
            not_before=self.body.get("not_before"),
            again=self.body.get("again", False),
        )
        response = deliveries_of(invoice)
        where = reverse("api:invoice_deliveries", args=[ids.written(ids.INVOICE, invoice.pk)])
        response.status_code, response["Location"] = 202, where
        return response


class UndoSending(InvoiceView):
    @does(
        "invoices_undo_sending", "Take back its messages that have not left yet",
        scope="invoices:send", returns=DeliveriesShown,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = self.invoice()
        count = cancel_sending(
            invoice=invoice, at=self.at, actor=self.actor, reason=_("Taken back by a program")
        )
        if not count:
            raise NothingWaits
        return deliveries_of(invoice)


class Duplicate(InvoiceView):
    @does(
        "invoices_duplicate", "Write a draft with the same lines, whatever state it is in",
        scope="invoices:write", returns=InvoiceWithLinesShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        made = operations.duplicate(invoice=self.invoice(), at=self.at, actor=self.actor)
        where = reverse("api:invoice", args=[ids.written(ids.INVOICE, made.pk)])
        return self.told(made.pk, status=201, location=where)
