"""How fast bills are drawn: through the bounded process, through two, and by WeasyPrint alone."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

from django.conf import settings

from billing_site.bench.company import add_customers, add_drafts, people_of, scratch_company
from billing_site.bench.timing import Figure, milliseconds, per_second, ratio, seconds
from core.pdf import child
from core.pdf.drawer import Drawer
from core.tenancy import tenant_scope
from invoices.documents.page import html_for
from invoices.enums import InvoiceState
from invoices.models import Invoice
from invoices.operations import issue_many

STYLESHEET = Path(settings.BASE_DIR) / "templates" / "documents" / "document.css"


def bench_pdf(n: int, at: datetime) -> list[Figure]:
    """Draw ``n`` one-page bills of three lines; making the page's HTML is told apart."""
    with scratch_company(at) as tenant:
        add_customers(tenant, n)
        add_drafts(tenant, n, state=InvoiceState.APPROVED)
        admin, _approver = people_of(tenant)
        with tenant_scope(tenant.pk):
            ids = list(Invoice.objects.values_list("pk", flat=True))
            issue_many(invoice_ids=ids, at=at, actor=admin)
            invoices = list(Invoice.objects.order_by("pk"))
            pages, writing = seconds(lambda: [html_for(invoice) for invoice in invoices])
    requests = [
        child.pack({"stylesheet": str(STYLESHEET), "assets": []}, [page.encode()]) for page in pages
    ]
    alone, sizes = _alone(pages)
    one, two = _through(requests, 1), _through(requests, 2)
    return [
        milliseconds("pdf_html_each", writing // n),
        milliseconds("pdf_weasyprint_alone_each", alone // n),
        milliseconds("pdf_bounded_process_each", one // n),
        ratio("pdf_bounded_over_alone", one, alone),
        per_second("pdf_two_processes", n, two),
        ratio("pdf_two_over_one", one, two),
        Figure("pdf_largest", max(sizes) // 1024, "KB"),
    ]


def _alone(pages: list[str]) -> tuple[int, list[int]]:
    """Return the microseconds WeasyPrint takes in this very process, warm, and the files' sizes."""
    drawer = child.Drawer(Path(settings.PDF_FONT_ROOT))
    header = {"stylesheet": str(STYLESHEET), "assets": []}
    drawer.draw(header, [pages[0].encode()])
    files, took = seconds(lambda: [drawer.draw(header, [page.encode()]) for page in pages])
    return took, [len(file) for file in files]


def _through(requests: list[bytes], processes: int) -> int:
    """Return the microseconds of drawing all through so many warm processes."""
    drawers = [Drawer() for _process in range(processes)]
    for drawer in drawers:
        drawer.draw(requests[0], settings.PDF_SECONDS)

    def work(drawer: Drawer, share: list[bytes]) -> None:
        for request in share:
            drawer.draw(request, settings.PDF_SECONDS)

    def together() -> None:
        threads = [
            threading.Thread(target=work, args=(drawer, requests[place::processes]))
            for place, drawer in enumerate(drawers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    _nothing, took = seconds(together)
    for drawer in drawers:
        drawer.stop()
    return took
