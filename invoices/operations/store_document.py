"""The document of an issued bill: drawn once, its bytes kept for good."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import QuerySet

from core import files, pdf
from core.models import StoredFile
from core.tenancy import active_tenant_id, tenant_scope
from invoices.documents import html_for
from invoices.enums import InvoiceState
from invoices.models import Invoice

logger = logging.getLogger(__name__)


def store_document(
    invoice_id: int, at: datetime, *, tenant_id: int | None = None
) -> StoredFile | None:
    """
    Draw an issued bill and keep the bytes; return the file the bill has then.

    None for a bill that is not issued, or not of this company. Safe to call twice and from several
    processes: whoever stores first is kept. Called outside a tenant's scope with ``tenant_id`` it
    reads, draws and writes apart, so that no transaction is open and nothing locked while drawing.

    :raises core.pdf.RenderFailed: if the page cannot be drawn
    :raises OSError: if the bytes cannot be written; the bill stays issued and is tried again
    """
    tenant_id = tenant_id or active_tenant_id()
    with tenant_scope(tenant_id):
        invoice = _issued().filter(pk=invoice_id).first()
        if invoice is None:
            return None
        if invoice.document is not None:
            return invoice.document
        html = html_for(invoice)
    content = pdf.render(html)
    with tenant_scope(tenant_id):
        return _keep(invoice, content, at)


def _keep(invoice: Invoice, content: bytes, at: datetime) -> StoredFile | None:
    """Keep the bytes if no others came first: one conditional statement decides, without a lock."""
    stored = files.store(
        content=content, name=file_name(invoice), content_type="application/pdf", at=at
    )
    Invoice.objects.filter(pk=invoice.pk, document__isnull=True).update(document=stored)
    fresh = _issued().filter(pk=invoice.pk).first()
    return fresh.document if fresh else None


def file_name(invoice: Invoice) -> str:
    """Return the name a bill's document goes out under: its number, or the draft's."""
    plain = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in invoice.number)
    return f"{plain or f'draft-{invoice.pk}'}.pdf"


def _issued() -> QuerySet[Invoice]:
    return Invoice.objects.filter(state=InvoiceState.ISSUED).select_related("document")
