"""The document of a bill, as stored, or as a draft would look today."""

from __future__ import annotations

from csp.decorators import csp_exempt
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import pdf
from core.files import FileDamaged
from core.views import StaffRequest, staff_view
from invoices.documents import pdf_for
from invoices.operations.store_document import file_name
from invoices.views.common import invoice_or_404

UNAVAILABLE = 503


@csp_exempt()
@staff_view(permission="invoices.view")
@require_safe
def invoice_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand out the PDF; ``?download=1`` as a file to keep."""
    invoice = invoice_or_404(pk)
    try:
        content = pdf_for(invoice)
    except (pdf.RenderFailed, FileDamaged):
        return HttpResponse(
            _("The PDF cannot be shown right now. Try again in a few minutes."),
            status=UNAVAILABLE,
            content_type="text/plain; charset=utf-8",
        )
    return pdf_response(content, file_name(invoice), as_attachment="download" in request.GET)


def pdf_response(content: bytes, name: str, *, as_attachment: bool) -> HttpResponse:
    """Return the bytes under the name (RFC 6266), to show or to keep."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment, name) or "inline"
    return response
