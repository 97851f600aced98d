"""Importing through the pages: file, columns, check, mended cells, writing once, taking back."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.imports import importer_of, importers
from core.jobs import work_off_one
from core.models import AuditEntry, FileImport, FileImportRow, Job, Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import archive
from invoices.models import Charge, Invoice, Product
from ledger.models import OpenItem
from payments.models import Receipt
from tests.conftest import NOON
from tests.factories import CustomerFactory, TaxCodeFactory

pytestmark = pytest.mark.django_db
AT = "/t/acme/import/"
CUSTOMERS = "客户编码;客户名称;国家;类型;邮箱\n甲1;上海晨光科技有限公司;CN;企业;a@b.test\n"


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def uploaded(client, kind, content, name="file.csv", encoding="utf-8"):
    """Upload the file; return the id of its import and the answer."""
    raw = content.encode(encoding) if isinstance(content, str) else content
    file = SimpleUploadedFile(name, raw)
    answer = client.post(f"{AT}new/", {"kind": kind, "file": file})
    with tenant_scope(_acme()):
        found = FileImport.objects.order_by("-pk").first()
    return (found.pk if found else 0), answer


def _acme():
    return Tenant.objects.get(slug="acme").pk


def mapped(client, pk, **changes):
    """Send the columns as the page proposes them, with changes by the place in the file."""
    page = client.get(f"{AT}{pk}/columns/").context
    data = {f"column-{one.place}": one.chosen for one in page["columns"]}
    data |= {"date_format": page["date_format"]}
    data |= {name.replace("column_", "column-"): value for name, value in changes.items()}
    return client.post(f"{AT}{pk}/columns/", data)


def checked(client, kind, content, **more):
    pk, _answer = uploaded(client, kind, content, **more)
    mapped(client, pk)
    return pk


def counts(client, pk):
    return client.get(f"{AT}{pk}/").context["counts"]


def work_off():
    with tenant_scope(_acme()):
        for job in Job.objects.exclude(state="DONE"):
            while work_off_one(job_id=job.pk, at=timezone.now()):
                pass


def written(client, pk, **options):
    client.post(f"{AT}{pk}/write/", {"with_updates": "1"} | options)
    work_off()
    return client.get(f"{AT}{pk}/")


def test_a_gbk_file_of_customers_end_to_end(admin, tenant):
    pk, answer = uploaded(admin, "customers", CUSTOMERS, encoding="gbk")
    assert answer.url == f"{AT}{pk}/columns/"
    page = admin.get(answer.url)
    assert "Read as GB18030." in page.content.decode()
    assert [one.chosen for one in page.context["columns"]] == [
        "code", "name", "country", "kind", "contact_email",
    ]  # fmt: skip

    assert mapped(admin, pk).url == f"{AT}{pk}/"
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 0}
    with tenant_scope(tenant.pk):
        assert not Customer.objects.exists()

    page = written(admin, pk)
    assert page.context["stage"] == "WRITTEN"
    with tenant_scope(tenant.pk):
        made = Customer.objects.get()
        assert (made.code, made.contacts.get().email) == ("甲1", "a@b.test")
        entry = AuditEntry.objects.get(event="import.written")
        assert entry.changes == {"kind": "customers", "new": 1, "changed": 0}
        assert entry.actor.email == "admin@acme.test"
    assert f"/t/acme/customers/{made.pk}/" in page.content.decode()


def test_two_bad_rows_are_mended_in_place(admin, tenant):
    text = "code,name,currency,email\nA,Acme,EUR,a@b.test\nB,,EUR,\nC,Cee,EURO,c@b.test\n"
    pk = checked(admin, "customers", text)
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 2}
    page = admin.get(f"{AT}{pk}/?rows=ERROR").content.decode()
    assert "is empty" in page
    assert 'name="cell-currency" value="EURO"' in page

    admin.post(f"{AT}{pk}/mend/", {"row": 4, "cell-currency": "EURx"})
    assert counts(admin, pk)["ERROR"] == 2
    assert 'value="EURx"' in admin.get(f"{AT}{pk}/?rows=ERROR").content.decode()
    answer = admin.post(
        f"{AT}{pk}/mend/", {"row": 4, "cell-currency": "EUR", "rows": "ERROR", "page": "1"}
    )
    assert answer.url == f"{AT}{pk}/?rows=ERROR&page=1#row-4"
    assert counts(admin, pk) == {"NEW": 2, "UPDATE": 0, "SAME": 0, "ERROR": 1}

    page = written(admin, pk)
    assert counts(admin, pk) == {"NEW": 2, "UPDATE": 0, "SAME": 0, "ERROR": 1}
    with tenant_scope(tenant.pk):
        assert list(Customer.objects.order_by("code").values_list("code", flat=True)) == ["A", "C"]
    file = admin.get(f"{AT}{pk}/file.xlsx?rows=ERROR")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("code", "name", "currency", "email", "Error")
    assert [row[4] for row in rows[1:]] == ["Name: is empty"]


def test_mending_one_of_two_twins_frees_the_other(admin):
    pk = checked(admin, "customers", "code,name\nA,One\nA,Two\n")
    assert counts(admin, pk)["ERROR"] == 1
    admin.post(f"{AT}{pk}/mend/", {"row": 2, "cell-code": "B"})
    assert counts(admin, pk) == {"NEW": 2, "UPDATE": 0, "SAME": 0, "ERROR": 0}
    admin.post(f"{AT}{pk}/mend/", {"row": 2, "cell-code": "A"})
    page = admin.get(f"{AT}{pk}/?rows=ERROR")
    assert [one.row.number for one in page.context["rows"]] == [3]


def test_a_customer_that_is_there_is_changed_as_shown(admin, tenant):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(code="A", name="Old", currency="EUR")
        CustomerFactory(code="S", name="Same")
        gone = CustomerFactory(code="Z", name="Gone")
        archive(customer=gone, at=NOON, actor=None)
    text = "code,name,limit,contact,email\nA,New,100,Li,li@b.test\nS,Same,,,\nZ,Back,,,\nN,N,,,\n"
    pk = checked(admin, "customers", text)
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 1, "SAME": 1, "ERROR": 1}
    page = admin.get(f"{AT}{pk}/?rows=UPDATE").content.decode()
    assert "<del><bdi>Old</bdi></del> <ins><bdi>New</bdi></ins>" in page
    assert "archived" in admin.get(f"{AT}{pk}/?rows=ERROR").content.decode()

    written(admin, pk)
    with tenant_scope(tenant.pk):
        customer.refresh_from_db()
        assert (customer.name, customer.credit_limit, customer.version) == ("New", 100, 2)
        assert customer.contacts.get().email == "li@b.test"
        assert AuditEntry.objects.filter(event="customer.changed", account_id=customer.pk).exists()


def test_changes_can_be_left_out(admin, tenant):
    with tenant_scope(tenant.pk):
        CustomerFactory(code="A", name="Old")
    pk = checked(admin, "customers", "code,name\nA,New\nB,Bee\n")
    admin.post(f"{AT}{pk}/write/", {})
    work_off()
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 1, "ERROR": 0}
    with tenant_scope(tenant.pk):
        assert Customer.objects.get(code="A").name == "Old"


def test_what_changed_since_the_check_is_not_overwritten(admin, tenant):
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(code="A", name="Old")
    pk = checked(admin, "customers", "code,name\nA,New\nB,Bee\n")
    with tenant_scope(tenant.pk):
        Customer.objects.filter(pk=customer.pk).update(name="Somebody's", version=2)
    written(admin, pk)
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 1}
    with tenant_scope(tenant.pk):
        assert Customer.objects.get(code="A").name == "Somebody's"


def test_nothing_written_is_never_a_success(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    with tenant_scope(tenant.pk):
        CustomerFactory(code="A", name="Acme")
    page = written(admin, pk)
    assert page.context["stage"] == "CHECKED"
    assert page.context["failure"] == "Nothing was imported: every row is there already."
    admin.post(f"{AT}{pk}/check/")
    page = admin.get(f"{AT}{pk}/")
    assert page.context["counts"]["SAME"] == 1
    assert "/write/" in page.content.decode()
    assert 'type="submit" class="btn btn-primary"' not in page.content.decode()
    answer = admin.post(f"{AT}{pk}/write/", follow=True)
    assert "There is nothing to import." in answer.content.decode()


def test_all_or_nothing(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\nB,\n")
    answer = admin.post(f"{AT}{pk}/write/", {"all_or_nothing": "1"}, follow=True)
    assert "not every row can be imported" in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert not Job.objects.exists()
        assert not Customer.objects.exists()


def test_writing_twice_does_nothing_twice(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    token = {"once": "7b3f3f0e-2f55-4a58-bb18-6d1c5f1f3a11"}
    for data in (token, token, {}):
        admin.post(f"{AT}{pk}/write/", data)
    with tenant_scope(tenant.pk):
        assert Job.objects.count() == 1
    work_off()
    answer = admin.post(f"{AT}{pk}/write/", follow=True)
    assert "moved on" in answer.content.decode()
    for step in ("mend", "check", "discard"):
        admin.post(f"{AT}{pk}/{step}/", {"row": 2, "cell-name": "x"})
    with tenant_scope(tenant.pk):
        assert Job.objects.count() == 1
        assert Customer.objects.get().name == "Acme"
        job = Job.objects.get()
        job.rows.update(state="PENDING")
        Job.objects.update(state="QUEUED")
    work_off()
    with tenant_scope(tenant.pk):
        assert job.rows.get().state == "SKIPPED"
        assert Customer.objects.count() == 1


def test_customers_are_taken_back_unless_they_are_used(admin, tenant, members):
    pk = checked(admin, "customers", "code,name\nA,Acme\nB,Bee\nC,Cee\n")
    written(admin, pk)
    with tenant_scope(tenant.pk):
        Customer.objects.filter(code="B").update(version=2)
        Charge.objects.create(
            customer=Customer.objects.get(code="C"),
            description="x",
            service_date=date(2026, 3, 2),
            quantity=1,
            unit_price=1,
            currency="CNY",
            tax_code=TaxCodeFactory(),
            created_at=NOON,
        )
    answer = admin.post(f"{AT}{pk}/undo/")
    assert "/jobs/" in answer.url
    work_off()
    with tenant_scope(tenant.pk):
        rows = Job.objects.get(kind="undo_import").rows.order_by("position")
        assert [(row.label, row.state) for row in rows] == [
            ("A Acme", "DONE"), ("B Bee", "FAILED"), ("C Cee", "FAILED"),
        ]  # fmt: skip
        assert list(Customer.objects.order_by("code").values_list("code", flat=True)) == ["B", "C"]
    page = admin.get(f"{AT}{pk}/")
    assert (page.context["stage"], page.context["left"]) == ("WRITTEN", 2)
    assert "2 rows of it were not taken back." in page.content.decode()


def test_products_and_charges_from_a_workbook(admin, tenant):
    with tenant_scope(tenant.pk):
        tax = TaxCodeFactory(name="13 %", is_default=True)
        CustomerFactory(code="C1", name="One", currency="CNY")
    pk = checked(
        admin, "products", "产品编码,产品名称,单价,税码\nP1,咨询,900.5,13 %\nP1,twin,1,\n,x,1,\n"
    )
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 2}
    written(admin, pk)
    with tenant_scope(tenant.pk):
        product = Product.objects.get()
        assert (product.unit_price, product.currency, product.tax_code, product.search_key) == (
            Decimal("900.5"), "CNY", tax, " p1 咨询 zixun zx ",
        )  # fmt: skip

    book = openpyxl.Workbook()
    for row in (
        ("Customer", "Date", "Product", "Qty"),
        ("C1", date(2026, 3, 1), "P1", 2.5),
        ("C1", date(2026, 3, 1), "P9", 1),
    ):
        book.active.append(row)
    book.active["D4"] = "=1+1"  # a formula that nobody has calculated is not taken for empty
    raw = io.BytesIO()
    book.save(raw)
    pk = checked(admin, "charges", raw.getvalue(), name="charges.xlsx")
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 2}
    written(admin, pk)
    with tenant_scope(tenant.pk):
        charge = Charge.objects.get()
        assert (charge.quantity, charge.unit_price) == (Decimal("2.5"), Decimal("900.5"))
    admin.post(f"{AT}{pk}/undo/")
    work_off()
    with tenant_scope(tenant.pk):
        assert not Charge.objects.exists()

    pk = checked(admin, "products", "code,name,price\np1,培训,950\n")
    assert counts(admin, pk)["UPDATE"] == 1
    written(admin, pk)
    with tenant_scope(tenant.pk):
        product.refresh_from_db()
        assert (product.code, product.unit_price, product.search_key) == (
            "P1", 950, " p1 培训 peixun px ",
        )  # fmt: skip


def test_bills_ask_how_days_are_written(admin, tenant):
    text = (
        "Customer code,Name,Invoice,Date,Due,Amount,Paid\n"
        "C1,One,I-1,03/02/2026,04/02/2026,113.00,05/02/2026\n"
        "C1,One,I-2,04/02/2026,05/02/2026,50,\n"
    )
    pk, _answer = uploaded(admin, "bills", text)
    page = admin.get(f"{AT}{pk}/columns/")
    assert [one[0] for one in page.context["formats"]] == ["%d/%m/%Y", "%m/%d/%Y"]
    assert mapped(admin, pk).status_code == 422
    assert mapped(admin, pk, date_format="%d/%m/%Y").status_code == 302
    assert counts(admin, pk)["NEW"] == 2
    admin.post(f"{AT}{pk}/mend/", {"row": 3, "cell-due_date": "2026-02-28"})
    written(admin, pk)
    with tenant_scope(tenant.pk):
        bill = Invoice.objects.get(number="I-1")
        assert (bill.issue_date, bill.due_date) == (date(2026, 2, 3), date(2026, 2, 4))
        assert Invoice.objects.get(number="I-2").due_date == date(2026, 2, 28)
        assert OpenItem.objects.get(label="I-1").open_amount == 0

    again = text.replace("I-2,04/02/2026,05/02/2026,50,", "I-2,04/02/2026,28/02/2026,50,06/02/2026")
    pk, answer = uploaded(admin, "bills", again)
    assert admin.get(answer.url).context["date_format"] == "%d/%m/%Y"
    mapped(admin, pk)
    assert counts(admin, pk) == {"NEW": 0, "UPDATE": 1, "SAME": 1, "ERROR": 0}
    written(admin, pk)
    with tenant_scope(tenant.pk):
        assert OpenItem.objects.get(label="I-2").open_amount == 0


def test_receipts_by_a_cashier(client, members, tenant):
    client.force_login(members["CASHIER"])
    with tenant_scope(tenant.pk):
        CustomerFactory(code="C1", name="One")
    text = "客户编码,收款日期,金额,收款方式\nC1,2026-02-10,113.00,转账\nC1,2026-02-10,113.00,转账\n"
    pk = checked(client, "receipts", text)
    assert counts(client, pk)["NEW"] == 2
    written(client, pk)
    with tenant_scope(tenant.pk):
        assert Receipt.objects.count() == 2


def test_known_headers_go_straight_to_the_check(admin):
    text = "Nr,Firma\nA,Acme\n"
    pk, answer = uploaded(admin, "customers", text)
    assert answer.url.endswith("/columns/")
    assert mapped(admin, pk).status_code == 422
    twice = mapped(admin, pk, column_0="name", column_1="name")
    assert twice.status_code == 422
    assert "Another column of the file" in twice.content.decode()
    assert mapped(admin, pk, column_0="code", column_1="name").status_code == 302
    second, answer = uploaded(admin, "customers", "nr,FIRMA\nB,Bee\n")
    assert answer.url == f"{AT}{second}/"
    assert counts(admin, second)["NEW"] == 1
    assert admin.get(f"{AT}{second}/columns/").status_code == 200


def test_files_that_are_none_are_refused_at_once(admin, tenant):
    def bomb():
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 120 * 1024 * 1024)
        return raw.getvalue()

    def many():
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive:
            for number in range(2_100):
                archive.writestr(f"x{number}", b"")
        return raw.getvalue()

    for content, sentence in (
        (bomb(), "unpacks to more than is reasonable"),
        (many(), "unpacks to more than is reasonable"),
        (b"PK\x03\x04 not a zip", "is damaged"),
        (b"\xd0\xcf\x11\xe0....", "old XLS"),
        (b"\x00\x01\x02", "neither a CSV nor an XLSX"),
        (b"code,name\n", "no rows below it"),
        (b"code,name\n" + b"A,B\n" * 20_001, "more than 20,000 rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
        (b",".join(b"c" for _ in range(300)) + b"\nx\n", "more than 200 columns"),
        (b"", "submitted file is empty"),
    ):
        _pk, answer = uploaded(admin, "customers", content, name='../"x"\n.csv')
        assert answer.status_code == 422, sentence
        assert sentence in answer.content.decode()
    assert admin.post(f"{AT}new/", {"kind": "customers"}).status_code == 422
    with tenant_scope(tenant.pk):
        assert not FileImport.objects.exists()


def test_pasted_rows(admin):
    answer = admin.post(f"{AT}new/", {"kind": "customers", "text": "Code\tName\nA\tAcme\n"})
    assert answer.status_code == 302
    page = admin.get(answer.url)
    assert [one.chosen for one in page.context["columns"]] == ["code", "name"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", ["customers", "products", "charges", "bills", "receipts"])
def test_templates_can_be_filled_in(admin, tenant, kind, language):
    with tenant_scope(tenant.pk):
        TaxCodeFactory(name="13 %", is_default=True)
    answer = admin.get(f"{AT}template/?kind={kind}&language={language}")
    raw = answer.content
    book = openpyxl.load_workbook(io.BytesIO(raw))
    titles = [cell.value for cell in book.worksheets[0][1]]
    importer = importer_of(kind)
    assert titles == [column.title(language) for column in importer.columns]
    assert all(any("\u4e00" <= c <= "\u9fff" for c in one) for one in titles) == (language != "en")

    pk, _answer = uploaded(admin, kind, raw, name="template.xlsx")
    page = admin.get(f"{AT}{pk}/columns/")
    assert [one.chosen for one in page.context["columns"]] == [one.name for one in importer.columns]
    mapped(admin, pk)
    page = admin.get(f"{AT}{pk}/")
    assert page.context["total"] == 0  # the example is left out
    assert "example of the template" in page.content.decode()


def test_the_example_itself_would_be_read(tenant):
    with tenant_scope(tenant.pk):
        for importer in importers():
            for language in ("en", "zh-hans"):
                for column in importer.columns:
                    word = column.word(column.example[language != "en"], language)
                    assert column.is_called(column.title(language))
                    assert len(word) < 80
                    if column.words and word:
                        known = {w.casefold() for v in column.words.values() for w in v}
                        assert word.casefold() in known | {v.casefold() for v in column.words}


def test_who_may_import_what(client, members):
    for role, kinds in (
        ("COLLECTOR", ["customers"]),
        ("CASHIER", ["customers", "receipts"]),
        ("BILLER", ["customers", "products", "charges"]),
        ("ADMIN", ["customers", "products", "charges", "bills", "receipts"]),
    ):
        client.force_login(members[role])
        assert [one.kind for one in client.get(AT).context["kinds"]] == kinds
        for kind in ("customers", "products", "charges", "bills", "receipts"):
            expected = 200 if kind in kinds else 403
            assert client.get(f"{AT}new/?kind={kind}").status_code == expected
            assert client.post(f"{AT}new/", {"kind": kind}).status_code in {422, expected}
    assert client.get(f"{AT}new/?kind=nonsense").status_code == 404


def test_only_who_started_it_or_an_admin_sees_it(client, members, tenant):
    client.force_login(members["BILLER"])
    pk = checked(client, "customers", "code,name\nA,Acme\n")
    steps = ("", "columns/", "file.xlsx")
    client.force_login(members["COLLECTOR"])
    assert [client.get(f"{AT}{pk}/{step}").status_code for step in steps] == [404] * 3
    assert client.post(f"{AT}{pk}/write/").status_code == 404
    assert "file.csv" not in client.get(AT).content.decode()
    client.force_login(members["ADMIN"])
    assert [client.get(f"{AT}{pk}/{step}").status_code for step in steps] == [200] * 3
    client.force_login(members["STRANGER"])
    assert client.get(f"/t/rival/import/{pk}/").status_code == 404
    assert client.post(f"/t/rival/import/{pk}/write/").status_code == 404


def test_who_lost_the_right_writes_nothing(client, members, tenant):
    client.force_login(members["BILLER"])
    pk = checked(client, "customers", "code,name\nA,Acme\n")
    client.post(f"{AT}{pk}/write/")
    members["BILLER"].memberships.update(roles=["AUDITOR"])
    work_off()
    with tenant_scope(tenant.pk):
        assert not Customer.objects.exists()
        assert Job.objects.get().rows.get().state == "FAILED"


def test_many_rows_are_checked_by_a_job_and_listed_by_pages(admin, tenant):
    lines = [f"K{number},Customer {number}" for number in range(2_001)]
    pk, _answer = uploaded(admin, "customers", "code,name\n" + "\n".join(lines))
    mapped(admin, pk)
    page = admin.get(f"{AT}{pk}/")
    assert page.context["stage"] == "CHECKING"
    assert "HX-Refresh" not in admin.get(f"{AT}{pk}/?live=1").headers
    work_off()
    assert admin.get(f"{AT}{pk}/?live=1").headers["HX-Refresh"] == "true"
    page = admin.get(f"{AT}{pk}/?page=41")
    assert [one.row.number for one in page.context["rows"]] == [2002]
    for odd in ("page=0", "page=-1", "page=99999999999", "page=x", "rows=x", "edit=%00"):
        assert admin.get(f"{AT}{pk}/?{odd}").status_code == 200


def test_statements_do_not_grow_with_the_rows(admin, tenant):
    def asked(count):
        lines = [f"{count}-{number},Customer,c{number}@b.test" for number in range(count)]
        pk = checked(admin, "customers", "code,name,email\n" + "\n".join(lines))
        with CaptureQueriesContext(connection) as page:
            admin.get(f"{AT}{pk}/")
        with CaptureQueriesContext(connection) as check:
            admin.post(f"{AT}{pk}/check/")
        with CaptureQueriesContext(connection) as write:
            written(admin, pk)
        return len(page), len(check), len(write)

    few, many = asked(3), asked(60)
    assert few == many
    assert few[0] <= 15


def test_a_file_is_discarded(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    assert admin.post(f"{AT}{pk}/discard/").url == AT
    assert admin.get(f"{AT}{pk}/").status_code == 404
    with tenant_scope(tenant.pk):
        assert not FileImportRow.objects.exists()


def test_hostile_cells_are_shown_as_text(admin):
    text = 'code,name\nA,"<script>alert(1)</script>"\nB,"=cmd()"\n'
    pk = checked(admin, "customers", text)
    page = admin.get(f"{AT}{pk}/").content.decode()
    assert "<script>alert" not in page
    file = admin.get(f"{AT}{pk}/file.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    assert sheet["B3"].data_type == "s"
    admin.post(f"{AT}{pk}/mend/", {"row": 2, "cell-name": "x\x00y" * 500, "cell-nonsense": "x"})
    assert counts(admin, pk)["ERROR"] == 1
    answer = admin.post(f"{AT}{pk}/mend/", {"row": 99}, follow=True)
    assert "no such row" in answer.content.decode()
