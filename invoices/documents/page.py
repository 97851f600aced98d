"""From a bill to its page, and from the page to PDF."""

from __future__ import annotations

from django.template.loader import render_to_string

from core import files, pdf
from core.models import StoredFile
from invoices.documents.bill import Bill, bill_of
from invoices.documents.labels import plain_labels
from invoices.models import Invoice

# A table row longer than this may be broken over two pages; a shorter one is kept together.
_LONG_TEXT = 900


def html_for(invoice: Invoice) -> str:
    """Return the bill's page in its own language, ready for ``core.pdf.render``."""
    return html_of(bill_of(invoice))


def html_of(bill: Bill) -> str:
    """Return the page of a bill that has been put into words already."""
    return render_to_string(
        "documents/invoice.html",
        {
            "bill": bill,
            "label": bill.label,
            "word": bill.word,
            "plain": plain_labels(bill.language),
            "long_text": _LONG_TEXT,
        }
        | dict(zip(("page_before", "page_between", "page_after"), _page_words(bill), strict=True)),
    )


def pdf_for(invoice: Invoice) -> bytes:
    """
    Return the stored bytes of an issued bill; a watermarked page of today for every other.

    :raises core.pdf.RenderFailed: if the page cannot be drawn
    :raises core.files.FileDamaged: if the stored bytes are gone or changed
    """
    if invoice.document_id is not None:
        return files.read(StoredFile.objects.get(pk=invoice.document_id))
    return pdf.render(html_for(invoice))


def _page_words(bill: Bill) -> tuple[str, str, str]:
    before, _page, rest = bill.word["page"].partition("{page}")
    between, _pages, after = rest.partition("{pages}")
    return before, between, after
