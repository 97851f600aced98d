"""The timeline of customers, bills and receipts; notes and files beside them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from PIL import Image

from core.attachments import MOST_BYTES, AttachmentRefused, checked, clean_name
from core.models import AuditEntry, Note
from core.operations.notes import NotTheAuthor, WithdrawnBefore, add_note, withdraw_note
from core.roles import ROLE_PERMISSIONS, Role
from core.tenancy import tenant_scope
from core.timeline import field_label, shown_value
from invoices.models import Invoice
from tests.conftest import NOON
from tests.customers.pages import text
from tests.world import build_world

PDF = b"%PDF-1.7\nhello\n%%EOF\n"


@pytest.fixture
def world(tenant, members):
    return build_world(tenant)


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("space", "key"), [("customers", "customer"), ("invoices", "bill"), ("receipts", "receipt")]
)
def test_a_note_and_a_file_are_kept_shown_found_and_withdrawn(space, key, world, members):
    page, author = f"/t/acme/{space}/{world[key]}/", client_of(members["COLLECTOR"])
    upload = SimpleUploadedFile("contract.pdf", PDF)
    answer = author.post(f"{page}notes/", {"body": "Called Li Na", "file": upload})
    assert answer.status_code == 302

    shown = author.get(page)
    assert "Called Li Na" in text(shown)
    [link] = re.findall(rf'href="({page}notes/\d+/file/)">contract.pdf', shown.content.decode())
    got = author.get(link)
    assert got.content == PDF
    assert got["Content-Disposition"] == 'attachment; filename="contract.pdf"'
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Type"] == "application/pdf"

    assert "Called Li Na" in text(author.get(f"{page}?search=called"))
    assert "Called Li Na" in text(author.get(f"{page}?type=files"))
    assert "Called Li Na" not in text(author.get(f"{page}?type=notes"))
    assert "Called Li Na" not in text(author.get(f"{page}?search=nothing-such"))
    part = author.get(f"{page}timeline/?type=files", headers={"hx-request": "true"})
    assert "Called Li Na" in text(part)
    assert "<html" not in part.content.decode()

    withdraw = link.replace("/file/", "/withdraw/")
    client_of(members["CASHIER"]).post(withdraw)
    assert author.get(link).status_code == 200  # a colleague may not
    assert author.post(withdraw).status_code == 302
    assert author.get(link).status_code == 404
    after = text(author.get(page))
    assert "Called Li Na" in after
    assert "Withdrawn by collector@acme.test" in after


def test_a_bill_s_note_stands_on_its_customer_s_page_too(world, members):
    client = client_of(members["BILLER"])
    client.post(f"/t/acme/invoices/{world['bill']}/notes/", {"body": "Wrong quantity?"})
    assert "Wrong quantity?" in text(client.get(f"/t/acme/customers/{world['customer']}/"))
    assert "Wrong quantity?" not in text(client.get(f"/t/acme/receipts/{world['receipt']}/"))


def test_who_may_not_write_sees_no_composer_and_is_refused(world, members):
    page, client = f"/t/acme/customers/{world['customer']}/", client_of(members["AUDITOR"])
    assert "note-form" not in client.get(page).content.decode()
    assert client.post(f"{page}notes/", {"body": "x"}).status_code == 403


def test_an_empty_note_is_refused_and_a_refused_file_keeps_the_words(world, members):
    page, client = f"/t/acme/customers/{world['customer']}/", client_of(members["BILLER"])
    refused = client.post(f"{page}notes/", {"body": "  "})
    assert refused.status_code == 422
    assert "Write something, or choose a file." in text(refused)
    wrong = SimpleUploadedFile("run.pdf", b"MZ\x90\x00 an executable")
    refused = client.post(f"{page}notes/", {"body": "My words", "file": wrong})
    assert refused.status_code == 422
    assert "My words" in refused.content.decode()
    assert "The content is not what the file" in text(refused)


def test_a_note_cannot_be_fetched_by_another_thing_s_address(world, members):
    client = client_of(members["BILLER"])
    note = world["note_invoices"]  # about the draft
    assert client.get(f"/t/acme/invoices/{world['draft']}/notes/{note}/file/").status_code == 200
    assert client.get(f"/t/acme/invoices/{world['bill']}/notes/{note}/file/").status_code == 404
    assert client.get(f"/t/acme/receipts/{world['receipt']}/notes/{note}/file/").status_code == 404


def test_withdrawing_is_for_its_author_or_an_admin_and_once(in_tenant, members):
    note = add_note(
        subject="customers.customer:1", account_id=1, body="x", at=NOON, actor=members["BILLER"]
    )
    with pytest.raises(NotTheAuthor):
        withdraw_note(note=note, is_admin=False, at=NOON, actor=members["CASHIER"])
    withdraw_note(note=note, is_admin=True, at=NOON, actor=members["ADMIN"])
    with pytest.raises(WithdrawnBefore):
        withdraw_note(note=note, is_admin=False, at=NOON, actor=members["BILLER"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(withdrawn_by=None)


def test_changes_are_shown_before_and_after(world, members):
    with_page = client_of(members["BILLER"])
    with tenant_scope(members["BILLER"].memberships.get().tenant_id):
        AuditEntry.objects.create(
            event="customer.changed",
            subject=f"customers.customer:{world['customer']}",
            account_id=world["customer"],
            happened_at=NOON,
            changes={"name": ["Old name", "New name"]},
        )
    shown = text(with_page.get(f"/t/acme/customers/{world['customer']}/?type=changes"))
    assert "Name Old name → New name" in shown
    found = with_page.get(f"/t/acme/customers/{world['customer']}/?search=old%20name")
    assert "New name" in text(found)


def test_days_are_those_of_the_company_s_zone(world, members, tenant):
    with tenant_scope(tenant.pk):
        add_note(
            subject=f"customers.customer:{world['customer']}",
            account_id=world["customer"],
            body="late in the evening",
            at=NOON + timedelta(hours=5),  # 01:00 of the next day in Shanghai
            actor=members["BILLER"],
        )
    page = client_of(members["BILLER"]).get(f"/t/acme/customers/{world['customer']}/?type=notes")
    assert "3 Mar 2026 Note late in the evening" in text(page)


def test_a_page_of_thousands_takes_the_same_questions_as_one_of_few(world, members, tenant):
    page, client = f"/t/acme/customers/{world['customer']}/", client_of(members["BILLER"])
    client.get(page)

    def questions() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    few = questions()
    with tenant_scope(tenant.pk):
        AuditEntry.objects.bulk_create(
            AuditEntry(
                event="customer.changed",
                subject=f"customers.customer:{world['customer']}",
                account_id=world["customer"],
                actor=members["BILLER"],
                happened_at=NOON + timedelta(seconds=n),
            )
            for n in range(2000)
        )
    assert questions() == few


def test_a_document_says_who_made_it_and_is_told_once(tenant, members, world):
    client = client_of(members["BILLER"])
    with tenant_scope(tenant.pk):
        bill = Invoice.objects.get(pk=world["bill"])
        posted = AuditEntry.objects.create(
            event="invoice.issued",
            subject=f"invoices.invoice:{bill.pk}",
            subject_label=bill.number,
            account_id=world["customer"],
            actor=members["APPROVER"],
            happened_at=NOON,
        )
    shown = text(client.get(f"/t/acme/invoices/{bill.pk}/?type="))
    line = shown[shown.index("Timeline") :]
    assert line.count(posted.subject_label) == 1
    assert "approver@acme.test" in line
    assert Decimal(50) == bill.total_amount


# --- Files --------------------------------------------------------------------------------------


def zipped(*names: str, content: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return target.getvalue()


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", (width, height)).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("a.png", picture(4, 4)),
        ("a.JPG", picture(4, 4, "JPEG")),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml")),
        ("a.docx", zipped("[Content_Types].xml", "word/document.xml")),
        ("a.csv", "名称,金额\n".encode("gb18030")),
        ("a.txt", "café".encode()),
        ("a.zip", zipped("a.txt")),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(name: str, content: bytes) -> None:
    assert checked(content, name).content == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bill.pdf", b"MZ\x90\x00"),  # a program as PDF
        ("bill.exe", b"MZ\x90\x00"),
        ("bill.pdf.html", b"<html></html>"),
        ("page.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("logo.svg", b"<svg/>"),
        ("poly.pdf", zipped("a.txt") + PDF),
        ("half.pdf", b"%PDF-1.7 and then a web page"),
        ("sheet.xlsx", zipped("a.txt")),
        ("bomb.zip", zipped("a.txt", content=bytes(30_000_000))),
        ("big.png", picture(20_000, 20_000)),
        ("photo.png", picture(4, 4, "JPEG")),
        ("test.txt", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"),
        ("none.pdf", b""),
        ("large.pdf", b"%PDF-" + bytes(MOST_BYTES) + b"%%EOF"),
        ("noending", PDF),
    ],
)
def test_a_file_that_is_something_else_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        checked(content, name)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b__Set-Cookie_ x.pdf"),
        ("gpj.\u202efdp.pdf", "gpj._fdp.pdf"),
        ("账单 2026.pdf", "账单 2026.pdf"),
        (f"{'x' * 300}.pdf", f"{'x' * 96}.pdf"),
        ("\ud800.pdf", "_.pdf"),
    ],
)
def test_names_cannot_mislead(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_scanner_can_refuse(settings) -> None:
    settings.FILE_SCANNER = "tests.core.test_timeline.no_letters"
    with pytest.raises(AttachmentRefused):
        checked(b"letters", "a.txt")
    assert checked(b"123", "a.txt")


def no_letters(content: bytes) -> str:
    return "letters" if content.isalpha() else ""


def test_every_role_but_the_auditor_writes() -> None:
    writing = {role for role in Role if "notes.edit" in ROLE_PERMISSIONS[role]}
    assert writing == set(Role) - {Role.AUDITOR}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("680.000000", "680.00"),
        ("-1.005000", "-1.005"),
        ("12.50", "12.50"),
        ("7", "7"),
        ("1.2.000", "1.2.000"),
        (None, ""),
    ],
)
def test_numbers_of_changes_have_no_idle_zeros(value, text):
    assert shown_value(value) == text


@pytest.mark.parametrize(
    ("subject", "name", "label"),
    [
        ("customers.customer:1", "channel", "账单发送方式"),  # the model's own word
        ("core.membership:1", "data_scope", "可见范围"),  # the house's, where it has none
        ("core.job:1", "rows", "行数"),  # no field at all
        ("invoices.invoice:1", "lines.2.tax_rate", "第 2 行：税率"),
    ],
)
def test_changed_fields_are_called_in_the_readers_language(subject, name, label):
    with override("zh-hans"):
        assert field_label(AuditEntry(subject=subject), name) == label
