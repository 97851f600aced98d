"""Files of a list: at once, by a job, hostile names in them, and what a selection refuses."""

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from core import files, jobs
from core.lists import files as list_files
from core.models import AuditEntry, Job, JobResult, JobRow, Membership, StoredFile, Tenant, User
from core.operations.results import drop_expired_results, keep_result
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import NOON
from tests.core.test_lists import URL, codes, exported, make

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.list_site")]
HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "＝1",
    '=HYPERLINK("http://evil.test")',
    "https://evil.test",
    'a,b;c"d',
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "x" * 190,
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def many(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant.pk):
        make(60)
    return tenant


@pytest.fixture
def client(client: Client, members: dict[str, User]) -> Client:
    client.force_login(members["BILLER"])
    return client


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 50 rows be many, and 100 too many for paper."""
    for name, form in list(list_files.FORMATS.items()):
        most = 100 if name == "pdf" else form.most
        few = list_files.Format(form.name, form.content_type, 50, most)
        monkeypatch.setitem(list_files.FORMATS, name, few)


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.content[:300]
    return b"".join(response.streaming_content)


def sheet_of(content: bytes, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True))


def work_off(tenant: Tenant, job: Job, at: datetime | None = None) -> JobRow:
    with tenant_scope(tenant.pk):
        while jobs.work_off_one(job_id=job.pk, at=at or timezone.now()):
            pass
        return JobRow.objects.get(job=job)


def test_hostile_names_are_text_in_every_file(client: Client, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        for n, name in enumerate(HOSTILE):
            make(1, start=n, name=name)
    names = [row[1] for row in exported(client.get(f"{URL}?export=csv"))[1:]]
    assert names == [f"'{name}" if name in HOSTILE[:7] else name for name in HOSTILE]
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(f"{URL}?export=xlsx"))))
    cells = [row[1] for row in book["Customers"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == list(HOSTILE)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    assert body(client.get(f"{URL}?export=pdf")).startswith(b"%PDF")


def test_a_file_follows_the_columns_shown_and_says_what_it_is(client: Client, many: Tenant) -> None:
    content = body(client.get(f"{URL}?currency=EUR&cols=name,credit_limit&sort=-name&export=xlsx"))
    rows = sheet_of(content, "Customers")
    assert rows[0] == ("Code", "Name", "Credit limit", "Currency")
    page = client.get(f"{URL}?currency=EUR&sort=-name")
    assert [row[0] for row in rows[1:]] == codes(page)
    about = dict(sheet_of(content, "Parameters"))
    assert about["List"] == "Customers"
    assert about["Company"] == "Acme"
    assert about["Currency"] == "EUR"
    assert about["Sorted by"] == "-name"
    assert about["Made at"].year >= 2026
    with tenant_scope(many.pk):
        entry = AuditEntry.objects.get(event="list.exported")
    assert entry.changes == {
        "list": "Customers", "format": "xlsx", "rows": 20, "filters": "Currency: EUR"
    }  # fmt: skip


def test_ticked_rows_are_a_file_of_their_own(client: Client, many: Tenant) -> None:
    with tenant_scope(many.pk):
        ids = list(Customer.objects.filter(code__lt="C0003").values_list("pk", flat=True))
    response = client.post(f"{URL}?sort=-code", {"export": "csv", "selected": ids})
    assert [row[0] for row in exported(response)[1:]] == ["C0002", "C0001", "C0000"]
    response = client.post(f"{URL}?currency=EUR", {"export": "csv", "selected": ids})
    assert response.status_code == 409
    response = client.post(
        f"{URL}?currency=EUR", {"export": "csv", "matching": "1", "matching_count": "20"}
    )
    assert len(exported(response)) == 21


def test_a_file_of_all_that_match_is_refused_once_their_number_changed(
    client: Client, many: Tenant
) -> None:
    data = {"export": "csv", "matching": "1", "matching_count": "19"}
    response = client.post(f"{URL}?currency=EUR", data)
    assert response.status_code == 409
    text = response.content.decode()
    assert "You chose all 19 rows that matched; now 20 match. Nothing was done." in text
    assert f'href="{URL}?currency=EUR"' in text


def test_other_companies_rows_are_not_in_a_file(
    client: Client, many: Tenant, other_tenant: Tenant
) -> None:
    with tenant_scope(other_tenant.pk):
        foreign = make(1, code="THEIRS")[0].pk
    data = {"export": "csv", "selected": [foreign]}
    assert client.post(URL, data).status_code == 409  # nothing is ticked that is there
    assert "THEIRS" not in str(exported(client.get(f"{URL}?export=csv")))
    summary = client.post(URL, {"summary": "1", "selected": [foreign]}).content.decode()
    assert "0 selected" in summary


class TestLarge:
    """More rows than are handed out at once."""

    pytestmark = pytest.mark.usefixtures("large")

    def start(self, client: Client, tenant: Tenant, query: str = "", form: str = "csv") -> Job:
        response = client.post(f"{URL}{query}", {"export": form})
        assert response.status_code == 302, response.content
        with tenant_scope(tenant.pk):
            job = Job.objects.latest("pk")
        assert response.headers["Location"] == f"/t/acme/jobs/{job.pk}/"
        return job

    def test_looking_starts_nothing(self, client: Client, many: Tenant) -> None:
        text = client.get(f"{URL}?export=csv").content.decode()
        assert "This file is made as a job" in text
        with tenant_scope(many.pk):
            assert not Job.objects.exists()
        assert "CSV, as a job" in client.get(URL).content.decode()
        assert exported(client.get(f"{URL}?currency=EUR&export=csv"))

    @pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
    def test_a_job_makes_exactly_this_view(self, client: Client, many: Tenant, form: str) -> None:
        query = "?sort=-name&q=customer&cols=name,credit_limit"
        job = self.start(client, many, query, form)
        row = work_off(many, job)
        assert (row.state, job.filter_text) == ("DONE", "Search: customer"), row.message
        assert row.message.startswith("60 rows, ")
        content = body(client.get(f"/t/acme/jobs/{job.pk}/result/"))
        if form == "pdf":
            assert content.startswith(b"%PDF")
            return
        if form == "csv":
            assert content.startswith(b"\xef\xbb\xbf")
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        else:
            rows = [tuple(row) for row in sheet_of(content, "Customers")]  # type: ignore[misc]
        assert list(rows[0]) == ["Code", "Name", "Credit limit", "Currency"]
        assert [row[0] for row in rows[1:]] == codes(client.get(f"{URL}{query}&size=200"))

    def test_the_file_is_for_whoever_started_it(
        self, client: Client, many: Tenant, members: dict[str, User]
    ) -> None:
        job = self.start(client, many)
        page, url = f"/t/acme/jobs/{job.pk}/", f"/t/acme/jobs/{job.pk}/result/"
        assert client.get(url).headers["Location"] == page  # there is none yet
        work_off(many, job)
        shown = client.get(page).content.decode()
        assert url in shown
        assert f'href="{URL}?"' in shown or f'href="{URL}"' in shown
        other, stranger = Client(), Client()
        other.force_login(members["ADMIN"])
        assert other.get(url).headers["Location"] == page
        assert "only for whoever started the job" in other.get(page).content.decode()
        stranger.force_login(members["STRANGER"])
        assert stranger.get(url).status_code == 404

    def test_whoever_lost_the_right_gets_nothing(
        self, client: Client, many: Tenant, members: dict[str, User]
    ) -> None:
        job = self.start(client, many)
        Membership.objects.filter(user=members["BILLER"]).update(is_active=False)
        assert work_off(many, job).state == "FAILED"
        with tenant_scope(many.pk):
            assert not JobResult.objects.exists()

    def test_a_file_is_kept_for_seven_days(self, client: Client, many: Tenant, media: Path) -> None:
        job = self.start(client, many)
        work_off(many, job, NOON)
        with tenant_scope(many.pk):
            assert drop_expired_results(at=NOON + timedelta(days=7)) == 0
            assert drop_expired_results(at=NOON + timedelta(days=7, seconds=1)) == 1
            assert not StoredFile.objects.exists()
        assert not [path for path in media.rglob("*") if path.is_file()]
        answer = client.get(f"/t/acme/jobs/{job.pk}/result/", follow=True).content.decode()
        assert "not kept any more" in answer

    def test_a_file_that_is_gone_from_the_disk_is_said(
        self, client: Client, many: Tenant, media: Path
    ) -> None:
        job = self.start(client, many)
        work_off(many, job)
        for path in [path for path in media.rglob("*") if path.is_file()]:
            path.unlink()
        answer = client.get(f"/t/acme/jobs/{job.pk}/result/", follow=True)
        assert "cannot be read any more" in answer.content.decode()

    def test_paper_has_its_limit(self, client: Client, many: Tenant) -> None:
        with tenant_scope(many.pk):
            make(60, start=100)
        for response in (client.get(f"{URL}?export=pdf"), client.post(URL, {"export": "pdf"})):
            assert response.status_code == 422
            assert "PDF takes at most 100 rows" in response.content.decode()
        with tenant_scope(many.pk):
            assert not Job.objects.exists()

    def test_two_clicks_start_one_job(self, client: Client, many: Tenant) -> None:
        token = re.search(r'name="once" value="([^"]+)"', client.get(URL).content.decode())
        assert token is not None
        for _click in range(2):
            client.post(URL, {"export": "csv", "once": token[1]})
        with tenant_scope(many.pk):
            assert Job.objects.count() == 1


def test_bytes_that_serve_for_something_else_stay(tenant: Tenant, members: dict[str, User]) -> None:
    with tenant_scope(tenant.pk):
        results = []
        for n in range(2):
            job = jobs.start(kind="export_list", title=str(n), rows=[], at=NOON, actor=None)
            results.append(
                keep_result(
                    job=job,
                    content=ContentFile(b"same"),
                    name="x.csv",
                    content_type="text/csv",
                    permission="home.view",
                    at=NOON + timedelta(days=n),
                )
            )
        assert results[0].file_id == results[1].file_id
        assert drop_expired_results(at=NOON + timedelta(days=7, hours=1)) == 1
        assert files.read(results[1].file) == b"same"
        assert drop_expired_results(at=NOON + timedelta(days=9)) == 1
        with pytest.raises(files.FileDamaged):
            files.open_stored(results[1].file)
