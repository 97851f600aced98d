"""Storing the drawn bill once, and finding those that lack theirs."""

import io
import threading
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import override_settings

import payments.importers  # noqa: F401 - registers the kinds
from core import files, pdf
from core.imports import importer_of, read_bytes, run
from core.models import StoredFile
from core.tenancy import tenant_scope
from invoices import tasks
from invoices.documents import pdf_for
from invoices.models import Invoice
from invoices.operations import store_document as module
from invoices.operations.store_document import store_document
from tests.conftest import NOON, make_tenant
from tests.documents.builders import draft, issued


@pytest.fixture(autouse=True)
def _media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    cache.clear()


@pytest.fixture
def fake_pdf(monkeypatch):
    """Draw without drawing, different bytes each time."""
    drawn = []

    def render(html, **_kwargs):
        drawn.append(html)
        return b"%PDF-1.7 " + str(len(drawn)).encode()

    monkeypatch.setattr(pdf, "render", render)
    return drawn


@pytest.mark.django_db
def test_stores_once(in_tenant, fake_pdf):
    invoice = issued()
    first = store_document(invoice.pk, NOON)
    again = store_document(invoice.pk, NOON)
    assert first == again
    assert len(fake_pdf) == 1
    invoice.refresh_from_db()
    assert files.read(invoice.document) == b"%PDF-1.7 1" == pdf_for(invoice)
    assert invoice.document.name == f"{invoice.number}.pdf"


@pytest.mark.django_db
def test_drafts_and_foreign_bills_have_no_document(in_tenant, fake_pdf):
    assert store_document(draft().pk, NOON) is None
    assert store_document(10**9, NOON) is None
    assert not fake_pdf


@pytest.mark.django_db
def test_who_comes_second_keeps_the_first(in_tenant, fake_pdf, monkeypatch):
    invoice = issued()

    def slow(html, **_kwargs):
        monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF first")
        store_document(invoice.pk, NOON)
        return b"%PDF second"

    monkeypatch.setattr(pdf, "render", slow)
    stored = store_document(invoice.pk, NOON)
    assert files.read(stored) == b"%PDF first"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_open_while_drawing(monkeypatch):
    tenant = make_tenant("acme")
    with tenant_scope(tenant.pk):
        invoice = issued()

    def render(html, **_kwargs):
        assert not connection.in_atomic_block
        return b"%PDF x"

    monkeypatch.setattr(pdf, "render", render)
    tasks.render_documents(tenant_id=tenant.pk, invoice_ids=[invoice.pk])
    with tenant_scope(tenant.pk):
        assert Invoice.objects.get(pk=invoice.pk).document is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once(monkeypatch):
    tenant = make_tenant("acme")
    with tenant_scope(tenant.pk):
        invoice = issued()
    both, results = threading.Barrier(2), []

    def render(html, **_kwargs):
        both.wait(10)
        return f"%PDF {threading.get_ident()}".encode()

    monkeypatch.setattr(pdf, "render", render)

    def work():
        try:
            stored = store_document(invoice.pk, NOON, tenant_id=tenant.pk)
            results.append(stored.sha256)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert len(set(results)) == 1


@pytest.mark.django_db
def test_a_full_disk_leaves_the_bill_issued_and_no_file(in_tenant, fake_pdf, settings, monkeypatch):
    invoice = issued()

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    tasks.render_documents(tenant_id=in_tenant.pk, invoice_ids=[invoice.pk])
    monkeypatch.undo()
    invoice.refresh_from_db()
    assert invoice.state == "ISSUED"
    assert invoice.document is None
    assert not StoredFile.objects.exists()


@pytest.fixture
def woken(monkeypatch):
    """The ids of the bills a sweep has woken a worker for."""
    ids = []
    monkeypatch.setattr(tasks, "wake", lambda _task, **words: ids.extend(words["invoice_ids"]))
    return ids


@pytest.mark.django_db
def test_sweep_wakes_each_missing_bill_once(tenant, other_tenant, woken, monkeypatch):
    with tenant_scope(tenant.pk):
        bills = [issued().pk for _ in range(4)]
        draft()
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOON + timedelta(seconds=61))
    monkeypatch.setattr(tasks, "SWEEP_AT_MOST", 3)
    tasks.sweep_documents()
    assert woken == bills[:3]
    tasks.sweep_documents()
    assert woken == bills
    tasks.sweep_documents()
    assert woken == bills


@pytest.mark.django_db
def test_broken_bills_come_up_seldom_and_never_before_others(tenant, woken, monkeypatch):
    with tenant_scope(tenant.pk):
        broken, fine = issued().pk, issued().pk
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOON + timedelta(seconds=61))
    monkeypatch.setattr(tasks, "store_document", lambda *_a, **_k: 1 / 0)
    monkeypatch.setattr(tasks, "SWEEP_AT_MOST", 1)
    waits = []
    real_set = cache.set
    monkeypatch.setattr(
        cache,
        "set",
        lambda key, value, timeout=None: waits.append(timeout) or real_set(key, value, timeout),
    )
    for _ in range(7):
        tasks.render_documents(tenant_id=tenant.pk, invoice_ids=[broken])
    assert waits[1::2] == [*tasks.RETRY_AFTER, *tasks.RETRY_AFTER[-1:] * 2]
    tasks.sweep_documents()
    assert woken == [fine]


@pytest.mark.django_db
def test_sweep_waits_a_minute(tenant, woken, monkeypatch):
    with tenant_scope(tenant.pk):
        issued()
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOON + timedelta(seconds=59))
    tasks.sweep_documents()
    assert not woken


@pytest.mark.django_db
def test_sweep_leaves_imported_bills_that_are_settled(tenant, woken, monkeypatch):
    text = (
        "customer_code,number,bill_date,due_date,amount,currency,paid_on,paid_amount\n"
        "C1,OLD-1,2025-01-02,2025-02-01,50,CNY,2025-01-30,50\n"
        "C1,OLD-2,2025-01-02,2025-02-01,50,CNY,2025-01-30,20\n"
    )
    with tenant_scope(tenant.pk):
        sheet = read_bytes(text.encode())
        report = run(importer=importer_of("bills"), sheet=sheet, at=NOON, actor=None)
        assert report.new == 2
        owed = Invoice.objects.get(number="OLD-2").pk
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOON + timedelta(days=1000))
    tasks.sweep_documents()
    assert woken == [owed]


@pytest.mark.django_db
def test_the_real_thing(in_tenant):
    invoice = issued()
    stored = store_document(invoice.pk, NOON)
    reader = pypdf.PdfReader(io.BytesIO(files.read(stored)))
    assert invoice.number in reader.pages[0].extract_text()
    assert stored.size < 80_000


@pytest.mark.django_db
def test_same_page_same_bytes(in_tenant):
    """So two workers store one file, and nothing of the clock is in it."""
    html = module.html_for(issued())
    with override_settings(TIME_ZONE="UTC"):
        assert pdf.render(html) == pdf.render(html)
