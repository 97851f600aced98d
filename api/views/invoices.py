"""Bills: lists, drafts, and the document."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api import expansions, ids
from api.filtering import Filters
from api.operations.drafts import change_invoice, create_invoice
from api.parsing import require_version
from api.problems import Unavailable
from api.serializers.invoices import (
    DeliveriesShown,
    InvoiceGiven,
    InvoiceShown,
    InvoiceWithLinesShown,
)
from api.views.base import NO_BODY, ApiView, does
from core.files import FileDamaged
from core.pdf import RenderFailed
from invoices import operations
from invoices.documents import pdf_for
from invoices.filters import InvoiceFilter
from invoices.models import Delivery, Instalment, Invoice, InvoiceLine, InvoiceTax
from invoices.operations.store_document import file_name
from invoices.queries.lists import for_list
from invoices.views.document import pdf_response

FILTERS = Filters(InvoiceFilter)


class InvoiceView(ApiView):
    """What the views of one bill share."""

    tag, prefix = "invoices", ids.INVOICE

    def invoice(self) -> Invoice:
        """Return the bill that the address names."""
        found: Invoice = self.found(Invoice.objects.all())
        return found

    def told(self, pk: int, **kwargs: Any) -> Response:
        """Return the bill as it stands now, with everything on it."""
        return self.shown(whole().get(pk=pk), InvoiceWithLinesShown, **kwargs)


def whole() -> QuerySet[Invoice]:
    """Return bills with lines, taxes and instalments."""
    return for_list().prefetch_related(
        Prefetch("lines", InvoiceLine.objects.order_by("position")),
        Prefetch("taxes", InvoiceTax.objects.order_by("-rate", "category")),
        Prefetch("instalments", Instalment.objects.select_related("item").order_by("position")),
    )


class Invoices(InvoiceView):
    @does(
        "invoices_list", "List invoices", scope="invoices:read", returns=InvoiceShown,
        is_list=True, filters=FILTERS, expands=(expansions.CUSTOMER, expansions.LINES),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(for_list(), InvoiceShown, FILTERS)

    @does(
        "invoices_create", "Write a draft", scope="invoices:write", takes=InvoiceGiven,
        returns=InvoiceWithLinesShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        invoice = create_invoice(given=self.body, at=self.at, actor=self.actor)
        where = reverse("api:invoice", args=[ids.written(ids.INVOICE, invoice.pk)])
        return self.told(invoice.pk, status=201, location=where)


class InvoiceDetail(InvoiceView):
    @does(
        "invoices_read", "Read an invoice", scope="invoices:read", returns=InvoiceWithLinesShown,
        expands=(expansions.CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(whole()), InvoiceWithLinesShown)

    @does(
        "invoices_change", "Change a draft", scope="invoices:write", takes=InvoiceGiven,
        returns=InvoiceWithLinesShown, has_version=True,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        invoice = change_invoice(
            invoice=self.invoice(),
            version=self.version,
            given=self.body,
            at=self.at,
            actor=self.actor,
        )
        return self.told(invoice.pk)

    @does(
        "invoices_delete", "Throw a draft away", scope="invoices:write", status=NO_BODY,
        has_version=True,
    )  # fmt: skip
    def delete(self, request: Request) -> Response:
        invoice = self.invoice()
        require_version(request, invoice.version)
        operations.delete_draft(invoice=invoice, at=self.at, actor=self.actor)
        return Response(status=NO_BODY)


class InvoiceDocument(InvoiceView):
    tag = "documents"

    @does(
        "invoices_document", "Fetch the PDF; a draft's has a watermark", scope="invoices:read",
        is_pdf=True,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        invoice = self.invoice()
        try:
            content = pdf_for(invoice)
        except (RenderFailed, FileDamaged) as error:
            raise Unavailable(headers={"Retry-After": "60"}) from error
        return pdf_response(content, file_name(invoice), as_attachment=True)


class InvoiceDeliveries(InvoiceView):
    @does(
        "invoices_deliveries", "List the messages that carry it", scope="invoices:read",
        returns=DeliveriesShown, is_shaped=False,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return deliveries_of(self.invoice())


def deliveries_of(invoice: Invoice) -> Response:
    """Return the messages of a bill, the newest first."""
    rows = Delivery.objects.filter(invoice=invoice).select_related("message").order_by("-pk")
    return Response(DeliveriesShown({"results": list(rows[:200])}).data)
