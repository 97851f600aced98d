"""Every refusal is a problem of one shape; nothing hostile gets through or brings anything down."""

from __future__ import annotations

import json
from unittest import mock

import psycopg.errors
import pytest
from django.db import DataError, OperationalError
from django.test import Client

from api.problems import CONTENT_TYPE
from customers import operations
from customers.models import Customer
from tests.api.conftest import Program, make_key


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "nothing/", "customers", "customers/cus_1", "..%2f", "v2/"])
def test_what_is_not_there(path: str) -> None:
    answer = Client().get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, CONTENT_TYPE)


@pytest.mark.parametrize(
    "name",
    ["1", "cus_", "cus_0", "cus_01", "cus_-1", "inv_1", "cus_１", "cus_" + "9" * 19, "cus_1 "],
)
def test_no_id(admin: Program, name: str) -> None:
    admin.get(f"customers/{name}/", status=404)


@pytest.mark.parametrize("method", ["put", "options", "trace"])
def test_methods(admin: Program, method: str) -> None:
    answer = getattr(admin.client, method)("/api/v1/customers/", headers=admin.headers)
    assert (answer.status_code, answer["Content-Type"]) == (405, CONTENT_TYPE)
    assert answer["Allow"] == "GET, HEAD, POST"


def test_no_method_by_a_header(admin: Program, world) -> None:
    admin.post("customers/", {"name": "A"}, X_HTTP_Method_Override="DELETE")
    customer = world(Customer.objects.get)
    answer = admin.client.head(f"/api/v1/customers/cus_{customer.pk}/", headers=admin.headers)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("sort", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_other_media_types(admin: Program, sort: str) -> None:
    answer = admin.client.post(
        "/api/v1/customers/", b'{"name": "A"}', content_type=sort, headers=admin.headers
    )
    assert (answer.status_code, answer["Content-Type"]) == (415, CONTENT_TYPE)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"\xff\xfe", b"NaN", b'{"name": Infinity}', b"[" * 200_000,
        b'{"a":' * 100_000, b"\x1f\x8b\x08\x00", b'{"name": 1' + b"0" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_bodies_that_are_no_json(admin: Program, world, body: bytes) -> None:
    answer = admin.client.post(
        "/api/v1/customers/", body, content_type="application/json", headers=admin.headers
    )
    assert answer.status_code in {400, 422}, answer.content
    assert answer["Content-Type"] == CONTENT_TYPE
    assert world(Customer.objects.count) == 0


@pytest.mark.parametrize(
    "body",
    [
        rb'{"name":"A","\ud800":1}',
        rb'{"name":"A","kind":"\ud800"}',
        rb'{"name":"\uDFFF\uD800"}',
        rb'{"name":"A\ud800B"}',
        rb'[["\ud83d"]]',
    ],
)
def test_halves_of_signs_are_no_text(admin: Program, body: bytes) -> None:
    answer = admin.client.post(
        "/api/v1/customers/", body, content_type="application/json", headers=admin.headers
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, CONTENT_TYPE)
    admin.post("customers/", {"name": "\U0001f600"})


def test_a_problem_names_a_hundred_errors_at_most(admin: Program) -> None:
    body = {"name": "A"} | {f"wrong{number}": 1 for number in range(300)}
    assert len(admin.post("customers/", body, status=422).json()["errors"]) == 100


def test_a_body_that_is_too_large(admin: Program) -> None:
    body = json.dumps({"name": "A" * 3_000_000})
    answer = admin.client.post(
        "/api/v1/customers/", body, content_type="application/json", headers=admin.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_is_missing(admin: Program) -> None:
    assert admin.post("customers/", None, status=400).json()["code"] == "unreadable"


def test_a_body_where_none_is_read(admin: Program) -> None:
    admin.post("invoices/inv_1/submit/", {"force": True}, status=422)


def test_problems_speak_the_language_asked_for(admin: Program) -> None:
    answer = admin.get("customers/cus_9/", status=404, Accept_Language="zh-hans")
    assert answer["Content-Language"] == "zh-hans"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        (psycopg.errors.LockNotAvailable(), 409, "busy"),
        (psycopg.errors.DeadlockDetected(), 409, "busy"),
        (psycopg.errors.QueryCanceled(), 409, "busy"),
        (psycopg.errors.AdminShutdown(), 503, "unavailable"),
    ],
)
def test_a_database_in_trouble(admin: Program, cause, status: int, code: str) -> None:
    error = OperationalError()
    error.__cause__ = cause
    with mock.patch.object(operations, "create_customer", side_effect=error):
        answer = admin.post("customers/", {"name": "A"}, status=status)
    assert answer.json()["code"] == code
    assert answer["Retry-After"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DataError("numeric field overflow"), 422, "invalid"),
        (ZeroDivisionError("secret"), 500, "error"),
    ],
)
def test_what_nobody_expected(admin: Program, error, status: int, code: str) -> None:
    with mock.patch.object(operations, "create_customer", side_effect=error):
        answer = admin.post("customers/", {"name": "A"}, status=status)
    assert answer.json()["code"] == code
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_undoes_everything(tenant, members, world) -> None:
    program = Program(make_key(tenant, members["ADMIN"]))

    def write_and_fail(**kwargs):
        make(**kwargs)
        raise operations.CodeTaken

    make = operations.create_customer
    with mock.patch.object(operations, "create_customer", side_effect=write_and_fail):
        program.post("customers/", {"name": "A"}, status=409, Idempotency_Key="k")
    assert world(Customer.objects.count) == 0
    program.post("customers/", {"name": "A"}, Idempotency_Key="k")
    assert world(Customer.objects.count) == 1, "the key of what was refused is free again"
