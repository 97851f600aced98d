"""A form sent twice is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory

from core.models import Submission, Tenant
from core.once import earlier_result, first_time, new_token, remember_result
from core.tenancy import tenant_scope
from tests.conftest import make_tenant


def post(token: str = "") -> HttpRequest:
    request = RequestFactory().post("/")
    request.POST = QueryDict(f"once={token}")
    return request


def test_the_second_sending_is_told_so(in_tenant: Tenant) -> None:
    request = post(new_token())
    assert first_time(request)
    remember_result(request, "/t/acme/receipts/7/")
    assert not first_time(request)
    assert earlier_result(request, "/list/") == "/t/acme/receipts/7/"


def test_without_a_result_the_default_is_given(in_tenant: Tenant) -> None:
    request = post(new_token())
    assert first_time(request)
    assert earlier_result(request, "/list/") == "/list/"


@pytest.mark.parametrize("token", ["", "x", "%00", "1" * 500])
def test_a_form_without_a_token_is_always_first(in_tenant: Tenant, token: str) -> None:
    assert first_time(post(token))
    assert first_time(post(token))
    assert earlier_result(post(token), "/list/") == "/list/"
    remember_result(post(token), "/x/")


def test_a_refused_form_can_be_sent_again(in_tenant: Tenant) -> None:
    request = post(new_token())
    with transaction.atomic():
        assert first_time(request)
        transaction.set_rollback(True)
    assert first_time(request)


def test_companies_do_not_share_tokens(tenant: Tenant, other_tenant: Tenant) -> None:
    request = post(new_token())
    for one in (tenant, other_tenant):
        with tenant_scope(one.pk):
            assert first_time(request)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outcome", ["commits", "fails"])
def test_a_double_click_waits_for_the_first(outcome: str) -> None:
    """The second sending begins while the first holds its token, and learns how that ended."""
    tenant, token = make_tenant("clicks"), new_token()
    claimed, go_on = threading.Event(), threading.Event()

    def first() -> bool:
        with closing(connection), tenant_scope(tenant.pk):
            is_first = first_time(post(token))
            claimed.set()
            assert go_on.wait(10)
            transaction.set_rollback(outcome == "fails")
            return is_first

    def second() -> bool:
        assert claimed.wait(10)
        with closing(connection), tenant_scope(tenant.pk):
            return first_time(post(token))

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(first), pool.submit(second)]
        with pytest.raises(TimeoutError):
            answers[1].result(0.5)
        go_on.set()
        assert [answer.result(10) for answer in answers] == [True, outcome == "fails"]
    with tenant_scope(tenant.pk):
        assert Submission.objects.count() == 1
