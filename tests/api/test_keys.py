"""Keys: what opens, what does not, how often, and the page they are made on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from api.models import ApiKey
from api.operations import revoke_key
from api.operations.keys import hash_of
from core.models import AuditEntry, Membership
from core.roles import Role
from core.tenancy import tenant_scope
from tests.api.conftest import MADE, Program, make_key
from tests.conftest import NOON


def test_a_key_says_what_it_may_do_today(program, tenant) -> None:
    said = program(Role.BILLER).get("key/").json()
    assert said["company"] == tenant.name
    assert said["acts_for"] == "biller@acme.test"
    assert "invoices:write" in said["scopes"]
    assert "payments:write" not in said["scopes"], "a biller records no receipts"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic duebook_x", "Bearer duebook_" + "x" * 500]
)
def test_no_key_or_nonsense(header: str) -> None:
    program = Program()
    program.headers = {"Authorization": header} if header else {}
    answer = program.get("customers/", status=401)
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] in {"key_missing", "key_unknown"}


def test_expired_to_the_instant(tenant, members) -> None:
    secret = make_key(tenant, members[Role.ADMIN], expires_at=NOON)
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        Program(secret).get("key/")
    with time_machine.travel(NOON, tick=False):
        assert Program(secret).get("key/", status=401).json()["code"] == "key_expired"


def test_revoked(tenant, members, program) -> None:
    one = program()
    with tenant_scope(tenant.pk):
        revoke_key(key=ApiKey.objects.get(), at=NOON, actor=members[Role.ADMIN])
        revoke_key(key=ApiKey.objects.get(), at=NOON, actor=members[Role.ADMIN])
        assert AuditEntry.objects.filter(event="api_key.revoked").count() == 1
    assert one.get("key/", status=401).json()["code"] == "key_revoked"


def test_whose_person_left_or_lost_the_role(members, program) -> None:
    one = program(Role.CASHIER)
    one.get("receipts/")
    membership = Membership.objects.filter(user=members[Role.CASHIER])
    membership.update(roles=[Role.AUDITOR])
    one.get("receipts/")
    refused = one.post("receipts/", {}, status=403).json()
    assert refused["code"] == "permission_missing"
    membership.update(is_active=False)
    assert one.get("receipts/", status=401).json()["code"] == "key_orphaned"
    membership.update(is_active=True)
    members[Role.CASHIER].is_active = False
    members[Role.CASHIER].save()
    assert one.get("receipts/", status=401).json()["code"] == "key_orphaned"


def test_a_suspended_company(tenant, program) -> None:
    one = program()
    tenant.status = "SUSPENDED"
    tenant.save()
    assert one.get("key/", status=403).json()["code"] == "company_suspended"


def test_last_use_is_written_once_a_minute(tenant, program) -> None:
    one = program()

    def used():
        with tenant_scope(tenant.pk):
            return ApiKey.objects.get().last_used_at

    with time_machine.travel(NOON, tick=False):
        one.get("key/")
        assert used() == NOON
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        one.get("key/")
        assert used() == NOON
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        one.get("key/")
        assert used() == NOON + timedelta(seconds=60)


def test_a_refused_request_still_counts_as_use(tenant, program) -> None:
    program().get("customers/cus_99/", status=404)
    with tenant_scope(tenant.pk):
        assert ApiKey.objects.get().last_used_at is not None


def test_so_many_requests_a_minute(program, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    one, other = program(), program(Role.BILLER)
    with time_machine.travel(NOON + timedelta(seconds=20), tick=False):
        left = [one.get("key/")["RateLimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        refused = one.get("key/", status=429)
        assert refused["Retry-After"] == refused["RateLimit-Reset"] == "40"
        assert refused.json()["code"] == "too_many_requests"
        other.get("key/")
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        one.get("key/")


def test_without_the_cache_nobody_is_held_up(program, settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert program().get("key/")["RateLimit-Remaining"] == "600"


# The page.


def test_made_once_shown_once(client, tenant, members) -> None:
    client.force_login(members[Role.ADMIN])
    page = reverse("api_settings:new", args=[tenant.slug])
    token = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    typed = {"name": " Shop ", "scopes": ["customers:read"], "expires_on": "", "once": token}
    made = client.post(page, typed)
    assert made.status_code == 200
    secret = made.context["made"].secret
    assert secret in made.content.decode()
    assert Program(secret).get("customers/").json()["results"] == []
    Program(secret).get("invoices/", status=403)
    again = client.post(page, typed)
    assert again.status_code == 302, "the same form twice makes one key"
    with tenant_scope(tenant.pk):
        key = ApiKey.objects.get()
        assert (key.name, key.secret_hash) == ("Shop", hash_of(secret))
        assert AuditEntry.objects.get(event="api_key.created").actor == members[Role.ADMIN]
    listed = client.get(reverse("api_settings:keys", args=[tenant.slug])).content.decode()
    assert key.prefix in listed
    assert secret not in listed


def test_revoked_on_the_page(client, tenant, members, program) -> None:
    one = program()
    client.force_login(members[Role.ADMIN])
    with tenant_scope(tenant.pk):
        key = ApiKey.objects.get()
    page = reverse("api_settings:revoke", args=[tenant.slug, key.pk])
    assert key.prefix in client.get(page).content.decode()
    one.get("key/")
    assert client.post(page).status_code == 302
    one.get("key/", status=401)
    listed = client.get(reverse("api_settings:keys", args=[tenant.slug])).content.decode()
    assert "Revoked" in listed


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "scopes": ["customers:read"]}, "name"),
        ({"name": "X", "scopes": []}, "scopes"),
        ({"name": "X", "scopes": ["everything"]}, "scopes"),
        ({"name": "X", "scopes": ["customers:read"], "expires_on": "2020-01-01"}, "expires_on"),
    ],
)
def test_what_cannot_be(client, tenant, members, typed, field) -> None:
    client.force_login(members[Role.ADMIN])
    answer = client.post(reverse("api_settings:new", args=[tenant.slug]), typed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_last_day_is_included_in_the_companys_zone(client, tenant, members) -> None:
    client.force_login(members[Role.ADMIN])
    with time_machine.travel(NOON, tick=False):
        made = client.post(
            reverse("api_settings:new", args=[tenant.slug]),
            {"name": "X", "scopes": ["customers:read"], "expires_on": "2026-03-31"},
        )
    assert made.context["made"].key.expires_at.isoformat() == "2026-03-31T16:00:00+00:00"
    assert made.context["made"].key.created_at > MADE
