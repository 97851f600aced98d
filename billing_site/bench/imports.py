"""How long a file of customers takes: read, checked, shown, written, and read again."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.urls import reverse

from billing_site.bench.company import analyze, people_of, scratch_company
from billing_site.bench.pages import ask, signed_in
from billing_site.bench.timing import Figure, milliseconds, seconds
from core.exports import Sheet, xlsx_file
from core.imports import importer_of
from core.models import FileImport, Tenant
from core.operations.import_mending import mend_row
from core.operations.import_writing import write_import
from core.operations.imports import check_all, start_import
from core.tenancy import tenant_scope

HEADER = (
    "code", "name", "country", "currency", "terms", "credit limit", "contact", "email", "address",
)  # fmt: skip


def bench_import(n: int, at: datetime) -> list[Figure]:
    """Import ``n`` new customers, each with a contact and an address, from CSV and from XLSX."""
    with scratch_company(at) as tenant:
        admin, _approver = people_of(tenant)
        rows = [_row(number) for number in range(n)]
        text = "\n".join([",".join(HEADER), *(",".join(row) for row in rows)])
        book = xlsx_file([Sheet("customers", HEADER, rows)]).read()
        with tenant_scope(tenant.pk):
            begin = partial(start_import, importer=importer_of("customers"), at=at, actor=admin)
            from_book, xlsx = seconds(partial(begin, content=book, name="file.xlsx"))
            from_book.delete()
            made, csv = seconds(partial(begin, content=text.encode(), name="file.csv"))
            figures = [milliseconds("import_read_csv", csv), milliseconds("import_read_xlsx", xlsx)]
            figures += _work(made, at, admin)
        analyze()
        figures += _pages(tenant, made)
        with tenant_scope(tenant.pk):
            again = begin(content=text.encode(), name="file.csv")
            figures.append(_checked("import_check_same", again, at))
        return figures


def _row(number: int) -> tuple[str, ...]:
    return (
        f"K{number:06}", f"上海测试客户{number}有限公司", "CN", "CNY", "", f"{1000 + number}.50",
        f"联系人{number}", f"ap{number}@customer.invalid", f"上海市示例路{number}号",
    )  # fmt: skip


def _work(made: FileImport, at: datetime, admin: Any) -> list[Figure]:
    """Check all rows, mend one of them, write them."""
    check = _checked("import_check", made, at)
    mend = partial(mend_row, file_import=made, number=2, texts={"name": "甲"}, at=at)
    write = partial(
        write_import,
        file_import=made,
        all_or_nothing=True,
        with_updates=True,
        at=at,
        actor=admin,
    )
    return [
        check,
        milliseconds("import_mend_row", seconds(mend)[1]),
        milliseconds("import_write", seconds(write)[1]),
    ]


def _checked(name: str, made: FileImport, at: datetime) -> Figure:
    return milliseconds(name, seconds(partial(check_all, file_import=made, at=at))[1])


def _pages(tenant: Tenant, made: FileImport) -> list[Figure]:
    """Open the list of checked rows at its beginning and at its end."""
    address = reverse("import_rows", args=[tenant.slug, made.pk])
    with signed_in(tenant) as client:
        return [
            *ask(client, "import_page_first", address),
            *ask(client, "import_page_last", f"{address}?page={made.row_count}"),
        ]
