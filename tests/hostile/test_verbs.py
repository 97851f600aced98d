"""Verbs nobody should use, forged forms, and ways off the site: at every address there is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory

from core.http import safe_next
from core.models import Tenant, User
from core.roles import Role
from tests.api.conftest import make_key
from tests.api.test_matrix import HANDLERS, world_of
from tests.api.test_matrix import address as api_address
from tests.test_access_matrix import PATTERNS, STAFF, address, plain
from tests.world import QUERIES, build_world
from tests.writes import written

pytestmark = pytest.mark.django_db
WRONG = ("put", "patch", "delete", "trace", "options")
OVERRIDES = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method": "POST"}
ELSEWHERE = [
    "//evil.test/",
    "https://evil.test/",
    "http:///evil.test",
    "javascript:alert(1)",
    "/\\evil.test",
    "\\\\evil.test",
    "\t//evil.test",
    " //evil.test",
    "https:evil.test",
    "//evil.test@testserver/",
    "https://testserver@evil.test/",
    "data:text/html,x",
    "%2f%2fevil.test",
]
OTHERS = [
    (plain(path), name)
    for path, name, _entry in PATTERNS
    if not path.startswith(("/t/", "/api/v1/"))
]


@pytest.fixture
def boss(members: dict[str, User]) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(members[Role.ADMIN])
    return client


def staff_addresses(tenant: Tenant) -> list[tuple[str, str]]:
    world = build_world(tenant)
    return [
        (address(path, tenant.slug, name, world) + QUERIES.get(name, ""), name)
        for path, name, _entry in STAFF
    ]


@pytest.mark.parametrize(
    "count", [1, pytest.param(len(WRONG), marks=pytest.mark.slow)], ids=["in turn", "all"]
)
def test_no_wrong_verb_does_anything(boss: Client, tenant: Tenant, count: int) -> None:
    urls = [url for url, _name in [*staff_addresses(tenant), *OTHERS]]
    outside = {url for url, _name in OTHERS}  # some of them are nobody's: 403, 404
    before, told = written(), []
    for number, url in enumerate(urls):
        for method in (*WRONG, *WRONG)[number % len(WRONG) :][:count]:
            answer = getattr(boss, method)(url)
            is_fine = answer.status_code == 405 or url in outside
            if answer.status_code >= 500 or not is_fine:
                told.append((method, url, answer.status_code))
        if written() != before:
            told.append(("wrote", url, written()))
            before = written()
    assert told == []


@pytest.mark.slow
def test_looking_writes_nothing_whatever_a_header_says(boss: Client, tenant: Tenant) -> None:
    urls = staff_addresses(tenant)
    before, told = written(), []
    for url, _name in urls:
        query = "&" if "?" in url else "?"
        answer = boss.get(f"{url}{query}_method=DELETE&_HttpMethod=POST", headers=OVERRIDES)
        if answer.streaming:
            b"".join(answer.streaming_content)
        if written() != before or answer.status_code >= 500:
            told.append((url, answer.status_code, set(written().items()) - set(before.items())))
            before = written()
    assert told == []


@pytest.mark.slow
def test_heads_have_no_bodies_and_write_nothing(boss: Client, tenant: Tenant) -> None:
    urls = staff_addresses(tenant)
    before = written()
    for url, _name in urls:
        looked, head = boss.get(url), boss.head(url)
        assert head.status_code == looked.status_code, url
        assert head.streaming or head.content == b"", url
        assert written() == before, url


def test_the_api_takes_no_verb_it_does_not_name(
    members: dict[str, User], tenant: Tenant, other_tenant: Tenant
) -> None:
    world = world_of(tenant)
    key = {"Authorization": f"Bearer {make_key(tenant, members[Role.ADMIN])}"}
    client, taken = Client(), {(path, method) for path, method, _cls in HANDLERS}
    before = None
    for path, cls in {path: cls for path, _method, cls in HANDLERS}.items():
        for method in ("get", "post", "patch", "delete", "put"):
            if (path, method) in taken:
                continue
            url = f"/api/v1/{api_address(path, cls.prefix, world)}"
            answer = getattr(client, method)(url, headers=key | OVERRIDES)
            assert answer.status_code == 405, (method, url)
            counts = {**written(), "api_apikey": 0}  # when it was last used
            before = before or counts
            assert counts == before, (method, url)


def test_no_form_of_another_site_is_taken(members: dict[str, User], tenant: Tenant) -> None:
    """Nor is a session good for the API, where no form's token is asked for."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(members[Role.ADMIN])
    urls = [address(path, tenant.slug, name, None) for path, name, _entry in STAFF]
    probes = {"/healthz", "/readyz", "/metrics"}
    for url in [*urls, *(url for url, _name in OTHERS if url not in probes)]:
        answer = client.post(url, headers={"origin": "https://evil.test"})
        assert answer.status_code == 403, url
    for path, method, cls in HANDLERS:
        answer = getattr(client, method)(f"/api/v1/{api_address(path, cls.prefix, None)}")
        assert answer.status_code == 401, path


@pytest.mark.slow
def test_nobody_is_led_off_the_site(boss: Client, tenant: Tenant) -> None:
    told = []
    for number, (url, _name) in enumerate([*staff_addresses(tenant), *OTHERS]):
        target = ELSEWHERE[number % len(ELSEWHERE)]
        fields = dict.fromkeys(("next", "back", "return_to", "redirect", "url"), target)
        with transaction.atomic():
            answer = boss.post(url, fields, query_params={"next": target})
            transaction.set_rollback(True)
        place = urlsplit(answer.headers.get("Location", ""))
        if place.netloc not in {"", "testserver"} or place.scheme not in {"", "http"}:
            told.append((url, answer.headers["Location"]))
        if answer.headers.get("Location", "").startswith(("//", "/\\", "\\")):
            told.append((url, answer.headers["Location"]))
    assert told == []


@pytest.mark.parametrize("target", [*ELSEWHERE[:-1], "/t/\x00", ""])
def test_only_our_own_pages_are_led_back_to(target: str) -> None:
    def asked(**fields: Any) -> HttpRequest:
        return RequestFactory().post("/", fields)

    assert safe_next(asked(next=target), "/home/") == "/home/"
    assert safe_next(asked(next="/t/acme/?a=1"), "/home/") == "/t/acme/?a=1"
