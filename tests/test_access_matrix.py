"""Who may call every address, derived from the policy each view declares.

A view without a policy fails here, so nobody can add a page and forget its rule. For every address
and both methods: the roles that hold the permission get in (the positive control), the others get
403, people of another company and objects of another company get the very 404 of what is not there.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import groupby

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.models import Tenant, User
from core.roles import ROLE_PERMISSIONS, Role
from core.views import Policy
from tests.world import POST_NEEDS, QUERIES, SECRET, build_world, what_is_named
from tests.writes import written

MISSING = 987_654_321
ADMITTED = {200, 202, 302, 303, 400, 404, 405, 409, 422}
FOUND = {200, 202, 302, 303, 405, 409, 422}
_KINDS = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000001", "slug": "acme"}


def all_patterns(
    resolver: URLResolver, prefix: str = "/", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            deeper = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from all_patterns(entry, path, deeper)
        else:
            yield path, ":".join([*spaces, entry.name or ""]), entry


PATTERNS = list(all_patterns(get_resolver()))
STAFF = [(path, name, entry) for path, name, entry in PATTERNS if path.startswith("/t/")]
GROUPS = {
    group: [(path, name, entry.callback.policy) for path, name, entry in entries]
    for group, entries in groupby(STAFF, lambda row: row[1].split(":")[0] if ":" in row[1] else "")
}


@pytest.mark.parametrize("path", [path for path, _name, _entry in PATTERNS])
def test_every_view_declares_its_policy(path: str) -> None:
    entry = next(entry for known, _name, entry in PATTERNS if known == path)
    policy = getattr(entry.callback, "policy", None)
    assert isinstance(policy, Policy), f"{path} has no policy"
    assert policy.audience != "public" or policy.reason, f"{path} is public without a reason"
    assert path.startswith("/t/") == (policy.audience == "staff")
    # Addresses for programs have a matrix of their own: tests/api/test_matrix.py.
    assert path.startswith("/api/v1/") or policy.audience != "key"


def address(path: str, slug: str, name: str, world: dict[str, int] | None) -> str:
    """Return the address with the object of the world in it, or with one that is not there."""

    def value(match: re.Match[str]) -> str:
        kind, argument = match.groups()
        if argument == "tenant_slug":
            return slug
        if kind == "uuid":
            return str(uuid.UUID(int=1))
        if world is None:
            return str(MISSING)
        if argument == "attachment_pk":
            return str(world["attachment"])
        if argument == "note_pk":
            return str(world[f"note_{name.split(':', maxsplit=1)[0]}"])
        return str(world[what_is_named(name)])

    return re.sub(r"<(\w+):(\w+)>", value, path)


def plain(path: str) -> str:
    """Return an address of one of no company, with something in the place of its arguments."""
    path = path.replace(r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
                        "password/reset/key/1-x/")  # fmt: skip
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: _KINDS.get(match[1], "x"), path)


def ask(client: Client, method: str, url: str) -> tuple[int, str]:
    """Ask in a savepoint that is rolled back; return status and body, request ids taken out."""
    with transaction.atomic():
        answer = getattr(client, method)(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    text = body.decode(errors="replace")
    text = re.sub(r"[0-9a-f]{32}|[0-9a-f-]{36}|[A-Za-z0-9]{64}", "", text)
    return answer.status_code, text


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_roles_and_companies(
    group: str, members: dict[str, User], tenant: Tenant, other_tenant: Tenant
) -> None:
    ours, theirs = build_world(tenant), build_world(other_tenant)
    clients = {role: Client() for role in (*members, "ANONYMOUS")}
    for role, person in members.items():
        clients[role].force_login(person)

    for path, name, policy in GROUPS[group]:
        own = address(path, tenant.slug, name, ours) + QUERIES.get(name, "")
        for method in ("get", "post"):
            found = set()
            needed = POST_NEEDS.get(name, policy.permission) if method == "post" else None
            before = written()
            for role, client in clients.items():
                status, _body = ask(client, method, own)
                where = f"{method} {own} as {role}: {status}"
                if role == "ANONYMOUS":
                    assert status == 302, where
                elif role == "STRANGER":
                    assert status == 404, where
                elif (needed or policy.permission) in ROLE_PERMISSIONS[role]:
                    assert status in ADMITTED, where
                    found.add(status)
                else:
                    assert status == 403, where
            assert found & FOUND, f"nobody got in to {method} {own}: {found}"
            assert method == "post" or written() == before, f"looking at {own} writes"
            newcomer = Client()  # no toast of an earlier request is waiting for it
            newcomer.force_login(members[Role.ADMIN])
            stays_hidden(newcomer, method, path, (tenant.slug, name), theirs)


@pytest.mark.django_db
def test_a_browser_at_an_address_for_forms_lands_on_the_page_above(
    members: dict[str, User], tenant: Tenant
) -> None:
    world, client, seen = build_world(tenant), Client(), set()
    client.force_login(members[Role.ADMIN])
    for path, name, _entry in STAFF:
        url = address(path, tenant.slug, name, world) + QUERIES.get(name, "")
        if client.get(url).status_code != 405:
            continue
        seen.add(name)
        answer = client.get(url, headers={"accept": "text/html"}, follow=True)
        assert answer.status_code == 200, (url, answer.redirect_chain)
        landed = answer.redirect_chain[-1][0]
        assert url.startswith(landed.split("?")[0]), url
        assert landed != f"/t/{tenant.slug}/", url
    assert {"period_close", "invoices:approve", "collections:release_item", "job_retry"} <= seen


def stays_hidden(
    client: Client, method: str, path: str, where: tuple[str, str], theirs: dict[str, int]
) -> None:
    """Another company's object answers like one that is not there, and shows nothing of it."""
    slug, name = where
    foreign = ask(client, method, address(path, slug, name, theirs))
    assert SECRET not in foreign[1], f"{path} shows another company's data"
    if path.count("<") > 1:
        missing = ask(client, method, address(path, slug, name, None))
        assert foreign[0] in {404, 405}, f"{method} {path}: {foreign[0]}"
        strip = re.compile(r"\d+")
        assert foreign[0] == missing[0], path
        assert strip.sub("", foreign[1]) == strip.sub("", missing[1]), path


@pytest.mark.django_db
def test_a_suspended_company_lets_nobody_in(members: dict[str, User], tenant: Tenant) -> None:
    tenant.status = "SUSPENDED"
    tenant.save()
    client = Client()
    client.force_login(members[Role.ADMIN])
    for path, name, _entry in STAFF:
        url = address(path, tenant.slug, name, None)
        assert client.get(url).status_code == 403, url


@pytest.mark.django_db
def test_a_member_who_was_deactivated_is_a_stranger(
    members: dict[str, User], tenant: Tenant
) -> None:
    client = Client()
    client.force_login(members[Role.BILLER])
    url = f"/t/{tenant.slug}/invoices/"
    assert client.get(url).status_code == 200
    members[Role.BILLER].memberships.update(is_active=False)
    assert client.get(url).status_code == 404


# What nobody, a member and the operator get at an address of an audience: any of these.
_LED_AWAY, _GONE = {302}, {404, 405}
OUTSIDE = {
    "public": (ADMITTED | {403, 410}, ADMITTED | {403, 410}, ADMITTED | {403, 410}),
    "person": (_LED_AWAY, ADMITTED | {403, 410}, ADMITTED | {403, 410}),  # confirmed by no means
    "platform": (_LED_AWAY, {404}, ADMITTED),
    "portal": (_GONE | {200, 403}, _GONE | {200, 403}, _GONE | {200, 403}),
}


@pytest.mark.django_db
def test_pages_of_no_company(members: dict[str, User], tenant: Tenant) -> None:
    """A person's, the operator's, the portal's, anybody's: each lets in whom its policy names."""
    operator = User.objects.create_user("operator@duebook.test", is_operator=True)
    seen = set()
    for path, _name, entry in PATTERNS:
        audience = entry.callback.policy.audience
        if audience not in OUTSIDE or path.startswith("/api/v1/"):
            continue
        for method in ("get", "post"):
            for who, allowed in zip(
                (None, members[Role.ADMIN], operator), OUTSIDE[audience], strict=True
            ):
                client = Client()
                if who is not None:
                    client.force_login(who)
                status, _body = ask(client, method, plain(path))
                seen.add((audience, who == operator, status))
                assert status in allowed, (method, path, who, status)
    assert ("platform", True, 200) in seen
    assert {audience for audience, _is_operator, _status in seen} == set(OUTSIDE)
