"""From a form nobody knows to a company of one's own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.models import Membership, SignUp, Tenant, User
from core.operations.sign_up import LinkOver, confirm_sign_up, forget_sign_ups, free_slug, sign_up
from tests.conftest import NOON, make_tenant

PERSON = {"name": "Wang Fang", "password": "a long enough word"}
WISH = {
    "email": "Wang@North.test",
    "company_name": "北方贸易有限公司",
    "country": "CN",
}
VALUES = WISH | {
    "language": "en",
    "currency": "CNY",
    "time_zone": "UTC",
    "document_language": "en",
}


@pytest.fixture(autouse=True)
def _no_counts(db) -> None:
    cache.clear()


def test_a_stranger_gets_a_company_by_the_mail(client, mailoutbox, settings):
    assert 'href="/sign-up/"' in client.get("/accounts/login/").content.decode()
    assert client.get("/sign-up/").status_code == 200
    answer = client.post("/sign-up/", WISH)
    assert "wang@north.test" in answer.content.decode().lower()
    assert not User.objects.exists()
    assert not Tenant.objects.exists()

    [sent] = mailoutbox
    assert sent.to == ["Wang@North.test"]
    [link] = re.findall(r"(/sign-up/[^/\s]+/)", sent.body)
    page = client.get(link)
    assert (
        page["Referrer-Policy"] == "same-origin"
    )  # else a browser hides its origin, and the form fails
    assert not User.objects.exists()  # looking makes nothing
    done = client.post(link, PERSON)
    tenant = Tenant.objects.get()
    assert done.url == f"/t/{tenant.slug}/"
    assert tenant.slug == "bei-fang-mao-yi-you-xian-gong-si"
    assert (tenant.currency, tenant.time_zone, tenant.language) == (
        "CNY",
        "Asia/Shanghai",
        "zh-hans",
    )
    member = Membership.objects.get(tenant=tenant)
    assert (member.user.email, member.user.name, member.roles) == (
        "wang@north.test",
        "Wang Fang",
        ["ADMIN"],
    )
    home = client.get(done.url)
    assert home.status_code == 200
    assert len(home.context["steps"]) == 7
    assert client.post(link).status_code == 410
    assert member.user.check_password(PERSON["password"])
    assert settings.KNOWN_BROWSER_COOKIE_NAME in done.cookies


def test_who_reads_the_mail_says_the_password_and_not_who_asked_for_it(client, mailoutbox):
    client.post("/sign-up/", WISH)
    thief = Client()
    thief.post("/sign-up/", WISH | {"name": "Wang Fang", "password": "the thief's own word"})
    links = [re.findall(r"(/sign-up/[^/\s]+/)", sent.body)[0] for sent in mailoutbox]
    assert [client.get(link).status_code for link in links] == [200, 200]  # none ends another
    assert client.post(links[1]).status_code == 422
    client.post(links[1], PERSON)
    assert client.get(links[0]).status_code == 410
    user = User.objects.get()
    assert user.check_password(PERSON["password"])
    assert not user.check_password("the thief's own word")
    assert not SignUp.objects.exists()


def test_a_known_address_gets_the_same_answer_and_another_mail(client, mailoutbox):
    User.objects.create_user("wang@north.test", "known-person-1")
    unknown = client.post("/sign-up/", WISH | {"email": "new@north.test"})
    known = client.post("/sign-up/", WISH)
    strip = re.compile(r"(?i)[\w.]+@north\.test|[a-z0-9]{64}|[0-9a-f-]{32,36}")
    assert strip.sub("", known.content.decode()) == strip.sub("", unknown.content.decode())
    assert "/sign-up/" in mailoutbox[0].body
    assert "/accounts/login/" in mailoutbox[1].body
    assert SignUp.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "none"),
        ("country", "XX"),
        ("currency", "XYZ"),
        ("company_name", ""),
        ("time_zone", "Mars/Base"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(client, mailoutbox, field, value):
    answer = client.post("/sign-up/", WISH | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "北方贸易" in answer.content.decode() or field == "company_name"
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("password", ""),
        ("password", "short"),
        ("password", "password123"),
        ("password", "wang@north.test"),
    ],
)
def test_a_weak_password_is_said_at_the_field_and_the_link_stays(client, field, value):
    token = sign_up(**VALUES, at=timezone.now())
    answer = client.post(f"/sign-up/{token}/", PERSON | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not User.objects.exists()
    assert client.get(f"/sign-up/{token}/").status_code == 200


def test_it_can_be_closed(client, settings):
    settings.SIGN_UP_OPEN = False
    assert client.get("/sign-up/").status_code == 404
    assert client.get("/sign-up/anything/").status_code == 404
    assert 'href="/sign-up/"' not in client.get("/accounts/login/").content.decode()


def test_one_address_gets_three_mails_an_hour(client, mailoutbox):
    for _ in range(3):
        assert client.post("/sign-up/", WISH).status_code == 200
    assert client.post("/sign-up/", WISH).status_code == 422
    assert len(mailoutbox) == 3


def test_a_link_ends_after_two_days_and_is_forgotten(db):
    token = sign_up(**VALUES, at=NOON)
    late = NOON + timedelta(days=2)
    with pytest.raises(LinkOver):
        confirm_sign_up(token=token, **PERSON, at=late)
    assert forget_sign_ups(at=late - timedelta(seconds=1)) == 0
    assert forget_sign_ups(at=late) == 1


def test_an_address_taken_meanwhile_opens_nothing(db):
    token = sign_up(**VALUES, at=NOON)
    User.objects.create_user("wang@north.test", "another-password")
    with pytest.raises(LinkOver):
        confirm_sign_up(token=token, **PERSON, at=NOON)
    assert not Tenant.objects.exists()


def test_companies_of_one_name_have_addresses_of_their_own(db):
    make_tenant("north-ltd")
    assert free_slug("North Ltd.") == "north-ltd-2"
    assert free_slug("???") == "company"
    assert len(free_slug("a" * 200)) <= 50


def test_nothing_of_it_is_logged_or_mailed_to_others(client, mailoutbox, caplog):
    client.post("/sign-up/", WISH)
    [link] = re.findall(r"(/sign-up/[^/\s]+/)", mailoutbox[0].body)
    client.post(link, PERSON)
    assert PERSON["password"] not in caplog.text
    assert all(PERSON["password"] not in sent.body for sent in mailoutbox)
