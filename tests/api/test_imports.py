"""Files through the API: sent, checked, mended, written by a job and taken back; or refused."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from api.operations.imports import WRITES
from api.serializers.imports import PREFIXES
from core.imports import importers
from core.jobs import work_off_one
from core.models import FileImport, Job, Membership
from core.models.tenant import DataScope
from core.operations import imports as operations
from core.roles import Role
from customers.models import Customer
from tests.api.conftest import Program
from tests.factories import CustomerFactory

CUSTOMERS = "客户编码;客户名称;国家;邮箱\n甲1;上海晨光;CN;a@b.test\n乙2;;CN;\n"


def send(program: Program, kind: str, content: str | bytes, *, status=201, key="", **fields):
    """Send a form as programs do; return what is answered."""
    raw = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(fields.pop("name", "file.csv"), raw)
    headers = program.headers | ({"Idempotency-Key": key} if key else {})
    answer = program.client.post(
        "/api/v1/imports/", {"kind": kind, "file": file} | fields, headers=headers
    )
    assert answer.status_code == status, answer.content
    return answer


def work_off(world) -> None:
    def done() -> None:
        for job in Job.objects.exclude(state="DONE"):
            while work_off_one(job_id=job.pk, at=timezone.now()):
                pass

    world(done)


def test_a_file_end_to_end(admin: Program, world) -> None:
    made = send(admin, "customers", CUSTOMERS)
    said = made.json()
    at = made["Location"].removeprefix("/api/v1/")
    assert said["stage"] == "CHECKED"
    assert said["counts"] == {"new": 1, "update": 0, "same": 0, "error": 1}
    assert said["mapping"]["code"] == "客户编码"
    assert world(Customer.objects.count) == 0
    [wrong] = admin.get(f"{at}rows/?verdict=ERROR").json()["results"]
    assert wrong["row"] == 3
    assert wrong["error"] == {
        "pointer": "/rows/3/name",
        "column": "name",
        "header": "客户名称",
        "detail": wrong["error"]["detail"],
    }
    assert wrong["error"]["detail"]
    mended = admin.post(f"{at}mend/", {"row": 3, "cells": {"name": "北京"}}, status=200).json()
    assert (mended["verdict"], mended["error"], mended["cells"]["name"]) == ("NEW", None, "北京")
    started = admin.post(f"{at}commit/", {"all_or_nothing": True}, status=202)
    assert started["Location"] == f"/api/v1/jobs/{started.json()['id']}/"
    assert admin.get(at).json()["stage"] == "WRITING"
    assert admin.post(f"{at}commit/", {}, status=409).json()["code"] == "wrong_stage"
    work_off(world)
    said = admin.get(at).json()
    assert (said["stage"], said["write_job"]) == ("WRITTEN", started.json()["id"])
    rows = admin.get(f"{at}rows/?limit=1").json()
    assert [one["row"] for one in rows["results"]] == [2]
    following = admin.get(rows["next"].partition("/api/v1/")[2]).json()["results"]
    assert [one["row"] for one in following] == [3]
    subject = rows["results"][0]["subject"]
    assert admin.get(f"customers/{subject}/").json()["code"] == "甲1"


def test_what_nobody_used_is_taken_back(admin: Program, world) -> None:
    at = send(admin, "customers", CUSTOMERS)["Location"].removeprefix("/api/v1/")
    admin.post(f"{at}commit/", {}, status=202)
    work_off(world)
    undone = admin.post(f"{at}undo/", status=202)
    work_off(world)
    job = admin.get(undone["Location"].removeprefix("/api/v1/")).json()
    assert (job["state"], job["counts"]["done"]) == ("DONE", 1)
    assert admin.get(at).json()["stage"] == "UNDONE"
    assert world(Customer.objects.count) == 0


def test_what_is_used_is_not_taken_back(admin: Program, world) -> None:
    at = send(admin, "customers", CUSTOMERS)["Location"].removeprefix("/api/v1/")
    admin.post(f"{at}commit/", {}, status=202)
    work_off(world)
    customer = world(Customer.objects.get)
    admin.post("invoices/", {"customer": f"cus_{customer.pk}"})
    undone = admin.post(f"{at}undo/", status=202).json()["id"]
    work_off(world)
    [row] = admin.get(f"jobs/{undone}/rows/?state=FAILED").json()["results"]
    assert row["message"]
    assert world(Customer.objects.count) == 1


def test_a_file_as_the_body(admin: Program, world) -> None:
    headers = admin.headers
    mapping = json.dumps({"name": "Firma", "note": None})
    answer = admin.client.post(
        f"/api/v1/imports/?kind=customers&file_name=kunden.csv&mapping={mapping}",
        "code,Firma,note\nA1,Alpha,left out\n",
        content_type="text/csv; charset=utf-8",
        headers=headers,
    )
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert said["file_name"] == "kunden.csv"
    assert said["mapping"] == {"code": "code", "name": "Firma"}


def test_sent_twice_is_kept_once(admin: Program, world) -> None:
    first = send(admin, "customers", CUSTOMERS, key="k")
    again = send(admin, "customers", CUSTOMERS, key="k")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert world(FileImport.objects.count) == 1
    other = send(admin, "customers", CUSTOMERS + "丙3;C;CN;\n", key="k", status=422)
    assert other.json()["code"] == "idempotency_key_reused"
    at = first["Location"].removeprefix("/api/v1/")
    one, two = (admin.post(f"{at}commit/", {}, status=202, Idempotency_Key="c") for _ in "12")
    assert one["Location"] == two["Location"]
    assert world(Job.objects.count) == 1


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "fields", "pointer"),
    [
        (b"", {}, "/file"),
        (b"code,name\n", {}, "/file"),
        (b"\xd0\xcf\x11\xe0 old", {}, "/file"),
        (bomb(), {}, "/file"),
        (b"a,b\n1,2\n", {}, "/mapping/name"),
        (b"code,name\n1,2\n", {"mapping": "{"}, "/mapping"),
        (b"code,name\n1,2\n", {"mapping": '{"name": 5}'}, "/mapping"),
        (b"code,name\n1,2\n", {"mapping": '{"nme": "name"}'}, "/mapping/nme"),
        (b"code,name\n1,2\n", {"mapping": '{"name": "nobody"}'}, "/mapping/name"),
        (b"code,name\n1,2\n", {"mapping": '{"name":"name","code":"name"}'}, "/mapping/code"),
        (b"code,name\n1,2\n", {"date_format": "%H"}, "/date_format"),
        (b"code,name\n1,2\n", {"kind": "people"}, "/kind"),
        (b"code,name\n1,2\n", {"more": "x"}, "/more"),
    ],
)
def test_files_that_are_none_leave_nothing(admin: Program, world, content, fields, pointer) -> None:
    answer = send(admin, fields.pop("kind", "customers"), content, status=422, **fields)
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert world(FileImport.objects.count) == 0


def test_days_that_could_be_read_two_ways_are_asked_for(admin: Program, world) -> None:
    bills = "customer code,number,bill date,amount\nC1,N1,03/04/2026,10\n"
    asked = send(admin, "bills", bills, status=422).json()["errors"]
    assert asked[0]["pointer"] == "/date_format"
    assert "%d/%m/%Y" in asked[0]["detail"]
    made = send(admin, "bills", bills, date_format="%d/%m/%Y")
    at = made["Location"].removeprefix("/api/v1/")
    admin.post(f"{at}commit/", {}, status=202)
    work_off(world)
    [row] = admin.get(f"{at}rows/").json()["results"]
    assert admin.get(f"invoices/{row['subject']}/").json()["issue_date"] == "2026-04-03"
    admin.post(f"{at}undo/", {}, status=202)
    work_off(world)
    assert admin.get(f"invoices/{row['subject']}/").json()["state"] == "VOID"
    assert admin.get(f"{at}rows/").json()["results"][0]["subject"] is None


def test_bodies_that_are_no_files(admin: Program, monkeypatch) -> None:
    admin.post("imports/", {"kind": "customers"}, status=415)
    post, headers = admin.client.post, admin.headers
    torn = post("/api/v1/imports/", b"--x", content_type="multipart/form-data", headers=headers)
    assert (torn.status_code, torn.json()["code"]) == (400, "unreadable")
    both = post("/api/v1/imports/?kind=customers", {"kind": "customers"}, headers=headers)
    assert both.json()["errors"][0]["parameter"] == "kind"
    file = SimpleUploadedFile("a.csv", b"code,name\n1,2\n")
    twice = post("/api/v1/imports/", {"kind": ["customers", "bills"], "file": file},
                 headers=headers)  # fmt: skip
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/kind")
    none = post("/api/v1/imports/", {"kind": "customers", "file": "text"}, headers=headers)
    assert (none.status_code, none.json()["errors"][0]["pointer"]) == (422, "/file")
    monkeypatch.setattr("api.uploads.MOST_BYTES", 10)
    large = post("/api/v1/imports/?kind=customers", b"x" * 11, content_type="text/csv",
                 headers=headers)  # fmt: skip
    assert large.status_code == 413
    monkeypatch.setattr("api.uploads.AROUND", 0)
    assert send(admin, "customers", CUSTOMERS, status=413)


def test_many_rows_are_checked_by_a_job(admin: Program, world, monkeypatch) -> None:
    monkeypatch.setattr(operations, "RIGHT_AWAY", 1)
    made = send(admin, "customers", CUSTOMERS)
    assert made.json()["stage"] == "CHECKING"
    at = made["Location"].removeprefix("/api/v1/")
    assert admin.post(f"{at}commit/", {}, status=409).json()["code"] == "wrong_stage"
    work_off(world)
    assert admin.get(at).json()["counts"]["error"] == 1
    again = admin.post(f"{at}check/", status=200).json()
    assert again["stage"] == "CHECKING"


def test_nothing_to_write_is_said(admin: Program, world) -> None:
    world(lambda: CustomerFactory(code="A1", name="Alpha"))
    at = send(admin, "customers", "code,name\nA1,Alpha\n")["Location"].removeprefix("/api/v1/")
    assert admin.get(at).json()["counts"]["same"] == 1
    assert admin.post(f"{at}commit/", {}, status=409).json()["code"] == "import_refused"


def test_changes_are_written_where_asked_for(admin: Program, world) -> None:
    world(lambda: CustomerFactory(code="A1", name="Alpha"))
    at = send(admin, "customers", "code,name\nA1,Beta\n")["Location"].removeprefix("/api/v1/")
    [row] = admin.get(f"{at}rows/").json()["results"]
    assert (row["verdict"], row["changes"]) == ("UPDATE", {"name": ["Alpha", "Beta"]})
    admin.post(f"{at}commit/", {}, status=409)
    admin.post(f"{at}commit/", {"with_updates": True}, status=202)
    work_off(world)
    assert world(Customer.objects.get).name == "Beta"


def test_a_cell_that_cannot_be_mended(admin: Program) -> None:
    at = send(admin, "customers", CUSTOMERS)["Location"].removeprefix("/api/v1/")
    for body, pointer in [
        ({"row": 9, "cells": {"name": "X"}}, "/row"),
        ({"row": 2, "cells": {"nme": "X"}}, "/cells/nme"),
        ({"row": 2, "cells": {"name": "a\u0000b"}}, "/cells/name"),
        ({"row": 2, "cells": {}}, "/cells"),
        ({"row": 2}, "/cells"),
        ({"row": 2, "cells": {"name": "X"}, "anyway": True}, "/cells"),
    ]:
        errors = admin.post(f"{at}mend/", body, status=422).json()["errors"]
        assert [one["pointer"] for one in errors] == [pointer], body
    assert admin.post(f"{at}mend/", {"row": 2, "anyway": True}, status=409)
    assert admin("delete", at, status=204)
    admin.get(at, status=404)


def test_who_may_import_what(program, members, world) -> None:
    """The kind decides: what a file writes needs its own scope, and its person's right."""
    assert set(WRITES) == {one.kind for one in importers()} == set(PREFIXES)
    biller, cashier = program(Role.BILLER), program(Role.CASHIER)
    receipts = "customer code,received on,amount\nC1,2026-01-02,5\n"
    refused = send(biller, "receipts", receipts, status=403).json()
    assert refused["code"] == "permission_missing"
    assert send(cashier, "receipts", receipts)
    narrow = program(Role.ADMIN, "imports:use")
    assert send(narrow, "customers", CUSTOMERS, status=403).json()["code"] == "scope_missing"
    mine = send(biller, "customers", CUSTOMERS)["Location"].removeprefix("/api/v1/")
    cashier.get(mine, status=404)
    narrow.get(mine, status=404)
    assert narrow.get("imports/").json()["results"] == []
    assert len(program(Role.ADMIN).get("imports/").json()["results"]) == 2
    assert len(biller.get("imports/").json()["results"]) == 1
    bills = "customer code,number,bill date,amount\nC1,N1,2026-01-02,10\n"
    assert send(biller, "bills", bills, status=403).json()["code"] == "permission_missing"


def test_who_sees_some_customers_only_learns_nothing_of_the_others(program, members, world) -> None:
    world(lambda: CustomerFactory(code="HID", name="Hidden", owner=members["ADMIN"]))
    world(
        lambda: Membership.objects.filter(user=members["BILLER"]).update(data_scope=DataScope.OWN)
    )
    biller = program(Role.BILLER)
    made = send(biller, "customers", "code,name\nHID,Mine\nOWN,Own\n")
    at = made["Location"].removeprefix("/api/v1/")
    [taken] = biller.get(f"{at}rows/?verdict=ERROR").json()["results"]
    assert (taken["row"], taken["error"]["column"]) == (2, "code")
    assert "Hidden" not in json.dumps(taken)
    biller.post(f"{at}commit/", {}, status=202)
    work_off(world)
    assert world(lambda: Customer.objects.get(code="OWN").owner) == members["BILLER"]
