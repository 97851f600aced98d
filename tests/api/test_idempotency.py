"""A POST sent twice is done once, also by two at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.models import AnsweredRequest
from api.operations.idempotency import KEPT, forget_answers
from api.tasks import forget_old_answers
from core.models import Membership
from core.tenancy import tenant_scope
from customers import operations
from customers.models import Customer
from tests.api.conftest import Program, make_key
from tests.conftest import NOON


def test_the_same_again(admin: Program, world) -> None:
    first = admin.post("customers/", {"name": "A", "code": "X"}, Idempotency_Key="one")
    again = admin.post("customers/", {"code": "X", "name": "A"}, Idempotency_Key="one")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert world(Customer.objects.count) == 1


def test_without_a_key_or_with_another_it_is_done_again(admin: Program, world) -> None:
    admin.post("customers/", {"name": "A"})
    admin.post("customers/", {"name": "A"})
    admin.post("customers/", {"name": "A"}, Idempotency_Key="one")
    admin.post("customers/", {"name": "A"}, Idempotency_Key="two")
    assert world(Customer.objects.count) == 4


def test_another_body_under_the_same_key(admin: Program, world) -> None:
    admin.post("customers/", {"name": "A"}, Idempotency_Key="one")
    refused = admin.post("customers/", {"name": "B"}, Idempotency_Key="one", status=422)
    assert refused.json()["code"] == "idempotency_key_reused"
    assert world(Customer.objects.count) == 1


def test_keys_are_apart_by_credential_and_address(program, world) -> None:
    one, other = program(), program()
    one.post("customers/", {"name": "A"}, Idempotency_Key="k")
    other.post("customers/", {"name": "B"}, Idempotency_Key="k")
    customer = world(lambda: Customer.objects.order_by("pk")[0].pk)
    one.post(f"customers/cus_{customer}/contacts/", {"name": "A"}, Idempotency_Key="k")
    assert world(Customer.objects.count) == 2


def test_an_answer_of_a_wider_scope_is_not_given_again(admin: Program, members) -> None:
    admin.post("customers/", {"name": "A"}, Idempotency_Key="one")
    Membership.objects.filter(user=members["ADMIN"]).update(scope_since=timezone.now())
    refused = admin.post("customers/", {"name": "A"}, Idempotency_Key="one", status=422)
    assert refused.json()["code"] == "idempotency_key_reused"
    assert "more than you may see" in refused.json()["detail"]
    admin.post("customers/", {"name": "A"}, Idempotency_Key="two")
    admin.post("customers/", {"name": "A"}, Idempotency_Key="two")


def test_what_was_refused_is_tried_again(admin: Program, world) -> None:
    admin.post("customers/", {"name": "A", "code": "X"})
    admin.post("customers/", {"name": "B", "code": "X"}, Idempotency_Key="k", status=409)
    world(lambda: Customer.objects.update(code="Y"))
    admin.post("customers/", {"name": "B", "code": "X"}, Idempotency_Key="k")


def test_a_step_is_answered_with_how_it_went_then(admin: Program, program, world) -> None:
    invoice = admin.post("invoices/", {"customer": _customer(admin)}).json()["id"]
    path = f"invoices/{invoice}/"
    admin.post(path + "submit/", status=409, Idempotency_Key="s")  # no lines yet
    assert world(AnsweredRequest.objects.count) == 0


def _customer(admin: Program) -> str:
    return str(admin.post("customers/", {"name": "A"}).json()["id"])


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256])
def test_keys_that_are_none(admin: Program, world, key: str) -> None:
    refused = admin.post("customers/", {"name": "A"}, Idempotency_Key=key, status=400)
    assert refused.json()["errors"][0]["header"] == "Idempotency-Key"
    assert world(Customer.objects.count) == 0


def test_kept_for_thirty_days(admin: Program, tenant, world) -> None:
    admin.post("customers/", {"name": "A"}, Idempotency_Key="one")
    made = world(AnsweredRequest.objects.get).created_at
    assert world(lambda: forget_answers(at=made + KEPT)) == 0
    assert world(lambda: forget_answers(at=made + KEPT + timedelta(seconds=1))) == 1
    admin.post("customers/", {"name": "A"}, Idempotency_Key="one")
    world(lambda: AnsweredRequest.objects.update(created_at=NOON - timedelta(days=3650)))
    forget_old_answers()
    assert world(AnsweredRequest.objects.count) == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once(tenant, members) -> None:
    """The second waits inside PostgreSQL until the first commits, and gets its answer."""
    secret = make_key(tenant, members["ADMIN"])
    inside, go_on = threading.Event(), threading.Event()
    make, answers = operations.create_customer, []

    def slowly(**kwargs):
        inside.set()
        assert go_on.wait(10)
        return make(**kwargs)

    def send() -> None:
        try:
            answers.append(Program(secret).post("customers/", {"name": "A"}, Idempotency_Key="k"))
        finally:
            connection.close()

    with mock.patch.object(operations, "create_customer", side_effect=slowly) as made:
        threads = [threading.Thread(target=send) for _ in range(2)]
        threads[0].start()
        assert inside.wait(10)
        threads[1].start()
        _wait_until_somebody_waits()
        go_on.set()
        for thread in threads:
            thread.join(20)
    assert made.call_count == 1
    assert len(answers) == 2
    assert answers[0].json() == answers[1].json()
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 1
    with tenant_scope(tenant.pk):
        assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_waiting_ends(tenant, members) -> None:
    """Whoever waits too long for the first is told that it is at work, and nothing is done."""
    secret = make_key(tenant, members["ADMIN"])
    inside, go_on, answers = threading.Event(), threading.Event(), []
    make = operations.create_customer

    def slowly(**kwargs):
        inside.set()
        assert go_on.wait(10)
        return make(**kwargs)

    def send() -> None:
        try:
            answers.append(Program(secret).post("customers/", {"name": "A"}, Idempotency_Key="k"))
        finally:
            connection.close()

    with mock.patch.object(operations, "create_customer", side_effect=slowly):
        thread = threading.Thread(target=send)
        thread.start()
        assert inside.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            refused = Program(secret).post(
                "customers/", {"name": "A"}, Idempotency_Key="k", status=409
            )
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
            go_on.set()
            thread.join(20)
    assert refused.json()["code"] == "busy"
    assert refused["Retry-After"]
    assert len(answers) == 1


def _wait_until_somebody_waits() -> None:
    for _attempt in range(200):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody waits")
